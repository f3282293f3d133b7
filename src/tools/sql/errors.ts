/** What went wrong while reading a database, in words that name the remedy. Never holds a password. */
export class SqlReadError extends Error {
  override readonly name = 'SqlReadError';
  /** SQLSTATE from the server, or a code of ours or the system's: TIMEOUT, ABORTED, TOO_LARGE, CLOSED, ECONNREFUSED, ENOTFOUND. */
  readonly code: string;
  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Turns whatever the driver threw into a SqlReadError. `where` is `role@host:port/database`, without a password. */
export function toSqlReadError(error: unknown, where: string): SqlReadError {
  if (error instanceof SqlReadError) return error;
  const { code, message, position } = describe(error);
  const remedy = remedies[code] ?? remedies[code.slice(0, 2)];
  const place = position === undefined ? '' : ` (at character ${position})`;
  return new SqlReadError(code, `${message}${place} [${code}, ${where}]${remedy === undefined ? '' : `. ${remedy}`}`, { cause: error });
}

/** By SQLSTATE, by SQLSTATE class, or by errno. */
const remedies: Record<string, string> = {
  '25006': 'Only reading is possible here: a change goes through an approved change',
  '28000': 'Check the role in the read URL, and pg_hba.conf on the server',
  '28P01': 'Check the password in the read URL of this database',
  '3D000': 'Check the database name in the read URL',
  '42501': 'The read role lacks this right: grant it, or pg_monitor for statistics views',
  '42601': 'Fix the syntax; one plain SELECT, SHOW or EXPLAIN',
  '42703': 'Look the columns up first: SELECT attname FROM pg_catalog.pg_attribute WHERE attrelid = \'schema.table\'::regclass',
  '42883': 'Check name and argument types; functions outside pg_catalog need their schema',
  '42P01': 'Write the schema too (public.orders): search_path holds pg_catalog only',
  '53300': 'The server has no free connection slot; this is itself a finding. A role with pg_use_reserved_connections can still enter',
  '55P03': 'Another session holds a conflicting lock; look at pg_catalog.pg_locks and pg_blocking_pids()',
  '57014': 'The statement was cancelled; narrow it or use EXPLAIN without ANALYZE',
  '57P01': 'The server closed the session (restart or an administrator)',
  '57P03': 'The server is starting up or shutting down; try again in a moment',
  '08': 'The connection broke; open a new one',
  '22': 'Check the value in the statement',
  ECONNREFUSED: 'Nothing listens there: check that the server runs and the port is right',
  ECONNRESET: 'The server closed the connection; it may have crashed or restarted',
  EPIPE: 'The server closed the connection; it may have crashed or restarted',
  ENOTFOUND: 'The host name does not resolve: check DNS and the read URL',
  EAI_AGAIN: 'DNS did not answer: check the resolver',
  ETIMEDOUT: 'No answer from the host: check network and firewall',
  EHOSTUNREACH: 'No route to the host: check network and firewall',
};

function describe(error: unknown): { code: string; message: string; position?: string } {
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
  const first = errors[0];
  if (typeof first !== 'object' || first === null) return { code: 'UNKNOWN', message: String(first) };
  const fields = first as { code?: unknown; message?: unknown; position?: unknown };
  const message = errors.map((one) => (one instanceof Error ? one.message : String(one))).join('; ');
  const described = { code: typeof fields.code === 'string' ? fields.code : codeFromMessage(message), message };
  return typeof fields.position === 'string' ? { ...described, position: fields.position } : described;
}

function codeFromMessage(message: string): string {
  if (/timeout/i.test(message)) return 'TIMEOUT';
  if (/terminated|closed|not queryable/i.test(message)) return '08006';
  return 'UNKNOWN';
}
