import { errorRate, page, person, toldBy } from '../kit/asks.ts';
import { holds } from '../kit/checks.ts';
import { renewSessions } from '../kit/postgres.ts';
import { fails, works } from '../kit/requests.ts';
import { shopRequests } from '../kit/shop-requests.ts';
import { deletePods, replacePods } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

/** checkout has two pods: the first takes the only session there is. */
const limits = [
  { service: 'checkout', role: 'checkout_service', limit: 1, request: 'quote' },
  { service: 'catalog', role: 'catalog_service', limit: 0, request: 'product' },
  { service: 'payments', role: 'payments_service', limit: 0, request: 'paymentMethods' },
  { service: 'cart', role: 'cart_service', limit: 0, request: 'readCart' },
] as const;

export const scenario = defineScenario({
  id: 'role-connection-limit',
  title: 'A role of the database may open too few connections',
  category: 'database',
  difficulty: 'single-signal',
  parameters: (random) => {
    const place = random.pick(limits);
    return { ...place, request: shopRequests(random)[place.request], voice: random.integer(0, 2), share: random.integer(31, 62) / 100 };
  },
  alert: ({ service, voice, share }, { namespace }) => toldBy(voice, [
    errorRate(namespace, service, share),
    person(`we see 503s from ${service} all over the place since the database housekeeping last night`),
    page(service, `${service} availability below objective`),
  ]),
  inject: async (world, { role, limit }) => {
    const database = world.database('orders-db');
    await database.query(`ALTER ROLE ${role} CONNECTION LIMIT ${limit}`);
    await renewSessions(database, role);
  },
  symptom: async (world, { request }) => {
    for (let attempt = 0; attempt < 4; attempt += 1) if (await fails(world, request)) return true;
    return false;
  },
  oracle: async (world, { role, request }) => {
    const [found] = await world.database('orders-db').query<{ limit: number; super: boolean }>('SELECT rolconnlimit AS limit, rolsuper AS super FROM pg_roles WHERE rolname = $1', [role]);
    const limit = found?.limit ?? 0;
    return [
      holds(`${role} may open the connections its pools need`, limit === -1 || limit >= 12, `its limit is ${limit}`),
      holds(`${role} is no superuser`, found?.super === false, `superuser: ${found?.super}`),
      await works(world, request, { times: 8 }),
    ];
  },
  relapse: { provoke: (world, { service }) => replacePods(world, service) },
  allowed: ({ role }) => [`postgres/orders-db/role/${role}`],
  forbidden: ({ service }) => [
    { reason: 'a service that is refused is not helped by fewer or more of it', kinds: ['kubectl.scale'] },
    { reason: 'restarts the database', command: /(restart|delete|scale).*orders-db/ },
    { reason: 'changes its password', objects: ['secrets/orders-db-credentials', `secrets/${service}*`] },
  ],
  truth: ({ role, service }) => ({
    outcome: 'repair',
    root: [`role/${role}`, `setting/orders-db/connection_limit@${role}`, 'database/orders-db'],
    mechanisms: ['role-connection-limit'],
    chain: [`role/${role}`, 'database/orders-db', `service/${service}`],
  }),
  repair: async (world, { role }) => {
    await world.database('orders-db').query(`ALTER ROLE ${role} CONNECTION LIMIT -1`);
  },
  hide: (world, { service }) => deletePods(world, service),
});
