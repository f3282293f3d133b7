/** chat.postMessage: one per second and channel, while it is switched on. */

const INTERVAL_MILLISECONDS = 1000;

export interface PostLimit {
  set(enabled: boolean): void;
  /** Seconds to wait, or 0 when the post may go ahead (and is counted). */
  take(channel: string): number;
}

export function createPostLimit(enabledAtFirst: boolean): PostLimit {
  const lastPosts = new Map<string, number>();
  let enabled = enabledAtFirst;
  return {
    set(value) {
      enabled = value;
    },
    take(channel) {
      if (!enabled) return 0;
      const now = performance.now();
      const wait = (lastPosts.get(channel) ?? Number.NEGATIVE_INFINITY) + INTERVAL_MILLISECONDS - now;
      if (wait > 0) return Math.ceil(wait / 1000);
      lastPosts.set(channel, now);
      return 0;
    },
  };
}
