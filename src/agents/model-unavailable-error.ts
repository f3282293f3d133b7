/** The model can't go on (no answer, refused, over budget): the rules take over, and the thread says why. */
export class ModelUnavailableError extends Error {
  readonly code = 'model_unavailable';
  override readonly name = 'ModelUnavailableError';
}
