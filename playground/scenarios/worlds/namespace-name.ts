/** Where a shop may live: names that say no more than that. */
import type { Random } from '../random.ts';

const plain = ['shop', 'store', 'market', 'retail', 'webshop', 'storefront', 'commerce', 'bazaar', 'outlet', 'emporium', 'boutique', 'trading'] as const;
const regions = ['eu', 'us', 'north', 'south', 'de', 'nl', 'live', 'prod', 'main', 'blue'] as const;

/** `market`, `retail-eu`. */
export function drawNamespace(random: Random): string {
  const name = random.pick(plain);
  return random.chance(0.6) ? `${name}-${random.pick(regions)}` : name;
}
