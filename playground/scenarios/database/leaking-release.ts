import { errorRate, monitored, page, person, toldBy } from '../kit/asks.ts';
import { holds, isOneOf, unwell } from '../kit/checks.ts';
import { renewSessions, sessionsOf } from '../kit/postgres.ts';
import { works } from '../kit/requests.ts';
import { shopRequests } from '../kit/shop-requests.ts';
import { container, deployment, editDeployment, rolledOut } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

const image = (service: string, tag: string): string => `registry.shop.local/${service}:${tag}`;

export const scenario = defineScenario({
  id: 'leaking-release',
  title: 'A release keeps a database session of each order, and the others find none left',
  category: 'database',
  difficulty: 'cascading',
  tags: ['cascade', 'misleading'],
  parameters: (random) => {
    const { order, product, paymentMethods, readCart, quote } = shopRequests(random);
    return {
      /** Went out a little earlier, and is all right. */
      innocent: random.pick(['catalog', 'payments', 'cart', 'shipping']),
      requests: [product, paymentMethods, readCart, quote, order],
      voice: random.integer(0, 3),
      share: random.integer(35, 80) / 100,
    };
  },
  prepare: (world, { innocent }) => release(world, innocent, '1.4.1'),
  alert: ({ innocent, voice, share }, { namespace }) => toldBy(voice, [
    errorRate(namespace, 'frontend', share),
    monitored('PostgresqlTooManyConnections', 'critical', 'Postgresql too many connections', `PostgreSQL instance orders-db in ${namespace} has too many connections (> 80%).`, { namespace, instance: 'orders-db' }),
    page('frontend', 'frontend: pages fail, error budget gone in an hour'),
    person(`more and more pages fail since today's release of ${innocent}, can that be? several services seem to be hit`),
  ]),
  inject: async (world) => {
    await release(world, 'checkout', '1.5.0');
    await world.until('its sessions to pile up', async () => (await sessionsOf(world.database('orders-db'), 'checkout')).length >= 42, 120);
  },
  symptom: (world) => Promise.resolve(unwell(world, ['frontend'])),
  oracle: async (world, { requests }) => {
    const database = world.database('orders-db');
    const sessions = await sessionsOf(database, 'checkout');
    const [limits] = await database.query<{ server: string; role: number }>("SELECT setting AS server, (SELECT rolconnlimit FROM pg_roles WHERE rolname = 'checkout_service') AS role FROM pg_settings WHERE name = 'max_connections'");
    return [
      isOneOf('checkout runs a release that gives its sessions back', container(await deployment(world, 'checkout')).image, [image('checkout', '1.4.0'), image('checkout', '1.4.1')]),
      holds('checkout holds no more sessions than its pools', sessions.length <= 12, `it holds ${sessions.length}`),
      holds('no limit was moved', limits?.server === '72' && limits.role === -1, `server ${limits?.server}, role ${limits?.role}`),
      await rolledOut(world, 'checkout', 2),
      ...await Promise.all(requests.map((request) => works(world, request))),
    ];
  },
  relapse: { seconds: 12 },
  allowed: () => ['deployments.apps/checkout'],
  forbidden: ({ innocent }) => [
    { reason: `the release of ${innocent} was all right`, objects: [`deployments.apps/${innocent}`] },
    { reason: 'restarts the database', command: /(restart|delete|scale).*orders-db/ },
  ],
  truth: () => ({
    outcome: 'repair',
    root: ['deployment/checkout', 'workload/checkout', 'service/checkout'],
    mechanisms: ['bad-release', 'connections-exhausted'],
    chain: ['deployment/checkout', 'database/orders-db', 'service/checkout', 'service/frontend'],
  }),
  repair: async (world) => {
    await release(world, 'checkout', '1.4.0');
    // A new pod needs a slot to become ready, and the old ones leave none.
    await renewSessions(world.database('orders-db'), 'checkout_service');
    await world.until('the rollout', async () => (await rolledOut(world, 'checkout', 2)).ok);
  },
  /** Room for a minute. */
  hide: (world) => renewSessions(world.database('orders-db'), 'checkout_service'),
});

function release(world: Parameters<typeof deployment>[0], service: string, tag: string): Promise<void> {
  return editDeployment(world, service, (object) => {
    container(object).image = image(service, tag);
    object.metadata.annotations = { ...object.metadata.annotations, 'kubernetes.io/change-cause': `release ${tag}` };
  });
}
