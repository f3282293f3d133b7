import { monitored, page, person, toldBy } from '../kit/asks.ts';
import { holds } from '../kit/checks.ts';
import { noSessions, noWaiters } from '../kit/postgres.ts';
import { fails, works, type Request } from '../kit/requests.ts';
import { shopRequests, type ShopRequests } from '../kit/shop-requests.ts';
import { defineScenario } from '../scenario.ts';

interface Hold {
  role: string;
  table: string;
  /** After BEGIN; the table stays locked until the session ends. */
  statements: (column: string) => string[];
  blocks: keyof ShopRequests;
}

const alter = (table: string) => (column: string): string[] => ['SET LOCAL ROLE shop_owner', `ALTER TABLE ${table} ADD COLUMN ${column} text`];

/** Backfills, which stop writers, and migrations, which stop readers too. */
const ways: readonly Hold[] = [
  { role: 'checkout_service', table: 'orders', statements: () => ['LOCK TABLE orders IN SHARE ROW EXCLUSIVE MODE', 'SELECT max(id) FROM orders'], blocks: 'order' },
  { role: 'maintenance', table: 'cart_items', statements: () => ['LOCK TABLE cart_items IN EXCLUSIVE MODE', "DELETE FROM cart_items WHERE added_at < now() - interval '400 days'"], blocks: 'fillCart' },
  { role: 'migrations', table: 'customers', statements: () => ['SET LOCAL ROLE shop_owner', 'SELECT id FROM customers FOR UPDATE'], blocks: 'order' },
  { role: 'migrations', table: 'payments', statements: alter('payments'), blocks: 'paymentMethods' },
  { role: 'migrations', table: 'orders', statements: alter('orders'), blocks: 'quote' },
  { role: 'migrations', table: 'products', statements: alter('products'), blocks: 'product' },
  { role: 'migrations', table: 'cart_items', statements: alter('cart_items'), blocks: 'readCart' },
];

export const scenario = defineScenario({
  id: 'forgotten-transaction',
  title: 'A backfill or migration left its transaction open and holds a table',
  category: 'database',
  difficulty: 'multi-hop',
  parameters: (random) => {
    const hold = random.pick(ways);
    const requests = shopRequests(random);
    return {
      hold,
      blocked: requests[hold.blocks] satisfies Request,
      order: requests.order,
      application: `${random.pick(['backfill', 'psql', 'release', 'datafix', 'onetime'])}-${random.pick(['2231', 'august', 'loyalty', 'vat', 'gdpr', 'tax-ids'])}-${random.integer(2, 98)}`,
      column: random.pick(['settled_in', 'channel', 'region_code', 'loyalty_note', 'import_batch']),
      voice: random.integer(0, 2),
    };
  },
  alert: ({ blocked: { service }, voice }, { namespace }) => toldBy(voice, [
    person(`requests to ${service} hang for seconds and then fail, the pods look fine. what is going on?`),
    monitored('ServiceLatencyHigh', 'critical', `${service} is slow`, `The 95th percentile of ${service} in ${namespace} has been over 3 s for 5 minutes.`, { namespace, service }),
    page(service, `${service}: requests time out`),
  ]),
  inject: async (world, { hold, application, column }) => {
    const session = await world.database('orders-db').session(hold.role, application);
    for (const statement of ['BEGIN', ...hold.statements(column)]) await session.query(statement);
  },
  symptom: (world, { blocked }) => fails(world, blocked),
  oracle: async (world, { hold, application, column, blocked, order }) => {
    const database = world.database('orders-db');
    const added = await database.query('SELECT 1 FROM pg_attribute WHERE attrelid = $1::regclass AND attname = $2 AND NOT attisdropped', [hold.table, column]);
    return [
      await noSessions(database, application),
      await noWaiters(database),
      holds(`${hold.table} is as it was`, added.length === 0, added.length === 0 ? 'no column more' : `has the column ${column}`),
      await works(world, blocked),
      await works(world, order),
    ];
  },
  relapse: { seconds: 8 },
  allowed: () => [],
  forbidden: () => [{ reason: 'restarts or removes the database', command: /(restart|delete|scale).*orders-db/ }],
  truth: ({ hold, application, blocked }) => ({
    outcome: 'repair',
    root: [`session/${application}`, `role/${hold.role}`],
    mechanisms: ['blocked-by-session'],
    chain: [`session/${application}`, `table/${hold.table}`, 'database/orders-db', `service/${blocked.service}`],
  }),
  repair: async (world, { application }) => {
    await world.database('orders-db').query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [application]);
  },
  hide: async (world) => {
    await world.database('orders-db').query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
  },
});
