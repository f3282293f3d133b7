/** A request that can't be answered, and who is to blame for it. */
export class RequestFailure extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** The upstream that failed, when it was not this service itself. */
    readonly upstream?: string,
  ) {
    super(message);
  }
}

/** The errno, SQLSTATE or name of whatever was thrown, looking through `cause`. */
export function errorCode(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0]);
  if (!(error instanceof Error)) return 'UNKNOWN';
  if ('code' in error && typeof error.code === 'string' && error.code !== '') return error.code;
  return error.cause === undefined ? error.name : errorCode(error.cause);
}

/** The innermost message: fetch says "fetch failed" and keeps the reason in `cause`. */
export function errorMessage(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return errorMessage(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? errorMessage(error.cause) : error.message;
}
