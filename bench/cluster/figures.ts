/** Samples to lines that a person reads. */
export interface Spread {
  median: number;
  low: number;
  high: number;
}

export function spreadOf(samples: readonly number[]): Spread {
  const sorted = samples.toSorted((a, b) => a - b);
  return { median: quantile(sorted, 0.5), low: sorted[0] ?? Number.NaN, high: sorted.at(-1) ?? Number.NaN };
}

/** Of sorted samples, by the nearest rank. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * share) - 1))] ?? Number.NaN;
}

export const milliseconds = (samples: readonly number[]): string => {
  const { median, low, high } = spreadOf(samples);
  return `median ${round(median)} ms (${round(low)} to ${round(high)}, ${samples.length} times)`;
};

export const distribution = (samples: readonly number[]): string => {
  const sorted = samples.toSorted((a, b) => a - b);
  return `p50 ${round(quantile(sorted, 0.5))} ms, p95 ${round(quantile(sorted, 0.95))} ms, worst ${round(sorted.at(-1) ?? Number.NaN)} ms (${samples.length} times)`;
};

/** Least squares, in units of `values` per step. */
export function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const [above, below] = values.reduce<[number, number]>(([up, down], value, index) => [up + (index - middle) * (value - mean), down + (index - middle) ** 2], [0, 0]);
  return below === 0 ? 0 : above / below;
}

export const round = (value: number): string => (Math.abs(value) < 10 ? value.toFixed(1) : value.toFixed(0));

export async function timed(run: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await run();
  return performance.now() - began;
}

export async function repeated(times: number, run: (index: number) => Promise<number>): Promise<number[]> {
  const samples: number[] = [];
  for (let index = 0; index < times; index += 1) samples.push(await run(index));
  return samples;
}
