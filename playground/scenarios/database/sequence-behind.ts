import { errorRate, page, person, toldBy } from '../kit/asks.ts';
import { holds } from '../kit/checks.ts';
import { fails, works } from '../kit/requests.ts';
import { shopRequests } from '../kit/shop-requests.ts';
import { defineScenario } from '../scenario.ts';

const seeded = 400_000;
const tables = [
  { table: 'orders', service: 'checkout' },
  { table: 'order_items', service: 'checkout' },
  { table: 'payments', service: 'payments' },
] as const;

export const scenario = defineScenario({
  id: 'sequence-behind',
  title: 'After a restore a sequence hands out ids that are taken',
  category: 'database',
  difficulty: 'single-signal',
  parameters: (random) => ({
    ...random.pick(tables),
    next: random.integer(1, 380_000),
    order: shopRequests(random).order,
    voice: random.integer(0, 2),
    share: random.integer(12, 30) / 100,
  }),
  alert: ({ voice, share }, { namespace }) => toldBy(voice, [
    errorRate(namespace, 'checkout', share),
    person('since the restore rehearsal this afternoon every order ends in an error, prices still work'),
    page('checkout', 'orders per minute dropped to zero'),
  ]),
  inject: async (world, { table, next }) => {
    await world.database('orders-db').query("SELECT setval(pg_get_serial_sequence($1, 'id'), $2::bigint)", [table, next]);
  },
  symptom: (world, { order }) => fails(world, order),
  oracle: async (world, { table, order }) => {
    const [found] = await world.database('orders-db').query<{ next: number; highest: number; seeded: number }>(
      `SELECT last_value::float8 AS next, (SELECT max(id) FROM ${table})::float8 AS highest, (SELECT count(*) FROM ${table} WHERE id <= ${seeded})::float8 AS seeded FROM ${table}_id_seq`,
    );
    return [
      holds(`the sequence of ${table} is past its highest id`, (found?.next ?? 0) >= (found?.highest ?? 1), `at ${found?.next}, the highest id is ${found?.highest}`),
      holds(`no row of ${table} is lost`, found?.seeded === seeded, `${found?.seeded} of ${seeded} old rows`),
      await works(world, order, { times: 10 }),
    ];
  },
  allowed: () => [],
  forbidden: ({ table }) => [
    { reason: 'removes rows or their key instead of moving the sequence', command: new RegExp(`DELETE FROM .*${table}|TRUNCATE|DROP CONSTRAINT`, 'i'), objects: [`postgres/orders-db/constraint/${table}/*`] },
  ],
  truth: ({ table, service }) => ({
    outcome: 'repair',
    root: [`sequence/${table}_id_seq`, `sequence/orders-db/public.${table}_id_seq`, `table/${table}`, `table/orders-db/public.${table}`, 'database/orders-db'],
    mechanisms: ['sequence-exhausted'],
    chain: [`table/${table}`, 'database/orders-db', ...new Set([`service/${service}`, 'service/checkout'])],
  }),
  repair: async (world, { table }) => {
    await world.database('orders-db').query(`SELECT setval(pg_get_serial_sequence('${table}', 'id'), (SELECT max(id) FROM ${table}))`);
  },
  /** Ahead of the id that failed last: the next ones are taken, too. */
  hide: async (world, { table }) => {
    await world.database('orders-db').query(`SELECT setval('${table}_id_seq', (SELECT last_value + 50 FROM ${table}_id_seq))`);
  },
});
