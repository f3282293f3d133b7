/** Answers of others, kept for a while; the oldest makes room. */
import type { Metrics } from '../common/metrics.ts';

export interface Cache {
  /** Of `key`, from here or from `load`. Failures are not kept. */
  through<T>(key: string, load: () => Promise<T>): Promise<T>;
  counts(): { hits: number; misses: number };
}

/** A time to live of 0 keeps nothing. */
export function createCache(timeToLiveMilliseconds: number, entries: number, metrics: Metrics): Cache {
  const kept = new Map<string, { until: number; value: unknown }>();
  let hits = 0;
  let misses = 0;
  const lookups = metrics.counter('cache_lookups_total', 'Lookups in the cache, by outcome');
  metrics.gauge('cache_ttl_milliseconds', 'How long an entry is kept', () => timeToLiveMilliseconds);
  metrics.gauge('cache_entries', 'Entries of the cache', () => kept.size);
  return {
    through: async <T>(key: string, load: () => Promise<T>): Promise<T> => {
      const found = kept.get(key);
      if (found && found.until > Date.now()) {
        hits += 1;
        lookups({ outcome: 'hit' });
        return found.value as T;
      }
      misses += 1;
      lookups({ outcome: 'miss' });
      const value = await load();
      if (timeToLiveMilliseconds > 0) {
        kept.delete(key);
        kept.set(key, { until: Date.now() + timeToLiveMilliseconds, value });
        const [oldest] = kept.keys();
        if (kept.size > entries && oldest !== undefined) kept.delete(oldest);
      }
      return value;
    },
    counts: () => ({ hits, misses }),
  };
}
