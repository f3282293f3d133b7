/** A recording can't answer for the model here: the run counts as nothing, never as a pass. */
export class RecordingDivergedError extends Error {
  readonly code = 'recording-diverged';
  override readonly name = 'RecordingDivergedError';
}
