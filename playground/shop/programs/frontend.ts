/** What customers meet: pages made from catalog, cart, checkout and recommender. */
import { field, positiveInteger } from './common/fields.ts';
import { runService } from './common/service.ts';

runService('frontend', ({ upstream, log, metrics }) => {
  const catalog = upstream('catalog', 'CATALOG_URL');
  const cart = upstream('cart', 'CART_URL');
  const checkout = upstream('checkout', 'CHECKOUT_URL');
  const recommender = upstream('recommender', 'RECOMMENDER_URL');
  const degraded = metrics.counter('frontend_degraded_pages_total', 'Pages without a part that failed');
  /** A page without it is still a page. */
  const optional = async (part: string, answer: Promise<unknown>): Promise<unknown> => answer.catch((error: unknown) => {
    degraded({ part });
    log('warn', `page without ${part}`, { part, error: error instanceof Error ? error.message : String(error) });
    return {};
  });
  return [
    {
      method: 'GET', name: '/', pattern: /^\/$/,
      handle: async ({ trace, query }) => {
        const customer = positiveInteger('customer', query.get('customer') ?? 1);
        const [popular, recommended] = await Promise.all([
          catalog.get('/products?sort=popular', trace),
          optional('recommendations', recommender.get(`/recommendations?customer=${customer}`, trace)),
        ]);
        return { page: 'home', ...(popular as object), recommended: field(recommended, 'products') ?? [] };
      },
    },
    {
      method: 'GET', name: '/products/:id', pattern: /^\/products\/(?<id>\d{1,9})$/,
      handle: async ({ trace, parameters }) => ({ page: 'product', ...(await catalog.get(`/products/${parameters['id']}`, trace) as object) }),
    },
    {
      method: 'GET', name: '/cart', pattern: /^\/cart$/,
      handle: async ({ trace, query }) => ({ page: 'cart', ...(await cart.get(`/carts/${positiveInteger('customer', query.get('customer'))}`, trace) as object) }),
    },
    {
      method: 'POST', name: '/cart', pattern: /^\/cart$/,
      handle: async ({ trace, body }) => {
        const customer = positiveInteger('customer', field(body, 'customer'));
        return { page: 'cart', ...(await cart.post(`/carts/${customer}`, { product: positiveInteger('product', field(body, 'product')) }, trace) as object) };
      },
    },
    {
      method: 'GET', name: '/quote', pattern: /^\/quote$/,
      handle: async ({ trace, query }) => {
        const customer = positiveInteger('customer', query.get('customer'));
        const product = positiveInteger('product', query.get('product'));
        return { page: 'basket', ...(await checkout.get(`/quote?customer=${customer}&product=${product}`, trace) as object) };
      },
    },
    {
      method: 'POST', name: '/checkout', pattern: /^\/checkout$/,
      handle: async ({ trace, body }) => {
        const order = { customer: positiveInteger('customer', field(body, 'customer')), product: positiveInteger('product', field(body, 'product')) };
        return { page: 'thanks', ...(await checkout.post('/orders', order, trace) as object) };
      },
    },
  ];
});
