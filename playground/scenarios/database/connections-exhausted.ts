import { errorRate, monitored, person, toldBy } from '../kit/asks.ts';
import { holds, unwell } from '../kit/checks.ts';
import { createRole, deployClient } from '../kit/database-client.ts';
import { renewSessions, sessionsOf } from '../kit/postgres.ts';
import { works } from '../kit/requests.ts';
import { shopRequests } from '../kit/shop-requests.ts';
import { createSideTable, drawSideTable } from '../kit/side-tables.ts';
import { deletePods, rolledOut, rolloutRestart } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

const calm = 180_000;
const poolSize = 40;

export const scenario = defineScenario({
  id: 'connections-exhausted',
  title: 'An export that starts anew all the time takes every connection of the database',
  category: 'database',
  difficulty: 'cascading',
  tags: ['cascade'],
  parameters: (random) => {
    const side = drawSideTable(random);
    const service = side.service.replace(/-\w+$/, `-${random.pick(['export', 'sync', 'feed', 'mirror'])}`);
    const { product, quote, paymentMethods, readCart } = shopRequests(random);
    return {
      side: { ...side, service },
      pause: random.integer(80, 300),
      victim: random.pick([{ role: 'catalog_service', request: product }, { role: 'checkout_service', request: quote }, { role: 'payments_service', request: paymentMethods }, { role: 'cart_service', request: readCart }]),
      requests: [product, quote, paymentMethods, readCart],
      voice: random.integer(0, 2),
      share: random.integer(25, 70) / 100,
    };
  },
  prepare: async (world, { side }) => {
    const password = await createRole(world, side.role);
    await createSideTable(world, side, { rows: 20_000, privileges: 'SELECT' });
    // Throttled in SQL, so that it does not take the disk from others: it runs for a minute or more.
    const everything = `SELECT id, state, note, pg_sleep(0.4) AS paced FROM ${side.table} ORDER BY id LIMIT 200`;
    await deployClient(world, {
      name: side.service, role: side.role, poolSize, replicas: 2, strategy: 'Recreate',
      plan: { routes: { 'GET /newest': [{ query: `SELECT id, state FROM ${side.table} ORDER BY id DESC LIMIT 5`, as: 'newest' }] }, every: [{ milliseconds: calm, steps: [{ query: everything }] }] },
    }, password);
    world.declare.service({ name: side.service, port: 8080, checks: [{ name: 'newest', path: '/newest' }], latencyBudgetMilliseconds: 200, dependsOn: [], databases: ['orders-db'] });
  },
  alert: ({ victim: { request: { service } }, voice, share }, { namespace }) => toldBy(voice, [
    errorRate(namespace, service, share),
    person(`half the shop is throwing 503, ${service} worst of all. can you look?`),
    monitored('PostgresqlTooManyConnections', 'critical', 'Postgresql too many connections', `PostgreSQL instance orders-db in ${namespace} has too many connections (> 80%).`, { namespace, instance: 'orders-db' }),
  ]),
  inject: async (world, { side, pause, victim }) => {
    await setPause(world, side.service, pause);
    await rolloutRestart(world, side.service);
    await world.until('the slots to be taken', async () => (await sessionsOf(world.database('orders-db'), side.service)).length >= 45);
    await renewSessions(world.database('orders-db'), victim.role);
  },
  symptom: (world, { victim }) => Promise.resolve(unwell(world, [victim.request.service])),
  oracle: async (world, { side, requests }) => {
    const database = world.database('orders-db');
    const sessions = await sessionsOf(database, side.service);
    const [limit] = await database.query<{ value: string }>("SELECT setting AS value FROM pg_settings WHERE name = 'max_connections'");
    return [
      holds(`${side.service} leaves connections to others`, sessions.length <= 16, `it holds ${sessions.length}`),
      holds('the server allows as many connections as before', limit?.value === '72', limit?.value ?? 'unknown'),
      await rolledOut(world, side.service, 2),
      await works(world, { service: side.service, path: '/newest', has: /"newest":\[\{/ }),
      ...await Promise.all(requests.map((request) => works(world, request))),
    ];
  },
  relapse: { seconds: 15 },
  allowed: ({ side }) => [`configmaps/${side.service}-plan`, `configmaps/${side.service}-config`, `deployments.apps/${side.service}`, `postgres/orders-db/role/${side.role}`],
  forbidden: ({ side }) => [
    { reason: 'stops the export for good', objects: [`services/${side.service}`], kinds: ['kubectl.scale'] },
    { reason: 'restarts the database', command: /(restart|delete|scale).*orders-db/ },
  ],
  truth: ({ side, victim }) => ({
    outcome: 'repair',
    root: [`configmap/${side.service}-plan`, `configmap/${side.service}-config`, `deployment/${side.service}`, `workload/${side.service}`, `service/${side.service}`],
    mechanisms: ['connections-exhausted', 'bad-configmap-value'],
    chain: [`configmap/${side.service}-plan`, `deployment/${side.service}`, 'database/orders-db', `service/${victim.request.service}`, 'service/frontend'],
  }),
  repair: async (world, { side }) => {
    await setPause(world, side.service, calm);
    await deletePods(world, side.service);
    await renewSessions(world.database('orders-db'), side.role);
    await world.until('the export to be back', async () => (await rolledOut(world, side.service, 2)).ok);
  },
  /** Its sessions are cut, and it opens as many again. */
  hide: (world, { side }) => renewSessions(world.database('orders-db'), side.role),
});

function setPause(world: Parameters<typeof deletePods>[0], service: string, milliseconds: number): Promise<void> {
  return world.cluster.edit('configmaps', `${service}-plan`, (map) => {
    map.data = { ...map.data, 'plan.json': (map.data?.['plan.json'] ?? '').replace(/("milliseconds": )\d+/, `$1${milliseconds}`) };
  });
}
