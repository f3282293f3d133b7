/** Why a change does not run, or did not end well. One class per cause; the message is shown to people. */

/** Can't be previewed, so it can't be run: a name that does not exist, a missing right, a value out of range. */
export class RefusedError extends Error {
  readonly code = 'refused';
  override readonly name = 'RefusedError';
}

/** Running failed. `effect` says what is left behind: nothing, a part that the undo can take back, or nobody knows. */
export class ExecutionError extends Error {
  readonly code = 'execution_failed';
  override readonly name = 'ExecutionError';

  /** As ActionKind.execute returns it; what a partial run left, for the undo. */
  readonly written: Record<string, unknown> | undefined;

  constructor(
    message: string,
    readonly effect: 'none' | 'partial' | 'unknown',
    options?: ErrorOptions & { written?: Record<string, unknown> | undefined },
  ) {
    super(message, options);
    this.written = options?.written;
  }
}

/** The undo would touch something that is no longer what we wrote. */
export class UndoRefusedError extends Error {
  readonly code = 'undo_refused';
  override readonly name = 'UndoRefusedError';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
