/** What a million tokens cost, in US dollars. A model that is not here has an unknown price; it is said, never guessed. */
export interface Price {
  input: number;
  output: number;
  /** Five-minute cache. */
  cacheWrite: number;
  cacheRead: number;
  /** Where a longer prompt costs more: from so many tokens on, everything in the call costs so many times as much. */
  long?: { above: number; times: number };
}

export type PriceOf = (model: string) => Price | undefined;

/** The day the built-in prices were read from the published list. sre-agent.yaml `models.prices` adds to or replaces them. */
export const pricesRead = '2026-11-22';

const builtIn: Record<string, Price> = {
  'claude-fable-5-2': { input: 8, output: 40, cacheWrite: 10, cacheRead: 0.2 },
  'claude-opus-5-5': { input: 4, output: 20, cacheWrite: 5, cacheRead: 0.2 },
  'claude-opus-5': { input: 5, output: 25, cacheWrite: 6.25, cacheRead: 0.5 },
  'claude-sonnet-5-5': { input: 2, output: 10, cacheWrite: 2.5, cacheRead: 0.1 },
  'claude-haiku-5-5': { input: 0.1, output: 0.5, cacheWrite: 0.125, cacheRead: 0.01, long: { above: 100_000, times: 5 } },
  'claude-haiku-4-5': { input: 1, output: 5, cacheWrite: 1.25, cacheRead: 0.1 },
};

export interface ConfiguredPrices {
  prices: Record<string, { input: number; output: number; cache_write: number; cache_read: number; long?: Price['long'] }>;
  prices_read?: string | undefined;
}

export function createPriceOf(configured: ConfiguredPrices['prices']): PriceOf {
  const prices = new Map(Object.entries(builtIn));
  for (const [model, price] of Object.entries(configured)) {
    prices.set(model, { input: price.input, output: price.output, cacheWrite: price.cache_write, cacheRead: price.cache_read, ...(price.long && { long: price.long }) });
  }
  return (model) => prices.get(model);
}

/** Both days, where there are two lists. */
export function pricesReadOn({ prices, prices_read: own }: ConfiguredPrices): string {
  if (Object.keys(prices).length === 0) return pricesRead;
  return `${pricesRead}, those of the configuration ${own ?? 'on a day it does not name'}`;
}

export interface Tokens {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
}

/** US dollars. */
export function costOf(price: Price, { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }: Tokens): number {
  const cost = inputTokens * price.input + outputTokens * price.output + cacheWriteTokens * price.cacheWrite + cacheReadTokens * price.cacheRead;
  const isLong = price.long !== undefined && inputTokens + cacheReadTokens + cacheWriteTokens > price.long.above;
  return (cost * (isLong ? (price.long?.times ?? 1) : 1)) / 1_000_000;
}
