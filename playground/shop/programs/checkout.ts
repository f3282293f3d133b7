/** Prices a basket and takes the order: asks catalog, payments, shipping and inventory, keeps its own orders. */
import { RequestFailure } from './common/failure.ts';
import { field, fieldAt, positiveInteger } from './common/fields.ts';
import type { Database, Query } from './common/database.ts';
import { runService, type ServiceParts } from './common/service.ts';
import { watchFile } from './common/settings-file.ts';
import type { Trace } from './common/trace.ts';
import { openDatabase } from './common/with-database.ts';

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

/** The notifier takes it from there: in the order's own transaction, so that none is lost and none invented. */
const insertNotification = "INSERT INTO notifications (order_id, customer_id, kind) VALUES ($1, $2, 'order_placed')";

const markPaid = "UPDATE orders SET status = 'paid', tracking_code = $2, updated_at = now() WHERE id = $1";

interface Quote {
  customer: number;
  product: number;
  price_cents: number;
  discount_percent: number;
  shipping_cents: number;
  total_cents: number;
  preferred_method: string;
  recent_orders: number;
}

type PriceOf = (trace: Trace, customer: number, product: number) => Promise<Quote>;

runService('checkout', (parts) => {
  const database = openDatabase('checkout', parts, 'SELECT 1 FROM customers LIMIT 1');
  const quote = createQuote(parts, database);
  const payments = parts.upstream('payments', 'PAYMENTS_URL');
  const shipping = parts.upstream('shipping', 'SHIPPING_URL');
  const inventory = parts.environment.has('INVENTORY_URL') ? parts.upstream('inventory', 'INVENTORY_URL') : undefined;
  const placed = parts.metrics.counter('orders_placed_total', 'Orders taken');
  return [
    {
      method: 'GET', name: '/quote', pattern: /^\/quote$/,
      handle: ({ trace, query }) => quote(trace, positiveInteger('customer', query.get('customer')), positiveInteger('product', query.get('product'))),
    },
    {
      method: 'POST', name: '/orders', pattern: /^\/orders$/,
      handle: async ({ trace, body }) => {
        const priced = await quote(trace, positiveInteger('customer', field(body, 'customer')), positiveInteger('product', field(body, 'product')));
        await inventory?.post('/reservations', { product: priced.product, quantity: 1 }, trace);
        const order = await database.transaction(trace, (query) => takeOrder(query, priced, inventory === undefined));
        await payments.post('/charges', { order, customer: priced.customer, method: priced.preferred_method, amount_cents: priced.total_cents }, trace);
        const shipment = await shipping.post('/shipments', { order, country: 'DE' }, trace);
        await database.query(trace, markPaid, [order, field(shipment, 'tracking_code')]);
        placed();
        return { order, total_cents: priced.total_cents };
      },
    },
  ];
});

async function takeOrder(query: Query, priced: Quote, keepsStock: boolean): Promise<number> {
  if (keepsStock) await query(reserveStock, [priced.product, 1]);
  const [inserted] = await query(insertOrder, [priced.customer, priced.total_cents, `Customer ${priced.customer}`]);
  await query(insertItem, [inserted?.['id'], priced.product, priced.price_cents]);
  await query(insertNotification, [inserted?.['id'], priced.customer]);
  return Number(inserted?.['id']);
}

function createQuote(parts: ServiceParts, database: Database): PriceOf {
  const catalog = parts.upstream('catalog', 'CATALOG_URL');
  const payments = parts.upstream('payments', 'PAYMENTS_URL');
  const shipping = parts.upstream('shipping', 'SHIPPING_URL');
  const sales = watchFile(parts.environment.text('SALES_FILE', '/etc/flash-sales/sales.json'), readSales, parts.log, new Map<number, number>());
  return async (trace, customer, product) => {
    const [found] = await database.query(trace, customerTier, [customer]);
    if (!found) throw new RequestFailure(404, 'NOT_FOUND', `no customer ${customer}`);
    const [details, methods, rate] = await Promise.all([
      catalog.get(`/products/${product}`, trace), payments.get(`/methods?customer=${customer}`, trace), shipping.get('/rates?country=DE', trace),
    ]);
    const recent = await database.query(trace, recentOrdersOfCustomer, [customer]);
    const [spending] = await database.query(trace, spendingOfCustomer, [customer]);
    const price = Number(fieldAt(details, 'product', 'price_cents'));
    const loyal = Number(spending?.['spent_cents']) > 100_000 || found['tier'] === 'gold' ? 10 : 0;
    const discount = Math.max(loyal, sales().get(product) ?? 0);
    const shippingCents = discount >= 50 ? 0 : Number(field(rate, 'price_cents'));
    return {
      customer,
      product,
      price_cents: price,
      discount_percent: discount,
      shipping_cents: shippingCents,
      total_cents: Math.round((price * (100 - discount)) / 100) + shippingCents,
      preferred_method: String(field(methods, 'preferred')),
      recent_orders: recent.length,
    };
  };
}

/** Product -> percent off, as the shop's operator writes them. */
function readSales(value: unknown): Map<number, number> {
  const sales = field(value, 'sales');
  if (!Array.isArray(sales)) throw new Error('sales: "sales" is no list');
  return new Map(sales.map((sale: unknown) => [Number(field(sale, 'product')), Number(field(sale, 'discountPercent'))]));
}
