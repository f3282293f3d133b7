/** What a million tokens cost, in US dollars. A model that is not here has an unknown price; it is said, never guessed. */
export interface Price {
  input: number;
  output: number;
  /** Five-minute cache. */
  cacheWrite: number;
  cacheRead: number;
}

export type PriceOf = (model: string) => Price | undefined;

/** Read from the published price list on 2026-11-22; sre-agent.yaml `models.prices` adds to or replaces them. */
const builtIn: Record<string, Price> = {
  'claude-opus-5-5': { input: 4, output: 20, cacheWrite: 5, cacheRead: 0.2 },
  'claude-sonnet-5-5': { input: 2, output: 10, cacheWrite: 2.5, cacheRead: 0.1 },
  'claude-haiku-5-5': { input: 0.1, output: 0.5, cacheWrite: 0.125, cacheRead: 0.01 },
};

export function createPriceOf(configured: Record<string, { input: number; output: number; cache_write: number; cache_read: number }>): PriceOf {
  const prices = new Map(Object.entries(builtIn));
  for (const [model, price] of Object.entries(configured)) {
    prices.set(model, { input: price.input, output: price.output, cacheWrite: price.cache_write, cacheRead: price.cache_read });
  }
  return (model) => prices.get(model);
}
