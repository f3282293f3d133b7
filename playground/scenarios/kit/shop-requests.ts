/** Requests of the shop that need orders-db, and what a right answer holds. */
import type { Random } from '../random.ts';
import type { Request } from './requests.ts';

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
    product: { service: 'catalog', path: `/products/${product}`, has: /"price_cents":\d+.*"in_stock":\d+/ },
    popular: { service: 'catalog', path: '/products?sort=popular', has: /"sold":/ },
    quote: { service: 'checkout', path: `/quote?customer=${customer}&product=${product}`, has: /"total_cents":\d+/ },
    order: { service: 'checkout', path: '/orders', body: { customer, product }, has: /"order":\d+/ },
    paymentMethods: { service: 'payments', path: `/methods?customer=${customer}`, has: /"methods":\[\{.*"preferred":"\w+"/ },
    readCart: { service: 'cart', path: `/carts/${customer}`, has: /"items":\[/ },
    fillCart: { service: 'cart', path: `/carts/${customer}`, body: { product }, has: /"product_id":"?\d+/ },
  };
}
