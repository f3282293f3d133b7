/** As the shop's database is set up: small, fast, and its limits within reach. */
export const serverSettings: Record<string, string> = {
  shared_preload_libraries: 'pg_stat_statements',
  max_connections: '72',
  superuser_reserved_connections: '3',
  reserved_connections: '13',
  shared_buffers: '96MB',
  // One scan should not take both cores of a small machine.
  max_parallel_workers_per_gather: '0',
  max_parallel_maintenance_workers: '0',
  maintenance_work_mem: '96MB',
  jit: 'off',
  track_activity_query_size: '4096',
  // A client that gave up must not leave its statement waiting.
  client_connection_check_interval: '1s',
  // It is a playground: fast beats durable.
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '2GB',
};

export const serverFlags = (): string[] => Object.entries(serverSettings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);

/** Whoever comes from anywhere shows a password. */
export const hostRules = 'host all all 0.0.0.0/0 scram-sha-256\nhost all all ::0/0 scram-sha-256\n';
