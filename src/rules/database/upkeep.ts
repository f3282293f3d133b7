/** Sessions that look after a database: they take as long as they take, and what ends them makes somebody begin anew. */
import type { Session } from '../readings.ts';

const statements = /^\s*(?:autovacuum|vacuum|analy[sz]e|reindex|create|cluster|refresh|copy|start_replication|backup|base_backup|optimize|alter|drop|truncate|rename|repair|comment|grant|revoke|load\s+data|lock\s+tables|flush)\b/i;
const backups = /(?:^|[^a-z])(?:pg_?dump(?:all)?|pg_?basebackup|pg_?restore|pg_?backrest|barman|wal-g|mysql_?dump|mydumper|mariadb-?dump|mariadb-?backup|xtrabackup|walreceiver)(?![a-z])/i;
const programs = /(?:^|[^a-z])(?:pg_?repack|vacuumdb|reindexdb|clusterdb|pgcopydb|pt-online-schema-change|gh-ost|debezium)(?![a-z])/i;

/** By its statement, or by what calls itself so. */
export function isUpkeep(session: Session): boolean {
  return statements.test(session.query) || isUpkeepProgram(session);
}

/** A backup or rebuild keeps one transaction open for all of its work, and is idle in it between two steps. */
export function isUpkeepProgram({ application, user }: Session): boolean {
  return [application, user].some((name) => backups.test(name) || programs.test(name));
}

/** Changes how a table is made, for which nobody else may use it. */
export function wantsTableAlone({ query }: Session): boolean {
  return /^\s*(?:alter|drop|truncate|rename|optimize|repair|cluster|reindex|refresh|lock|create\s+(?:unique\s+)?index|vacuum\s*\(?\s*full)\b/i.test(query) && !/\bconcurrently\b/i.test(query);
}
