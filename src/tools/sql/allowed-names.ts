/** Functions, types and relations of a reading statement. The parser knows no catalog, so this is by name. */

/** Built-in and on the list, or of an extension that is: anything else may write, wait, or be somebody's own. */
export function isAllowedFunction(parts: readonly string[]): boolean {
  const name = parts.at(-1) ?? '';
  const schema = parts.length === 2 ? parts[0] : undefined;
  if (parts.length > 2 || parts.length === 0) return false;
  if (schema === undefined || schema === 'pg_catalog') return functions.has(name);
  return extensionFunctions.has(name);
}

export function isAllowedType(parts: readonly string[]): boolean {
  const name = parts.at(-1) ?? '';
  return (parts.length === 1 || (parts.length === 2 && parts[0] === 'pg_catalog')) && types.has(name);
}

/** Password hashes, foreign credentials, raw large objects, statistics samples (most common values of any table), replication credentials. */
export function isForbiddenRelation(schema: string | undefined, name: string): boolean {
  if (schema === 'pg_toast') return true;
  return (schema === undefined || schema === 'pg_catalog' || schema === 'information_schema') && forbiddenRelations.has(name);
}

const forbiddenRelations = new Set([
  'pg_authid', 'pg_shadow', 'pg_user_mapping', 'pg_user_mappings', '_pg_user_mappings', 'user_mapping_options', 'pg_largeobject', 'pg_largeobject_metadata', 'pg_subscription', 'pg_foreign_server', 'foreign_server_options', 'pg_hba_file_rules', 'pg_ident_file_mappings', 'pg_file_settings', 'pg_statistic', 'pg_statistic_ext_data',
]);

function list(text: string): string[] {
  return text.trim().split(/\s+/);
}

const functions = new Set([
  // Aggregates and windows
  ...list('count sum avg min max bool_and bool_or every array_agg string_agg json_agg jsonb_agg json_object_agg jsonb_object_agg stddev stddev_pop stddev_samp variance var_pop var_samp corr percentile_cont percentile_disc mode row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value bit_and bit_or any_value'),
  // Numbers
  ...list('abs ceil ceiling floor round trunc mod power sqrt exp ln log log10 sign div greatest least width_bucket numeric_scale trim_scale'),
  // Text; not repeat, lpad, rpad and format, which make gigabytes of nothing, nor encode and the like, which carry a value past redaction
  ...list('length char_length character_length octet_length bit_length lower upper initcap btrim ltrim rtrim substr substring left right replace split_part strpos position concat concat_ws quote_ident quote_literal quote_nullable md5 starts_with to_char to_number string_to_array string_to_table regexp_match regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table regexp_like regexp_count regexp_substr regexp_instr like_escape similar_to_escape similar_escape'),
  // Time
  ...list('now clock_timestamp statement_timestamp transaction_timestamp timeofday age date_part date_trunc date_bin extract make_date make_time make_timestamp make_timestamptz make_interval justify_days justify_hours justify_interval to_date to_timestamp timezone isfinite overlaps'),
  // Arrays, JSON, ranges, network
  ...list('array_length array_ndims array_dims array_lower array_upper array_position array_positions array_to_string array_append array_prepend array_cat array_remove array_replace cardinality unnest generate_series generate_subscripts row_to_json to_json to_jsonb json_build_object jsonb_build_object json_build_array jsonb_build_array json_array_length jsonb_array_length json_array_elements jsonb_array_elements json_array_elements_text jsonb_array_elements_text json_each jsonb_each json_each_text jsonb_each_text json_object_keys jsonb_object_keys json_extract_path jsonb_extract_path json_extract_path_text jsonb_extract_path_text json_typeof jsonb_typeof jsonb_pretty jsonb_strip_nulls json_strip_nulls jsonb_path_exists jsonb_path_query jsonb_path_query_array jsonb_path_query_first jsonb_path_match jsonb_set jsonb_insert array_to_json isempty lower_inc upper_inc lower_inf upper_inf host family masklen network abbrev text'),
  // Logic, types, session
  ...list('coalesce nullif num_nonnulls num_nulls pg_typeof format_type version current_database current_schema current_schemas current_user session_user current_setting pg_backend_pid pg_postmaster_start_time pg_conf_load_time pg_is_in_recovery pg_is_wal_replay_paused inet_client_addr inet_client_port inet_server_addr inet_server_port txid_current_if_assigned pg_current_xact_id_if_assigned txid_current_snapshot pg_current_snapshot pg_snapshot_xmin pg_snapshot_xmax pg_snapshot_xip age mxid_age pg_settings_get_flags pg_show_all_settings'),
  // Catalog and sizes
  ...list('to_regclass to_regtype to_regproc to_regprocedure to_regnamespace to_regrole obj_description col_description shobj_description pg_get_indexdef pg_get_constraintdef pg_get_viewdef pg_get_functiondef pg_get_function_arguments pg_get_function_identity_arguments pg_get_function_result pg_get_triggerdef pg_get_ruledef pg_get_expr pg_get_partkeydef pg_get_partition_constraintdef pg_get_statisticsobjdef pg_get_userbyid pg_get_serial_sequence pg_get_keywords pg_table_is_visible pg_type_is_visible pg_function_is_visible pg_index_column_has_property pg_index_has_property pg_indexam_has_property pg_encoding_to_char pg_size_pretty pg_size_bytes pg_database_size pg_relation_size pg_table_size pg_indexes_size pg_total_relation_size pg_tablespace_size pg_column_size pg_partition_tree pg_partition_ancestors pg_partition_root pg_options_to_table pg_describe_object pg_identify_object aclexplode acldefault has_table_privilege has_any_column_privilege has_column_privilege has_schema_privilege has_database_privilege has_function_privilege has_sequence_privilege pg_has_role row_security_active pg_tablespace_location pg_sequence_parameters pg_sequence_last_value pg_relation_is_updatable pg_relation_is_publishable'),
  // Activity and statistics
  ...list('pg_blocking_pids pg_safe_snapshot_blocking_pids pg_lock_status pg_stat_get_activity pg_stat_get_backend_idset pg_stat_get_backend_pid pg_stat_get_backend_activity pg_stat_get_backend_wait_event pg_stat_get_backend_wait_event_type pg_stat_get_progress_info pg_stat_get_wal_senders pg_stat_get_wal_receiver pg_stat_get_snapshot_timestamp pg_stat_get_live_tuples pg_stat_get_dead_tuples pg_stat_get_mod_since_analyze pg_stat_get_ins_since_vacuum pg_stat_get_numscans pg_stat_get_tuples_returned pg_stat_get_tuples_fetched pg_stat_get_tuples_inserted pg_stat_get_tuples_updated pg_stat_get_tuples_deleted pg_stat_get_tuples_hot_updated pg_stat_get_blocks_fetched pg_stat_get_blocks_hit pg_stat_get_last_vacuum_time pg_stat_get_last_autovacuum_time pg_stat_get_last_analyze_time pg_stat_get_last_autoanalyze_time pg_stat_get_db_numbackends pg_stat_get_db_xact_commit pg_stat_get_db_xact_rollback pg_stat_get_db_deadlocks pg_stat_get_db_temp_bytes pg_stat_get_db_temp_files pg_notification_queue_usage pg_isolation_test_session_is_blocked pg_current_wal_lsn pg_current_wal_insert_lsn pg_current_wal_flush_lsn pg_last_wal_receive_lsn pg_last_wal_replay_lsn pg_last_xact_replay_timestamp pg_wal_lsn_diff pg_walfile_name pg_control_checkpoint pg_control_system pg_get_wait_events pg_get_replication_slots pg_stat_get_io pg_xact_commit_timestamp pg_last_committed_xact'),
]);

/** Of pg_stat_statements, wherever it is installed. */
const extensionFunctions = new Set(['pg_stat_statements', 'pg_stat_statements_info']);

/** A cast calls the type's input function; these are built in, and reading. Not regconfig, xml and the like. */
const types = new Set(list(`
  bool boolean int2 int4 int8 smallint integer bigint float4 float8 real numeric decimal money text varchar bpchar char name bytea
  date time timetz timestamp timestamptz interval uuid json jsonb jsonpath inet cidr macaddr oid xid xid8 cid tid pg_lsn pg_snapshot
  regclass regtype regproc regprocedure regnamespace regrole regoper regoperator aclitem point int4range int8range numrange tsrange tstzrange daterange bit varbit unknown record "char" oidvector int2vector
`));
