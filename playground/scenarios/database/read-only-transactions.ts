import { errorRate, page, person, toldBy } from '../kit/asks.ts';
import { holds } from '../kit/checks.ts';
import { renewSessions, settingsNaming } from '../kit/postgres.ts';
import { fails, works } from '../kit/requests.ts';
import { shopRequests } from '../kit/shop-requests.ts';
import { deletePods } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

const setting = 'default_transaction_read_only';
const scopes = [
  { where: 'DATABASE shop', service: 'checkout', role: 'checkout_service', request: 'order' },
  { where: 'ROLE checkout_service', service: 'checkout', role: 'checkout_service', request: 'order' },
  { where: 'ROLE payments_service IN DATABASE shop', service: 'payments', role: 'payments_service', request: 'order' },
  { where: 'ROLE cart_service', service: 'cart', role: 'cart_service', request: 'fillCart' },
  { where: 'ROLE cart_service IN DATABASE shop', service: 'cart', role: 'cart_service', request: 'fillCart' },
] as const;

export const scenario = defineScenario({
  id: 'read-only-transactions',
  title: 'Transactions begin read-only since a maintenance, in a database that is no replica',
  category: 'database',
  difficulty: 'multi-hop',
  parameters: (random) => {
    const scope = random.pick(scopes);
    const requests = shopRequests(random);
    return { ...scope, request: requests[scope.request], order: requests.order, value: random.pick(['on', 'true', 'yes']), voice: random.integer(0, 2), share: random.integer(20, 48) / 100 };
  },
  alert: ({ request: { service }, voice, share }, { namespace }) => toldBy(voice, [
    person(service === 'cart' ? 'carts can be looked at, but nothing can be put in. did anyone deploy?' : 'customers browse and get prices, but nobody can place an order'),
    errorRate(namespace, service, share),
    page(service, `${service}: writes fail`),
  ]),
  inject: async (world, { where, value, role }) => {
    const database = world.database('orders-db');
    await database.query(`ALTER ${where} SET ${setting} = ${value}`);
    await renewSessions(database, role);
  },
  symptom: (world, { request }) => fails(world, request),
  oracle: async (world, { request, order }) => {
    const left = (await settingsNaming(world.database('orders-db'), setting)).filter(({ value }) => !/=(off|false|no|0)$/.test(value));
    const [server] = await world.database('orders-db').query<{ value: string }>('SELECT reset_val AS value FROM pg_settings WHERE name = $1', [setting]);
    return [
      holds('no role or database begins transactions read-only', left.length === 0, left.map(({ where, value }) => `${where}: ${value}`).join('; ') || 'none does'),
      holds('nor does the server', server?.value === 'off', `the server has ${server?.value}`),
      await works(world, request, { times: 5 }),
      await works(world, order),
    ];
  },
  relapse: { provoke: async (world, { role }) => renewSessions(world.database('orders-db'), role) },
  /** Reset, or set to off. */
  allowed: ({ where, role }) => [where.startsWith('DATABASE') ? 'postgres/orders-db/setting/shop/*' : `postgres/orders-db/setting/*/${role}`],
  forbidden: () => [{ reason: 'restarts or replaces the database', command: /(restart|delete|scale).*orders-db|promote/ }],
  truth: ({ role, request, where }) => ({
    outcome: 'repair',
    root: [`setting/orders-db/${setting}`, `setting/orders-db/${setting}@${role}`, `setting/${setting}`, 'database/orders-db', ...(where.startsWith('ROLE') ? [`role/${role}`] : [])],
    mechanisms: ['database-setting-wrong'],
    chain: [`setting/orders-db/${setting}`, 'database/orders-db', `service/${request.service}`],
  }),
  repair: async (world, { where, role }) => {
    const database = world.database('orders-db');
    // New sessions of ours begin read-only, too.
    await database.query(`BEGIN READ WRITE; ALTER ${where} RESET ${setting}; COMMIT`);
    await renewSessions(database, role);
  },
  /** New pods open sessions that are just as read-only. */
  hide: (world, { service }) => deletePods(world, service),
});
