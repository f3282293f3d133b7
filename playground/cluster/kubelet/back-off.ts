/** How long a failed thing waits before it is tried again: twice as long each time, as Kubernetes counts it. */
export interface BackOff {
  /** Milliseconds. */
  readonly delay: number;
  /** When `delay` was chosen, milliseconds since the epoch. */
  readonly since: number;
}

export interface BackOffLimits {
  first: number;
  longest: number;
}

export const crashLimits: BackOffLimits = { first: 10_000, longest: 300_000 };
export const imageLimits: BackOffLimits = { first: 10_000, longest: 300_000 };

/** After one more failure at `failed`. Starts anew when the last one is more than twice the longest delay ago. */
export function nextBackOff(previous: BackOff | undefined, failed: number, limits: BackOffLimits): BackOff {
  if (previous === undefined || failed - previous.since > 2 * limits.longest) return { delay: limits.first, since: failed };
  return { delay: Math.min(limits.longest, previous.delay * 2), since: failed };
}

/** Milliseconds until what failed at `failed` may be tried again; 0 when it may. */
export function backOffRemaining(current: BackOff | undefined, failed: number, now: number, limits: BackOffLimits): number {
  if (current === undefined || failed - current.since > 2 * limits.longest) return 0;
  return Math.max(0, failed + current.delay - now);
}

/** `1m20s`, as Go writes durations of whole seconds. */
export function goDuration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1_000);
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  return `${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${seconds % 60}s`;
}
