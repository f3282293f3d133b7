/** chat.postMessage: one per interval (Slack's is a second) and channel, while it is switched on. */

export interface PostLimit {
  set(enabled: boolean): void;
  /** Seconds to wait, or 0 when the post may go ahead (and is counted). */
  take(channel: string): number;
}

export function createPostLimit(enabledAtFirst: boolean, intervalMilliseconds: number): PostLimit {
  const lastPosts = new Map<string, number>();
  let enabled = enabledAtFirst;
  return {
    set(value) {
      enabled = value;
    },
    take(channel) {
      if (!enabled) return 0;
      const now = performance.now();
      const wait = (lastPosts.get(channel) ?? Number.NEGATIVE_INFINITY) + intervalMilliseconds - now;
      if (wait > 0) return Math.ceil(wait / 1000);
      lastPosts.set(channel, now);
      return 0;
    },
  };
}
