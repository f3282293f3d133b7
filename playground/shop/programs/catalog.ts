/** Products, stock, and what sells well. */
import { RequestFailure } from './common/failure.ts';
import { runService } from './common/service.ts';
import { openDatabase } from './common/with-database.ts';

const popularProducts = `
  SELECT p.id, p.name, p.price_cents, s.sold
  FROM (
    SELECT product_id, sum(quantity) AS sold
    FROM order_items
    WHERE order_id > (SELECT max(id) FROM orders) - $1::bigint
    GROUP BY product_id
    ORDER BY sold DESC
    LIMIT $2::bigint
  ) s
  JOIN products p ON p.id = s.product_id
  ORDER BY s.sold DESC`;

const oneProduct = `
  SELECT p.id, p.name, p.description, p.price_cents, i.quantity AS in_stock
  FROM products p JOIN inventory i ON i.product_id = p.id
  WHERE p.id = $1`;

runService('catalog', (parts) => {
  const database = openDatabase('catalog', parts);
  /** Sales among this many of the newest orders make a product popular. */
  const recentOrders = parts.environment.integer('POPULAR_AMONG_ORDERS', { minimum: 1, maximum: 1_000_000 }, 20_000);
  return [
    {
      method: 'GET', name: '/products', pattern: /^\/products$/,
      handle: async ({ trace }) => ({ products: await database.query(trace, popularProducts, [recentOrders, 12]) }),
    },
    {
      method: 'GET', name: '/products/:id', pattern: /^\/products\/(?<id>\d{1,9})$/,
      handle: async ({ trace, parameters }) => {
        const [product] = await database.query(trace, oneProduct, [parameters['id']]);
        if (!product) throw new RequestFailure(404, 'NOT_FOUND', `no product ${parameters['id']}`);
        return { product };
      },
    },
  ];
});
