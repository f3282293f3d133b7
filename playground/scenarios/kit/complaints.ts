/** What is said when a part of the shop does not work for those who need it: three voices, none of which knows why. */
import type { Ask } from '../scenario.ts';
import { errorRate, page, person, toldBy } from './asks.ts';
import type { ShopService } from './shop.ts';

interface Felt {
  /** Where it is noticed. */
  at: string;
  person: string;
  page: string;
}

const felt: Record<ShopService, Felt> = {
  frontend: { at: 'frontend', person: 'the shop page does not load for customers', page: 'Shop front page is not reachable' },
  catalog: { at: 'frontend', person: 'product pages show an error instead of a price', page: 'Product pages fail' },
  cart: { at: 'frontend', person: 'customers can not open their carts or put anything into them', page: 'Carts can not be opened' },
  checkout: { at: 'frontend', person: 'nobody gets a quote or can place an order', page: 'Orders dropped to zero' },
  payments: { at: 'checkout', person: 'customers get stuck at the last step of an order, the basket page fails as well', page: 'Checkout: quotes and orders fail' },
  shipping: { at: 'checkout', person: 'the basket page shows an error where the total should be', page: 'Checkout can not price baskets' },
  recommender: { at: 'recommender', person: 'the box "you may also like" has been empty for a while', page: 'Home page comes without recommendations' },
};

/** Of those who miss `service`; `share` of the requests that fail, 0 to 1. */
export function missed(service: ShopService, { voice, share, namespace }: { voice: number; share: number; namespace: string }): Ask {
  const { at, person: words, page: title } = felt[service];
  return toldBy(voice, [
    errorRate(namespace, at, share),
    page(at, title),
    person(`${at} (namespace ${namespace}): ${words}. Please have a look.`),
  ]);
}
