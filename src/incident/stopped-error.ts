/** `/sre stop` was given: whatever was about to happen does not. */
export class StoppedError extends Error {
  readonly code = 'stopped';
  override readonly name = 'StoppedError';

  constructor(readonly incidentId: string) {
    super(`${incidentId} was stopped; start again with /sre investigate.`);
  }
}
