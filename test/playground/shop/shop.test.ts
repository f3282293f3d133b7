import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { describeTargets, shopEnvironment } from '../../../playground/shop/sre-agent-targets.ts';
import { serviceFacts, serviceNames, type ServiceName, type Shop } from '../../../playground/shop/shop.ts';
import { startShop } from '../../../playground/shop/start.ts';
import type { World } from '../../../playground/workspace/page-api.ts';
import { startEmbeddedPostgres } from '../../../src/database/embedded.ts';

const log = pino({ level: 'silent' });
const tokens = { read: 'read-token-of-the-test', write: 'write-token-of-the-test' };
// A generous deadline: on a busy machine everything here is a matter of waiting.
vi.setConfig({ testTimeout: 300_000 });
let directory: string;
let shop: Shop;

const start = (): Promise<Shop> => startShop({ directory, postgres: startEmbeddedPostgres, tokens, log, windowMilliseconds: 4_000 });

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'shop-test-'));
  shop = await start();
}, 300_000);

afterAll(async () => {
  await shop?.stop();
  await rm(directory, { recursive: true, force: true });
}, 60_000);

async function until<T>(what: string, look: () => Promise<T> | T, good: (value: T) => boolean, seconds = 200): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await look();
    if (good(value)) return value;
    if (Date.now() > end) throw new Error(`never: ${what}; last seen ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

const serviceOf = (world: World, name: ServiceName): World['services'][number] => {
  const service = world.services.find((candidate) => candidate.name === name);
  if (!service) throw new Error(`no ${name}`);
  return service;
};

const isActive = (id: string): boolean => shop.world().faults.find((fault) => fault.id === id)?.active ?? false;

const untilHealthy = (): Promise<World> => until('all healthy', () => shop.world(), (world) => world.services.every((service) => service.state === 'healthy'));

const suffers = (world: World, name: ServiceName): boolean => ['degraded', 'down'].includes(serviceOf(world, name).state);

interface Answer {
  status: number;
  body: { error?: { code?: string; upstream?: string; field?: string; request_id?: string } } & Record<string, unknown>;
}

async function get(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(15_000) });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

const read = { authorization: `Bearer ${tokens.read}` };
const write = { authorization: `Bearer ${tokens.write}` };

interface Status {
  state: string;
  started_at: string;
  restarts: number;
  last_exit: { code: number | null } | null;
  revision: number;
  revisions: { revision: number; environment: Record<string, string>; healthy: boolean }[];
  log: { at: string; line: string }[];
}

const status = async (name: ServiceName): Promise<Status> => (await get(`${shop.supervisorUrl}/services/${name}`, read)).body as unknown as Status;

async function change(method: string, route: string, body?: unknown, headers: Record<string, string> = write): Promise<Answer> {
  const response = await fetch(`${shop.supervisorUrl}${route}`, {
    method, headers: { 'content-type': 'application/json', ...headers }, body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

async function query(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

const logged = (name: ServiceName, pattern: RegExp): Promise<Status> =>
  until(`${name} logs ${pattern}`, () => status(name), ({ log: lines }) => lines.some(({ line }) => pattern.test(line)));

describe('the shop at work', () => {
  test('every service is healthy under traffic, and every check answers', async () => {
    const world = await untilHealthy();
    expect(world.services.map((service) => service.name)).toEqual([...serviceNames]);
    expect(world.faults.filter((fault) => fault.active)).toEqual([]);
    expect(world.databases[0]).toMatchObject({ name: 'shop', state: 'healthy', connectionLimit: 68 });
    for (const name of serviceNames) {
      for (const check of serviceFacts[name].checks) expect((await get(shop.serviceUrls[name] + check.path)).status).toBe(200);
    }
    const [row] = await query(shop.databaseUrls.read, 'SELECT count(*)::int AS orders FROM orders');
    expect(row?.['orders']).toBeGreaterThanOrEqual(300_000);
  });

  test('requests carry their id, and bad ones are refused by name', async () => {
    const bad = await get(`${shop.serviceUrls.frontend}/quote?customer=many&product=1`, { 'x-request-id': 'request-42' });
    expect(bad).toMatchObject({ status: 400, body: { error: { code: 'INVALID', request_id: 'request-42' } } });
    expect((await get(`${shop.serviceUrls.catalog}/products/999999`)).status).toBe(404);
    const metrics = await (await fetch(`${shop.serviceUrls.checkout}/metrics`)).text();
    expect(metrics).toMatch(/upstream_duration_seconds_count\{[^}]*upstream="payments"[^}]*\} [1-9]/);
  });

  test('subscribers hear of the world until they leave', async () => {
    let heard = 0;
    const leave = shop.subscribe(() => (heard += 1));
    await until('two worlds', () => heard, (count) => count >= 2);
    leave();
    const heardThen = heard;
    const before = shop.world();
    await until('another world', () => shop.world(), (world) => world !== before);
    expect(heard).toBe(heardThen);
  });

  test('the roles can do their work and no more', async () => {
    const { read: reader, write: writer } = shop.databaseUrls;
    for (const statement of ['CREATE TABLE public.t (a int)', 'CREATE TEMP TABLE t (a int)', 'DELETE FROM orders', 'SELECT email FROM customers', 'SELECT * FROM pg_authid']) {
      await expect(query(reader, statement)).rejects.toThrow(/permission denied/);
    }
    expect((await query(reader, "SELECT query FROM pg_stat_statements WHERE query LIKE '%FROM orders WHERE customer_id%'")).length).toBeGreaterThan(0);
    await query(writer, 'CREATE INDEX CONCURRENTLY orders_status_idx ON orders (status)');
    await query(writer, 'DROP INDEX CONCURRENTLY orders_status_idx');
    await query(writer, "ALTER ROLE payments_service SET statement_timeout = '20s'");
    await query(writer, 'ALTER ROLE payments_service RESET statement_timeout');
    await query(writer, "ALTER DATABASE shop SET idle_in_transaction_session_timeout = '1h'");
    await query(writer, 'ALTER DATABASE shop RESET idle_in_transaction_session_timeout');
    await expect(query(writer, 'ALTER ROLE sre_write SUPERUSER')).rejects.toThrow(/permission denied/);
    await expect(query(writer, "COPY orders TO PROGRAM 'cat'")).rejects.toThrow(/permission denied/);
  });
});

describe('the supervisor', () => {
  test('wants its tokens', async () => {
    expect((await get(`${shop.supervisorUrl}/services/checkout`)).status).toBe(401);
    expect((await get(`${shop.supervisorUrl}/services/checkout`, { authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await change('POST', '/services/checkout/restart', undefined, read)).status).toBe(403);
    expect((await change('PUT', '/services/checkout/environment/POOL_SIZE', { value: '7' }, read)).status).toBe(403);
  });

  test('hides secrets and says what each revision was', async () => {
    const { state, revision, revisions } = await status('checkout');
    expect(state).toBe('running');
    expect(revisions.at(-1)).toMatchObject({ revision, healthy: true, environment: { POOL_SIZE: '6' } });
    expect(revisions.at(-1)?.environment['DATABASE_URL']).toMatch(/^postgresql:\/\/checkout_service:\*\*\*@127/);
  });

  test.each([
    ['an unknown service', 'PUT', '/services/search/environment/POOL_SIZE', { value: '7' }, 404, 'service'],
    ['an unknown variable', 'PUT', '/services/checkout/environment/POOL_SIZES', { value: '7' }, 404, 'variable'],
    ['a name that is none', 'PUT', '/services/checkout/environment/pool-size', { value: '7' }, 400, 'variable'],
    ['the database url', 'PUT', '/services/checkout/environment/DATABASE_URL', { value: 'postgres://x' }, 403, 'variable'],
    ['too long a value', 'PUT', '/services/checkout/environment/POOL_SIZE', { value: '7'.repeat(1001) }, 400, 'value'],
    ['a value that is no string', 'PUT', '/services/checkout/environment/POOL_SIZE', { value: 7 }, 400, 'value'],
    ['control characters', 'PUT', '/services/checkout/environment/POOL_SIZE', { value: '7\n' }, 400, 'value'],
    ['no JSON', 'PUT', '/services/checkout/environment/POOL_SIZE', '{', 400, 'body'],
    ['a huge body', 'PUT', '/services/checkout/environment/POOL_SIZE', { value: '7'.repeat(20_000) }, 413, 'body'],
    ['bad encoding', 'PUT', '/services/%zz/environment/POOL_SIZE', { value: '7' }, 400, 'path'],
    ['a wrong method', 'POST', '/services/checkout', {}, 405, 'method'],
  ])('refuses %s, naming the field', async (_, method, route, body, code, field) => {
    const before = (await status('checkout')).revision;
    expect(await change(method, route, body)).toMatchObject({ status: code, body: { error: { field } } });
    expect((await status('checkout')).revision).toBe(before);
  });

  test('a new value is a new revision and a new process; a moved revision is a failed precondition', async () => {
    const before = await status('payments');
    const changed = await change('PUT', '/services/payments/environment/POOL_SIZE', { value: '7' }, { ...write, 'if-match': String(before.revision) });
    expect(changed).toMatchObject({ status: 200, body: { state: 'running', revision: before.revision + 1 } });
    expect((changed.body as unknown as Status).started_at > before.started_at).toBe(true);
    const stale = await change('PUT', '/services/payments/environment/POOL_SIZE', { value: '8' }, { ...write, 'if-match': String(before.revision) });
    expect(stale).toMatchObject({ status: 412, body: { error: { field: 'if-match' } } });
    const environment = await get(`${shop.supervisorUrl}/services/payments/environment`, read);
    expect(environment.body).toMatchObject({ revision: before.revision + 1, environment: { POOL_SIZE: '7' } });
    await change('PUT', '/services/payments/environment/POOL_SIZE', { value: '6' });
  });

  test('a restart keeps the revision and renews the process', async () => {
    const before = await status('catalog');
    const after = (await change('POST', '/services/catalog/restart')).body as unknown as Status;
    expect(after).toMatchObject({ state: 'running', revision: before.revision });
    expect(after.started_at > before.started_at).toBe(true);
  });
});

describe('what can be broken', () => {
  const cases: { id: string; victim: ServiceName; evidence: () => Promise<unknown> }[] = [
    {
      id: 'dropped-index', victim: 'checkout',
      evidence: async () => {
        const plan = await query(shop.databaseUrls.read, 'EXPLAIN (GENERIC_PLAN) SELECT id FROM orders WHERE customer_id = $1 ORDER BY created_at DESC LIMIT 5');
        expect(JSON.stringify(plan)).toMatch(/Seq Scan on orders/);
      },
    },
    {
      id: 'forgotten-transaction', victim: 'checkout',
      evidence: async () => {
        await until('blocked sessions', () => query(shop.databaseUrls.read, `
          SELECT blocker.application_name AS name, blocker.state FROM pg_stat_activity waiting, unnest(pg_blocking_pids(waiting.pid)) AS pid
          JOIN pg_stat_activity blocker USING (pid)`), (rows) => rows.some((row) => row['name'] === 'inventory-sync' && row['state'] === 'idle in transaction'));
        await logged('checkout', /"code":"55P03"/);
      },
    },
    {
      id: 'leaked-connections', victim: 'checkout',
      evidence: async () => {
        await until('many idle sessions', () => query(shop.databaseUrls.read, "SELECT count(*)::int AS idle FROM pg_stat_activity WHERE usename = 'reporting' AND state = 'idle'"), ([row]) => Number(row?.['idle']) > 30);
        await logged('checkout', /"code":"53300"/);
      },
    },
    {
      id: 'short-statement-timeout', victim: 'catalog',
      evidence: async () => {
        const rows = await query(shop.databaseUrls.read, 'SELECT setrole::regrole::text AS role, setconfig FROM pg_db_role_setting');
        expect(rows).toContainEqual({ role: 'catalog_service', setconfig: ['statement_timeout=3'] });
        await logged('catalog', /"code":"57014"/);
      },
    },
    {
      id: 'invalid-variable', victim: 'catalog',
      evidence: async () => {
        const seen = await until('crash loop', () => status('catalog'), ({ state }) => state === 'crash_loop');
        expect(seen.last_exit?.code).toBe(1);
        expect(seen.revisions.at(-1)).toMatchObject({ healthy: false, environment: { POOL_SIZE: 'unlimited' } });
        expect(seen.log.map(({ line }) => line).join('\n')).toMatch(/POOL_SIZE must be an integer/);
      },
    },
    { id: 'stuck-job', victim: 'payments', evidence: () => logged('payments', /slow request.*"work_queue_wait_ms":\d{3}/) },
    { id: 'short-upstream-timeout', victim: 'frontend', evidence: () => logged('frontend', /"code":"ETIMEDOUT","timeout_ms":3/) },
    { id: 'wrong-host', victim: 'checkout', evidence: () => logged('checkout', /"upstream":"payments".*"code":"E(NOTFOUND|AI_AGAIN)"/) },
    { id: 'wrong-port', victim: 'frontend', evidence: () => logged('frontend', /"upstream":"catalog".*"code":"ECONNREFUSED"/) },
  ];

  test('the menu has all of them', () => {
    expect(shop.faults.map((fault) => fault.id).sort()).toEqual(cases.map((one) => one.id).sort());
  });

  // Two at a time where neither can cause what the other is known by.
  const rounds = [
    ['dropped-index'],
    ['forgotten-transaction'],
    ['leaked-connections'],
    ['short-statement-timeout', 'wrong-port'],
    ['invalid-variable', 'stuck-job'],
    ['short-upstream-timeout', 'wrong-host'],
  ].map((ids) => ({ ids, round: cases.filter((one) => ids.includes(one.id)) }));

  test.each(rounds)('$ids hurt, leave evidence, and heal', async ({ round }) => {
    await untilHealthy();
    for (const { id } of round) {
      await shop.setFault(id, true);
      await shop.setFault(id, true);
      expect(isActive(id)).toBe(true);
    }
    for (const { victim, evidence } of round) {
      await until(`${victim} suffers`, () => shop.world(), (world) => suffers(world, victim));
      await evidence();
    }
    for (const { id } of round) {
      await shop.setFault(id, false);
      await shop.setFault(id, false);
      expect(isActive(id)).toBe(false);
    }
    await untilHealthy();
  });

  test('what somebody else repaired is gone from the menu', async () => {
    await shop.setFault('dropped-index', true);
    await query(shop.databaseUrls.write, 'CREATE INDEX CONCURRENTLY orders_customer_idx ON orders (customer_id)');
    await until('dropped-index gone', () => isActive('dropped-index'), (active) => !active);

    await shop.setFault('leaked-connections', true);
    await until('leak is full', () => shop.world(), (world) => world.databases[0]?.state === 'degraded');
    await query(shop.databaseUrls.write, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reporting'");
    await until('leaked-connections gone', () => isActive('leaked-connections'), (active) => !active);

    await shop.setFault('stuck-job', true);
    await change('POST', '/services/payments/restart');
    await until('stuck-job gone', () => isActive('stuck-job'), (active) => !active);

    await shop.setFault('wrong-host', true);
    const right = (await status('checkout')).revisions.findLast((revision) => revision.healthy && !revision.environment['PAYMENTS_URL']?.includes('.invalid'));
    await change('PUT', '/services/checkout/environment/PAYMENTS_URL', { value: right?.environment['PAYMENTS_URL'] });
    await until('wrong-host gone', () => isActive('wrong-host'), (active) => !active);
    expect((await untilHealthy()).faults.filter((fault) => fault.active)).toEqual([]);
  });

  test('an unknown fault is an error that lists the known ones', async () => {
    await expect(shop.setFault('meteor', true)).rejects.toThrow(/meteor.*dropped-index/);
  });
});

test('the targets name no secret, and the environment has every variable they name', () => {
  const text = JSON.stringify(describeTargets(shop));
  for (const secret of Object.values(shopEnvironment(shop))) expect(text).not.toContain(secret);
  const named = new Set([...text.matchAll(/\$\{(\w+)\}/g)].map((match) => match[1] ?? ''));
  expect([...named].sort()).toEqual(Object.keys(shopEnvironment(shop)).sort());
});

test('a second start keeps the rows and repairs what was broken', async () => {
  await shop.setFault('dropped-index', true);
  const newest = 'SELECT max(id)::int AS id, min(created_at)::text AS first FROM orders';
  await shop.stop();
  await expect(fetch(`${shop.serviceUrls.checkout}/healthz`)).rejects.toThrow(/fetch failed/);
  shop = await start();
  const [row] = await query(shop.databaseUrls.read, newest);
  expect(Number(row?.['id'])).toBeGreaterThan(400_000);
  expect(isActive('dropped-index')).toBe(false);
  await untilHealthy();
});
