/** Requests of the shop that need orders-db, and what a right answer holds. */
import type { Random } from '../random.ts';
import type { Request } from './answers.ts';

export interface ShopRequests {
  product: Request;
  popular: Request;
  quote: Request;
  order: Request;
  paymentMethods: Request;
  readCart: Request;
  fillCart: Request;
}

/** For one customer and one product, drawn. */
export function shopRequests(random: Random): ShopRequests {
  const customer = random.integer(1, 20_000);
  const product = random.integer(1, 60);
  return {
    product: { service: 'catalog', path: `/products/${product}`, expect: /"price_cents":\d+.*"in_stock":\d+/ },
    popular: { service: 'catalog', path: '/products?sort=popular', expect: /"sold":/ },
    quote: { service: 'checkout', path: `/quote?customer=${customer}&product=${product}`, expect: /"total_cents":\d+/ },
    order: { service: 'checkout', path: '/orders', body: { customer, product }, expect: /"order":\d+/ },
    paymentMethods: { service: 'payments', path: `/methods?customer=${customer}`, expect: /"methods":\[\{.*"preferred":"\w+"/ },
    readCart: { service: 'cart', path: `/carts/${customer}`, expect: /"items":\[/ },
    fillCart: { service: 'cart', path: `/carts/${customer}`, body: { product }, expect: /"product_id":"?\d+/ },
  };
}
