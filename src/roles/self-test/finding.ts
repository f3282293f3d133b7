/** What a look at one target's read identity found. */

/** A right that it has and must not have, proved by the target itself. */
export interface Excess {
  /** `may delete pods in namespace shop`, after the identity's name. */
  right: string;
  /** What takes it away, as an engineer would type it. */
  remedy: string;
}

export interface Look {
  /** As whom we are there; undefined when that is not known. */
  identity?: string | undefined;
  excess: Excess[];
}

/** The target could not be asked: nothing is proved, and it is asked again later. */
export class NotAskedError extends Error {
  override readonly name = 'NotAskedError';
  readonly code = 'not_asked';
}
