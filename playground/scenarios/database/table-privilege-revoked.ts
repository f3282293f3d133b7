import { errorRate, page, person, toldBy } from '../kit/asks.ts';
import { holds } from '../kit/checks.ts';
import { privilegesOn } from '../kit/postgres.ts';
import { fails, works } from '../kit/requests.ts';
import { shopRequests, type ShopRequests } from '../kit/shop-requests.ts';
import { defineScenario } from '../scenario.ts';

interface Grant {
  service: string;
  role: string;
  table: string;
  /** All it has there, as PostgreSQL sorts them. */
  has: string[];
  request: keyof ShopRequests;
  /** What the request needs of them. */
  needs: string[];
}

const grants: readonly Grant[] = [
  { service: 'checkout', role: 'checkout_service', table: 'customers', has: ['SELECT'], needs: ['SELECT'], request: 'quote' },
  { service: 'checkout', role: 'checkout_service', table: 'orders', has: ['INSERT', 'SELECT', 'UPDATE'], needs: ['INSERT', 'UPDATE'], request: 'order' },
  { service: 'checkout', role: 'checkout_service', table: 'order_items', has: ['INSERT'], needs: ['INSERT'], request: 'order' },
  { service: 'checkout', role: 'checkout_service', table: 'notifications', has: ['INSERT'], needs: ['INSERT'], request: 'order' },
  { service: 'payments', role: 'payments_service', table: 'payments', has: ['INSERT', 'SELECT'], needs: ['INSERT'], request: 'order' },
  { service: 'payments', role: 'payments_service', table: 'payments', has: ['INSERT', 'SELECT'], needs: ['SELECT'], request: 'paymentMethods' },
  { service: 'catalog', role: 'catalog_service', table: 'inventory', has: ['SELECT'], needs: ['SELECT'], request: 'product' },
  { service: 'catalog', role: 'catalog_service', table: 'order_items', has: ['SELECT'], needs: ['SELECT'], request: 'popular' },
  { service: 'cart', role: 'cart_service', table: 'cart_items', has: ['DELETE', 'INSERT', 'SELECT', 'UPDATE'], needs: ['INSERT', 'UPDATE'], request: 'fillCart' },
];

export const scenario = defineScenario({
  id: 'table-privilege-revoked',
  title: 'A role lost privileges on a table it works with',
  category: 'database',
  difficulty: 'single-signal',
  parameters: (random) => {
    const grant = random.pick(grants);
    const requests = shopRequests(random);
    return { ...grant, request: requests[grant.request], order: requests.order, takesAll: random.chance(0.5), voice: random.integer(0, 2), share: random.integer(18, 55) / 100 };
  },
  alert: ({ request: { service, body }, voice, share }, { namespace }) => toldBy(voice, [
    errorRate(namespace, service, share),
    person(`${service} fails for customers when they ${body === undefined ? 'look something up' : 'try to save or buy something'}, other parts of the shop are fine`),
    page(service, `${service} error budget burns fast`),
  ]),
  inject: async (world, { takesAll, needs, table, role }) => {
    await world.database('orders-db').query(`REVOKE ${takesAll ? 'ALL' : needs.join(', ')} ON ${table} FROM ${role}`);
  },
  symptom: (world, { request }) => fails(world, request),
  oracle: async (world, { has, table, role, request, order }) => {
    const database = world.database('orders-db');
    const found = await privilegesOn(database, table, role);
    const others = await database.query<{ role: string }>('SELECT roleid::regrole::text AS role FROM pg_auth_members WHERE member = $1::regrole', [role]);
    return [
      holds(`${role} has exactly its rights on ${table}`, found.join() === has.join(), `${found.join(', ') || 'none'}; it needs ${has.join(', ')}`),
      holds(`${role} is in no other role`, others.length === 0, others.map((other) => other.role).join(', ') || 'none'),
      await works(world, request),
      await works(world, order),
    ];
  },
  /** The list of grants keeps the order in which they were given. */
  allowed: ({ table }) => [`postgres/orders-db/grants/${table}`],
  forbidden: ({ role }) => [
    { reason: 'gives more than was lost', command: /GRANT\s+ALL|SUPERUSER|OWNER TO|ON ALL TABLES/i },
    { reason: `makes ${role} another role`, objects: [`postgres/orders-db/role/${role}`] },
  ],
  truth: ({ table, role, request }) => ({
    outcome: 'repair',
    root: [`table/${table}`, `table/orders-db/public.${table}`, `role/${role}`, `grant/${table}`, 'database/orders-db'],
    mechanisms: ['privilege-missing'],
    chain: [`table/${table}`, 'database/orders-db', `service/${request.service}`],
  }),
  repair: async (world, { has, table, role }) => {
    const database = world.database('orders-db');
    await database.query(`REVOKE ALL ON ${table} FROM ${role}`);
    await database.query(`GRANT ${has.join(', ')} ON ${table} TO ${role}`);
  },
  /** Everything on everything, which works. */
  hide: async (world, { table, role }) => {
    await world.database('orders-db').query(`GRANT ALL ON ${table} TO ${role}`);
  },
});
