/** When a call to Slack may start: a spacing per channel or card, a number per minute and method, and what a 429 asked for. */

export interface Pace {
  /** Milliseconds until a call under all these keys may start; 0 when it may start now. */
  wait(keys: readonly string[]): number;
  /** A call starts now: the next one under `key` not before this many milliseconds. */
  space(key: string, milliseconds: number): void;
  /** A call starts now: of `key` at most `most` in any 60 s. */
  count(key: string, most: number): void;
}

export function createPace(now: () => number = Date.now): Pace {
  const notBefore = new Map<string, number>();
  const calls = new Map<string, number[]>();

  return {
    wait(keys) {
      return Math.max(0, ...keys.map((key) => (notBefore.get(key) ?? 0) - now()));
    },
    space(key, milliseconds) {
      if (notBefore.size > 5000) for (const [old, until] of notBefore) if (until < now()) notBefore.delete(old);
      notBefore.set(key, Math.max(notBefore.get(key) ?? 0, now() + milliseconds));
    },
    count(key, most) {
      const recent = [...(calls.get(key) ?? []).filter((at) => at > now() - 60_000), now()];
      calls.set(key, recent);
      const oldest = recent[recent.length - most];
      if (oldest !== undefined) this.space(key, oldest + 60_000 - now());
    },
  };
}
