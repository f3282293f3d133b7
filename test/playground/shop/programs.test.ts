import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { roleOfKey } from '../../../playground/shop/orders-database/roles.ts';
import { freePort } from '../../../src/database/embedded/free-port.ts';
import { waitFor } from '../../support/wait-for.ts';
import { ask, runImage, untilReady, type Running } from './programs.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

const directory = mkdtempSync(path.join(tmpdir(), 'shop-programs-'));
const started: Running[] = [];
const run = async (...words: Parameters<typeof runImage>): Promise<Running> => {
  const running = await runImage(...words);
  started.push(running);
  return running;
};
const passwordOf = (key: string): string => `password of ${key}`;

afterAll(async () => {
  await Promise.all(started.map((running) => running.stop()));
  rmSync(directory, { recursive: true, force: true });
});

describe('the shop of programs', () => {
  let databasePort: number;
  const services: Record<string, Running> = {};
  const url = (name: string): string => services[name]?.url ?? '';
  const database = (user: string, key: string): Record<string, string> => ({ DB_HOST: '127.0.0.1', DB_PORT: String(databasePort), DB_NAME: 'shop', DB_USER: user, DB_PASSWORD: passwordOf(key), DB_POOL_SIZE: '3' });

  beforeAll(async () => {
    databasePort = await freePort();
    const credentials = path.join(directory, 'credentials');
    mkdirSync(credentials);
    for (const key of Object.keys(roleOfKey)) writeFileSync(path.join(credentials, key), passwordOf(key));
    const postgres = await run('postgres:18', { POSTGRES_PASSWORD: passwordOf('postgres-password'), PGPORT: String(databasePort), PGDATA: path.join(directory, 'data', 'pgdata'), ROLE_PASSWORDS_DIR: credentials });
    await waitFor('the database', () => postgres.output().includes('passwords are set') || (postgres.child.exitCode !== null && Promise.reject(new Error(postgres.output()))), 150);
    const migrate = await run('jobs:1.4.0', database('migrations', 'migrations-password'), ['migrate']);
    if ((await migrate.ended) !== 0) throw new Error(migrate.output());

    const rates = path.join(directory, 'rates.json');
    writeFileSync(rates, JSON.stringify({ countries: { DE: { price_cents: 490, days: 2 } } }));
    services['catalog'] = await run('catalog:1.4.0', database('catalog_service', 'catalog-password'));
    services['payments'] = await run('payments:1.4.0', { ...database('payments_service', 'payments-password'), PROVIDER_API_KEY: 'a key' });
    services['shipping'] = await run('shipping:1.4.0', { RATES_FILE: rates });
    services['cart'] = await run('cart:1.4.0', { ...database('cart_service', 'cart-password'), CATALOG_URL: url('catalog') });
    services['recommender'] = await run('recommender:1.2.0', { CATALOG_URL: url('catalog') });
    services['notifier'] = await run('notifier:1.4.0', { ...database('notifier_service', 'notifier-password'), POLL_MS: '100' });
    services['checkout'] = await run('checkout:1.4.0', {
      ...database('checkout_service', 'checkout-password'), CATALOG_URL: url('catalog'), PAYMENTS_URL: url('payments'), SHIPPING_URL: url('shipping'), SALES_FILE: path.join(directory, 'sales.json'),
    });
    services['frontend'] = await run('frontend:1.4.0', { CATALOG_URL: url('catalog'), CART_URL: url('cart'), CHECKOUT_URL: url('checkout'), RECOMMENDER_URL: url('recommender') });
    await Promise.all(Object.values(services).map(untilReady));
  });

  test('an order goes through all of them, under one request id, and its notification is sent', async () => {
    const answer = await ask(`${url('frontend')}/checkout`, { customer: 4711, product: 17 }, { 'x-request-id': 'order-of-the-test' });
    expect(answer).toMatchObject({ status: 200, requestId: 'order-of-the-test', body: { page: 'thanks', order: expect.any(Number) as number } });
    const admin = new Client({ host: '127.0.0.1', port: databasePort, user: 'postgres', password: passwordOf('postgres-password'), database: 'shop' });
    await admin.connect();
    try {
      const { rows } = await admin.query('SELECT status, tracking_code FROM orders WHERE id = $1', [answer.body['order']]);
      expect(rows).toEqual([{ status: 'paid', tracking_code: `TR${String(answer.body['order']).padStart(12, '0')}` }]);
      await waitFor('the notification', async () => (await admin.query('SELECT 1 FROM notifications WHERE order_id = $1 AND sent_at IS NOT NULL', [answer.body['order']])).rowCount === 1);
    } finally {
      await admin.end();
    }
    const text = await waitFor('the empty queue', async () => {
      const metrics = await (await fetch(`${url('notifier')}/metrics`)).text();
      return /^notification_queue_depth 0$/m.test(metrics) && metrics;
    });
    expect(text).toMatch(/^notifications_sent_total [1-9]/m);
  });

  test('pages: home with recommendations, a product, a cart that is kept, a quote', async () => {
    const home = await ask(`${url('frontend')}/?customer=5`);
    expect(home.body).toMatchObject({ page: 'home' });
    expect(home.body['recommended']).toHaveLength(4);
    expect((await ask(`${url('frontend')}/products/17`)).body).toMatchObject({ page: 'product', product: { id: '17' } });
    await ask(`${url('frontend')}/cart`, { customer: 9, product: 3 });
    await ask(`${url('frontend')}/cart`, { customer: 9, product: 3 });
    expect((await ask(`${url('frontend')}/cart?customer=9`)).body).toMatchObject({ items: [{ product_id: '3', quantity: 2 }] });
    expect((await ask(`${url('frontend')}/quote?customer=5&product=31`)).body).toMatchObject({ page: 'basket', shipping_cents: 490 });
  });

  test('what is asked wrongly is 400 or 404, never 500', async () => {
    expect((await ask(`${url('frontend')}/quote?customer=x&product=1`)).status).toBe(400);
    expect((await ask(`${url('frontend')}/nothing`)).status).toBe(404);
    expect((await ask(`${url('catalog')}/products/999999`)).status).toBe(404);
    expect((await fetch(`${url('checkout')}/orders`, { method: 'POST', body: '{' })).status).toBe(400);
    expect((await fetch(`${url('checkout')}/orders`, { method: 'POST', body: 'x'.repeat(20_000) })).status).toBe(413);
  });

  test('a sale that appears in its file changes prices, and one that gives all away breaks orders', async () => {
    const file = path.join(directory, 'sales.json');
    writeFileSync(file, JSON.stringify({ sales: [{ product: 21, discountPercent: 100 }] }));
    await waitFor('the sale', async () => (await ask(`${url('checkout')}/quote?customer=5&product=21`)).body['discount_percent'] === 100);
    const order = await ask(`${url('checkout')}/orders`, { customer: 5, product: 21 });
    expect(order).toMatchObject({ status: 502, body: { error: { code: 'UPSTREAM_STATUS', upstream: 'payments' } } });
  });

  test('metrics count requests by route and code, and show the pool', async () => {
    await ask(`${url('catalog')}/products/17`);
    const text = await (await fetch(`${url('catalog')}/metrics`)).text();
    expect(text).toMatch(/^http_requests_total\{method="GET",route="\/products\/:id",code="200"\} \d+$/m);
    expect(text).toMatch(/^http_request_duration_seconds_bucket\{method="GET",route="\/products\/:id",le="\+Inf"\} \d+$/m);
    expect(text).toMatch(/^database_pool_size 3$/m);
    expect(text).toMatch(/^app_info\{service="catalog",version="1.4.0"\} 1$/m);
  });

  test('a wrong password keeps a program from being ready, and its log says why', async () => {
    const catalog = await run('catalog:1.4.0', { ...database('catalog_service', 'catalog-password'), DB_PASSWORD: 'another' });
    const line = await waitFor('the complaint', () => catalog.lines().find((entry) => entry['code'] === '28P01'));
    expect(line).toMatchObject({ level: 'warn', upstream: 'database' });
    expect((await ask(`${catalog.url}/readyz`))).toMatchObject({ status: 503, body: { reason: 'waiting for database' } });
    expect((await ask(`${catalog.url}/healthz`)).status).toBe(200);
    expect(catalog.output()).not.toContain('another');
  });

  test('a release that leaks keeps a session for each order', async () => {
    const checkout = await run('checkout:1.5.0', { ...database('checkout_service', 'checkout-password'), CATALOG_URL: url('catalog'), PAYMENTS_URL: url('payments'), SHIPPING_URL: url('shipping') });
    await untilReady(checkout);
    for (let count = 0; count < 6; count += 1) expect((await ask(`${checkout.url}/orders`, { customer: 8, product: 2 })).status).toBe(200);
    const admin = new Client({ host: '127.0.0.1', port: databasePort, user: 'postgres', password: passwordOf('postgres-password'), database: 'shop' });
    await admin.connect();
    const { rows } = await admin.query<{ idle: number }>("SELECT count(*)::int AS idle FROM pg_stat_activity WHERE application_name = 'checkout' AND query = 'COMMIT'");
    await admin.end();
    expect(rows[0]?.idle).toBeGreaterThanOrEqual(6);
  });
});

describe('one program', () => {
  const stubs: http.Server[] = [];
  afterEach(() => {
    for (const stub of stubs.splice(0)) {
      stub.closeAllConnections();
      stub.close();
    }
  });
  const stub = async (answer: http.RequestListener): Promise<string> => {
    const server = http.createServer(answer);
    stubs.push(server);
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  test('ends with 1 and names the variable that is missing or wrong', async () => {
    const missing = await run('recommender:1.2.0', {});
    expect(await missing.ended).toBe(1);
    expect(missing.lines().at(-1)).toMatchObject({ level: 'error', code: 'INVALID_ENVIRONMENT', variable: 'CATALOG_URL' });
    const release = await run('payments:2.0.0', {});
    expect(await release.ended).toBe(1);
    expect(release.lines().at(-1)).toMatchObject({ variable: 'PROVIDER_WEBHOOK_SECRET' });
  });

  test('tries a GET again once when the connection breaks, passes the request id on, and gives up on one that hangs', async () => {
    const seen: http.IncomingHttpHeaders[] = [];
    const flaky = await stub((request, response) => {
      seen.push(request.headers);
      if (seen.length === 1) return void request.socket.destroy();
      response.end(JSON.stringify({ products: [{ id: 1 }] }));
    });
    const trace = { 'x-request-id': 'a-request', traceparent: `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01` };
    const recommender = await run('recommender:1.2.0', { CATALOG_URL: flaky });
    await untilReady(recommender);
    expect((await ask(`${recommender.url}/recommendations?customer=1`, undefined, trace)).status).toBe(200);
    expect(seen.map((headers) => headers['x-request-id'])).toEqual(['a-request', 'a-request']);
    expect(seen.every((headers) => String(headers['traceparent']).startsWith(`00-${'ab'.repeat(16)}-`))).toBe(true);

    const silent = await stub(() => undefined);
    const waiting = await run('recommender:1.2.0', { CATALOG_URL: silent, UPSTREAM_TIMEOUT_MS: '100' });
    await untilReady(waiting);
    expect(await ask(`${waiting.url}/recommendations?customer=1`)).toMatchObject({ status: 504, body: { error: { code: 'ETIMEDOUT', upstream: 'catalog' } } });
    expect(waiting.lines().filter((line) => line['code'] === 'ETIMEDOUT' && line['timeout_ms'] === 100).map((line) => line['attempt'])).toEqual([1, 2]);
  });

  test('answers what is under way after SIGTERM, is not ready meanwhile, and ends with 0', async () => {
    let release: (() => void) | undefined;
    const slow = await stub((_request, response) => (release = () => void response.end(JSON.stringify({ products: [] }))));
    const recommender = await run('recommender:1.2.0', { CATALOG_URL: slow, UPSTREAM_TIMEOUT_MS: '60000', SHUTDOWN_DELAY_MS: '2000' });
    await untilReady(recommender);
    const asked = ask(`${recommender.url}/recommendations?customer=1`);
    const answer = await waitFor('the request to arrive', () => release);
    recommender.child.kill('SIGTERM');
    await waitFor('not ready', async () => (await ask(`${recommender.url}/readyz`)).body['reason'] === 'stopping');
    answer();
    expect((await asked).status).toBe(200);
    expect(await recommender.ended).toBe(0);
  });
});
