/** Prices a basket and takes the order: asks catalog and payments, keeps its own orders. */
import { RequestFailure } from './common/failure.ts';
import { runService, type ServiceParts } from './common/run.ts';
import { field, positiveInteger } from './common/server.ts';
import type { Database } from './common/database.ts';

const recentOrdersOfCustomer = `
  SELECT id, status, total_cents, created_at
  FROM orders WHERE customer_id = $1
  ORDER BY created_at DESC LIMIT 5`;

const spendingOfCustomer = `
  SELECT count(*)::int AS orders, coalesce(sum(total_cents), 0)::int AS spent_cents
  FROM orders WHERE customer_id = $1 AND created_at > now() - interval '365 days' AND status <> 'cancelled'`;

const customerTier = 'SELECT id, tier FROM customers WHERE id = $1';

const reserveStock = `
  UPDATE inventory SET quantity = CASE WHEN quantity > $2 THEN quantity - $2 ELSE 500 END, updated_at = now()
  WHERE product_id = $1`;

const insertOrder = `
  INSERT INTO orders (customer_id, status, currency, total_cents, shipping_name, shipping_address, customer_note)
  VALUES ($1, 'placed', 'EUR', $2, $3, '{"country": "DE"}', '') RETURNING id`;

const insertItem = 'INSERT INTO order_items (order_id, product_id, quantity, unit_price_cents) VALUES ($1, $2, 1, $3)';

const markPaid = "UPDATE orders SET status = 'paid', updated_at = now() WHERE id = $1";

interface Quote {
  customer: number;
  product: number;
  price_cents: number;
  discount_percent: number;
  total_cents: number;
  preferred_method: string;
  recent_orders: number;
}

runService('checkout', (parts) => {
  const database = parts.database();
  const quote = createQuote(parts, database);
  const payments = parts.upstream('payments', 'PAYMENTS_URL');
  return [
    {
      method: 'GET', name: '/quote', pattern: /^\/quote$/,
      handle: ({ requestId, query }) => quote(requestId, positiveInteger('customer', query.get('customer')), positiveInteger('product', query.get('product'))),
    },
    {
      method: 'POST', name: '/orders', pattern: /^\/orders$/,
      handle: async ({ requestId, body }) => {
        const priced = await quote(requestId, positiveInteger('customer', field(body, 'customer')), positiveInteger('product', field(body, 'product')));
        const order = await database.transaction(requestId, async (query) => {
          await query(reserveStock, [priced.product, 1]);
          const [inserted] = await query(insertOrder, [priced.customer, priced.total_cents, `Customer ${priced.customer}`]);
          await query(insertItem, [inserted?.['id'], priced.product, priced.price_cents]);
          return Number(inserted?.['id']);
        });
        await payments.post('/charges', { order, customer: priced.customer, method: priced.preferred_method, amount_cents: priced.total_cents }, requestId);
        await database.query(requestId, markPaid, [order]);
        return { order, total_cents: priced.total_cents };
      },
    },
  ];
});

function createQuote(parts: ServiceParts, database: Database): (requestId: string, customer: number, product: number) => Promise<Quote> {
  const catalog = parts.upstream('catalog', 'CATALOG_URL');
  const payments = parts.upstream('payments', 'PAYMENTS_URL');
  return async (requestId, customer, product) => {
    const [found] = await database.query(requestId, customerTier, [customer]);
    if (!found) throw new RequestFailure(404, 'NOT_FOUND', `no customer ${customer}`);
    const [details, methods] = await Promise.all([catalog.get(`/products/${product}`, requestId), payments.get(`/methods?customer=${customer}`, requestId)]);
    const recent = await database.query(requestId, recentOrdersOfCustomer, [customer]);
    const [spending] = await database.query(requestId, spendingOfCustomer, [customer]);
    const price = Number(field(field(details, 'product'), 'price_cents'));
    const discount = Number(spending?.['spent_cents']) > 100_000 || found['tier'] === 'gold' ? 10 : 0;
    return {
      customer,
      product,
      price_cents: price,
      discount_percent: discount,
      total_cents: Math.round((price * (100 - discount)) / 100),
      preferred_method: String(field(methods, 'preferred')),
      recent_orders: recent.length,
    };
  };
}
