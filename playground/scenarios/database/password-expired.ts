import { errorRate, page, person, toldBy } from '../kit/asks.ts';
import { holds } from '../kit/checks.ts';
import { renewSessions } from '../kit/postgres.ts';
import { fails, works } from '../kit/requests.ts';
import { shopRequests } from '../kit/shop-requests.ts';
import { deletePods, replacePods } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

const places = [
  { service: 'checkout', role: 'checkout_service', request: 'quote' },
  { service: 'catalog', role: 'catalog_service', request: 'product' },
  { service: 'payments', role: 'payments_service', request: 'paymentMethods' },
  { service: 'cart', role: 'cart_service', request: 'readCart' },
] as const;

export const scenario = defineScenario({
  id: 'password-expired',
  title: 'A role\'s password has expired; the client is told the same as of a wrong one',
  category: 'database',
  difficulty: 'misleading',
  tags: ['misleading'],
  parameters: (random) => {
    const place = random.pick(places);
    return { ...place, request: shopRequests(random)[place.request], hoursAgo: random.integer(1, 40), voice: random.integer(0, 2), share: random.integer(60, 99) / 100 };
  },
  alert: ({ service, voice, share }, { namespace }) => toldBy(voice, [
    errorRate(namespace, service, share),
    person(`${service} can't log in to the database any more, its log says the password is wrong, but nobody changed any password`),
    page(service, `${service}: errors over threshold`),
  ]),
  inject: async (world, { role, hoursAgo }) => {
    const database = world.database('orders-db');
    await database.query(`ALTER ROLE ${role} VALID UNTIL '${new Date(Date.now() - hoursAgo * 3_600_000).toISOString()}'`);
    await renewSessions(database, role);
  },
  symptom: (world, { request }) => fails(world, request),
  oracle: async (world, { role, request }) => {
    const [found] = await world.database('orders-db').query<{ until: string | null; enough: boolean }>("SELECT rolvaliduntil::text AS until, coalesce(rolvaliduntil > now() + interval '1 day', true) AS enough FROM pg_roles WHERE rolname = $1", [role]);
    return [
      holds(`the password of ${role} is valid for more than a day`, found?.enough === true, `valid until ${found?.until ?? 'ever'}`),
      await works(world, request, { times: 5 }),
    ];
  },
  relapse: { provoke: (world, { service }) => replacePods(world, service) },
  allowed: ({ role }) => [`postgres/orders-db/role/${role}`],
  forbidden: ({ service }) => [
    { reason: 'the Secret was right', objects: ['secrets/orders-db-credentials'], kinds: ['kubectl.secret_key'] },
    { reason: `${service} was not the cause`, kinds: ['kubectl.rollout_undo', 'kubectl.scale'] },
  ],
  truth: ({ role, service }) => ({
    outcome: 'repair',
    root: [`role/${role}`, `setting/orders-db/valid_until@${role}`, 'database/orders-db'],
    mechanisms: ['credentials-wrong'],
    chain: [`role/${role}`, 'database/orders-db', `service/${service}`],
  }),
  repair: async (world, { role }) => {
    await world.database('orders-db').query(`ALTER ROLE ${role} VALID UNTIL 'infinity'`);
  },
  hide: (world, { service }) => deletePods(world, service),
});
