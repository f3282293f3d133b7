/** Errors that say "PostgreSQL is away", as opposed to "your statement is wrong". */

const codes = new Set([
  'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN',
  '57P01', '57P02', '57P03', // shut down by an administrator, crashed, not accepting connections yet
  '53300', // too many connections
]);

const words = /Connection terminated|connection error and is not queryable|timeout exceeded when trying to connect|Client was closed/;

export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return (typeof code === 'string' && (codes.has(code) || code.startsWith('08'))) || words.test(error.message);
}

/** Deadlock or serialization failure: PostgreSQL rolled back, the same work may be done again. */
export function isConflict(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === '40P01' || code === '40001';
}
