/** A request that can't be answered, and who is to blame for it. */
export class RequestFailure extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** The upstream that failed, when it was not this program itself. */
    readonly upstream?: string,
  ) {
    super(message);
  }
}

/** The errno, SQLSTATE or name of whatever was thrown. */
export function errorCode(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0]);
  if (!(error instanceof Error)) return 'UNKNOWN';
  return 'code' in error && typeof error.code === 'string' && error.code !== '' ? error.code : error.name;
}

export function errorMessage(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return errorMessage(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
