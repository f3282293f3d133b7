/** Rows, made by the server in sets. */
const customers = 20_000;
const products = 2_000;
const orders = 400_000;

export const rows = [
  `INSERT INTO customers (id, email, full_name, tier, created_at)
   SELECT n, 'customer' || n || '@example.com', 'Customer ' || n, CASE WHEN n % 10 = 0 THEN 'gold' ELSE 'standard' END, now() - interval '3 years' + n * interval '1 hour'
   FROM generate_series(1, ${customers}) n`,
  `INSERT INTO products (id, sku, name, description, price_cents)
   SELECT n, 'SKU-' || lpad(n::text, 5, '0'),
     (ARRAY['Kettle','Lamp','Backpack','Mug','Notebook','Chair','Blanket','Clock'])[1 + n % 8] || ' ' || n,
     repeat('A good thing for every day. ', 8), 490 + (n * 37) % 9000
   FROM generate_series(1, ${products}) n`,
  `INSERT INTO inventory (product_id, quantity) SELECT n, 200 + (n * 13) % 300 FROM generate_series(1, ${products}) n`,
  `INSERT INTO orders (id, status, shipping_name, shipping_address, customer_note, tracking_code, total_cents, customer_id, created_at, updated_at)
   SELECT n,
     CASE WHEN n % 50 = 0 THEN 'cancelled' WHEN n > ${orders} - 3000 THEN 'paid' ELSE 'delivered' END,
     'Customer ' || 1 + (n * 7919) % ${customers},
     jsonb_build_object('street', 'Street ' || n % 977, 'city', 'City ' || n % 211, 'zip', lpad((n % 99999)::text, 5, '0'), 'country', 'DE'),
     repeat('Please leave it with the neighbours. ', 1 + (n % 8)::int),
     'TR' || lpad(n::text, 12, '0'),
     500 + (n * 31) % 20000,
     1 + (n * 7919) % ${customers},
     now() - (${orders} - n) * interval '2 minutes',
     now() - (${orders} - n) * interval '2 minutes'
   FROM generate_series(1::bigint, ${orders}) n`,
  `INSERT INTO order_items (order_id, product_id, quantity, unit_price_cents)
   SELECT n, 1 + (n * 17) % ${products}, 1 + n % 3, 490 + (n * 37) % 9000 FROM generate_series(1::bigint, ${orders}) n`,
  `INSERT INTO payments (order_id, customer_id, method, amount_cents, status, created_at)
   SELECT n, 1 + (n * 7919) % ${customers}, (ARRAY['card','card','wallet','invoice'])[1 + n % 4], 500 + (n * 31) % 20000,
     CASE WHEN n % 40 = 0 THEN 'declined' ELSE 'captured' END, now() - (${orders} - n) * interval '2 minutes'
   FROM generate_series(1::bigint, ${orders}) n`,
];

/** Identity columns were given values above; the next ones must come after them. */
export const sequences = ['customers', 'products', 'orders', 'order_items', 'payments'].map(
  (table) => `SELECT setval(pg_get_serial_sequence('${table}', 'id'), (SELECT max(id) FROM ${table}))`,
);
