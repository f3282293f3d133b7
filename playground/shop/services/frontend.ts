/** What customers meet: pages made from catalog and checkout. */
import { runService } from './common/run.ts';
import { field, positiveInteger } from './common/server.ts';

runService('frontend', ({ upstream }) => {
  const catalog = upstream('catalog', 'CATALOG_URL');
  const checkout = upstream('checkout', 'CHECKOUT_URL');
  return [
    {
      method: 'GET', name: '/', pattern: /^\/$/,
      handle: async ({ requestId }) => ({ page: 'home', ...(await catalog.get('/products?sort=popular', requestId) as object) }),
    },
    {
      method: 'GET', name: '/products/:id', pattern: /^\/products\/(?<id>\d{1,9})$/,
      handle: async ({ requestId, parameters }) => ({ page: 'product', ...(await catalog.get(`/products/${parameters['id']}`, requestId) as object) }),
    },
    {
      method: 'GET', name: '/quote', pattern: /^\/quote$/,
      handle: async ({ requestId, query }) => {
        const customer = positiveInteger('customer', query.get('customer'));
        const product = positiveInteger('product', query.get('product'));
        return { page: 'basket', ...(await checkout.get(`/quote?customer=${customer}&product=${product}`, requestId) as object) };
      },
    },
    {
      method: 'POST', name: '/checkout', pattern: /^\/checkout$/,
      handle: async ({ requestId, body }) => {
        const order = { customer: positiveInteger('customer', field(body, 'customer')), product: positiveInteger('product', field(body, 'product')) };
        return { page: 'thanks', ...(await checkout.post('/orders', order, requestId) as object) };
      },
    },
  ];
});
