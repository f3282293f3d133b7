/** Quantiles of cumulative buckets, as Prometheus' histogram_quantile works them out: within a bucket evenly spread. */

export interface Bucket {
  /** Upper bound; the last one is Infinity. */
  upTo: number;
  /** Observations at or below it. */
  count: number;
}

export interface Quantile {
  value: number;
  /** It lies above this bound, the highest that there is. */
  above: boolean;
}

/** `buckets` in any order. Undefined without observations or without a last bucket. */
export function quantile(share: number, buckets: readonly Bucket[]): Quantile | undefined {
  const sorted = [...buckets].sort((left, right) => left.upTo - right.upTo);
  const total = sorted.at(-1);
  if (total === undefined || total.upTo !== Number.POSITIVE_INFINITY || !(total.count > 0)) return undefined;
  const rank = share * total.count;
  const index = sorted.findIndex(({ count }) => count >= rank);
  const [bucket, before] = [sorted[index], sorted[index - 1]];
  if (bucket === undefined) return undefined;
  if (bucket.upTo === Number.POSITIVE_INFINITY) return before === undefined ? undefined : { value: before.upTo, above: true };
  const [from, seen] = before === undefined ? [Math.min(0, bucket.upTo), 0] : [before.upTo, before.count];
  const inside = bucket.count - seen;
  return { value: inside <= 0 ? bucket.upTo : from + ((bucket.upTo - from) * (rank - seen)) / inside, above: false };
}

/** What was observed between two readings; the later one itself after a restart, which begins at zero. */
export function since(earlier: readonly Bucket[] | undefined, later: readonly Bucket[]): Bucket[] {
  const before = new Map((earlier ?? []).map(({ upTo, count }) => [upTo, count]));
  const restarted = later.some(({ upTo, count }) => count < (before.get(upTo) ?? 0));
  return later.map(({ upTo, count }) => ({ upTo, count: restarted ? count : count - (before.get(upTo) ?? 0) }));
}
