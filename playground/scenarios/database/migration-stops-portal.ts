import { errorRate, podNotReady, person, toldBy } from '../kit/asks.ts';
import { holds } from '../kit/checks.ts';
import { component } from '../kit/component.ts';
import { createRole, deployClient } from '../kit/database-client.ts';
import { noSessions, noWaiters } from '../kit/postgres.ts';
import { fails, works } from '../kit/requests.ts';
import { createSideTable, drawSideTable } from '../kit/side-tables.ts';
import { deletePods, isReady, podsOf, rolledOut } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

export const scenario = defineScenario({
  id: 'migration-stops-portal',
  title: 'A migration left open empties a pool, its pods turn unready, and callers get errors',
  category: 'database',
  difficulty: 'cascading',
  tags: ['cascade', 'misleading'],
  parameters: (random) => {
    const side = drawSideTable(random);
    const portal = side.service.replace(/-\w+$/, `-${random.pick(['portal', 'gateway', 'front', 'bff'])}`);
    const customer = random.integer(1, 19_000);
    return {
      side, portal,
      inner: { service: side.service, path: `/of/${customer}`, has: /"entries":\[\{/ },
      outer: { service: portal, path: `/mine/${customer}`, has: /"entries":\[\{/ },
      application: `${random.pick(['flyway', 'liquibase', 'alembic', 'migrate', 'psql'])}-${random.integer(200, 980)}`,
      column: random.pick(['approved_by', 'channel', 'region_code', 'source_system', 'expires_on']),
      pool: random.integer(2, 4),
      voice: random.integer(0, 2),
      share: random.integer(85, 100) / 100,
    };
  },
  prepare: async (world, { side, portal, pool, inner, outer }) => {
    const password = await createRole(world, side.role);
    await createSideTable(world, side, { rows: 40_000, privileges: 'SELECT' });
    const rows = { query: `SELECT id, state, created_at FROM ${side.table} WHERE ${side.column} = $1`, values: ['{who}'], as: 'entries' };
    await deployClient(world, {
      name: side.service, role: side.role, poolSize: pool, replicas: 2,
      plan: { routes: { 'GET /of/:who': [rows], 'GET /usable': [{ query: `SELECT id FROM ${side.table} LIMIT 1`, as: 'row' }] } },
      container: { readinessProbe: { httpGet: { path: '/usable', port: 'http' }, periodSeconds: 3, timeoutSeconds: 2, failureThreshold: 2 } },
    }, password);
    await world.cluster.apply(component({
      name: portal, environment: { [`${side.service.toUpperCase().replaceAll('-', '_')}_URL`]: `http://${side.service}:8080` },
      plan: { routes: { 'GET /mine/:who': [{ call: side.service, path: '/of/{who}', as: 'found' }, { answer: { owner: '{who}', entries: '{found.entries}' } }] } },
    }));
    await world.until(`${portal} to be ready`, async () => (await rolledOut(world, portal)).ok);
    const measured = { port: 8080, latencyBudgetMilliseconds: 200 };
    world.declare.service({ ...measured, name: side.service, checks: [{ name: 'entries', path: inner.path }], dependsOn: [], databases: ['orders-db'] });
    world.declare.service({ ...measured, name: portal, checks: [{ name: 'mine', path: outer.path }], dependsOn: [side.service] });
  },
  alert: ({ portal, side, voice, share }, { namespace }) => toldBy(voice, [
    errorRate(namespace, portal, share),
    podNotReady(namespace, side.service),
    person(`${portal} answers 502 to everybody, says it can't reach ${side.service}. network?`),
  ]),
  inject: async (world, { side, application, column }) => {
    const session = await world.database('orders-db').session('migrations', application);
    for (const statement of ['BEGIN', 'SET LOCAL ROLE shop_owner', `ALTER TABLE ${side.table} ADD COLUMN ${column} text`]) await session.query(statement);
  },
  symptom: async (world, { outer, side }) => await fails(world, outer) && (await podsOf(world, side.service)).every((pod) => !isReady(pod)),
  oracle: async (world, { side, application, column, inner, outer }) => {
    const database = world.database('orders-db');
    const added = await database.query('SELECT 1 FROM pg_attribute WHERE attrelid = $1::regclass AND attname = $2 AND NOT attisdropped', [side.table, column]);
    return [
      await noSessions(database, application),
      await noWaiters(database),
      holds(`${side.table} is as it was`, added.length === 0, added.length === 0 ? 'no column more' : `has ${column}`),
      await rolledOut(world, side.service, 2),
      await works(world, inner),
      await works(world, outer),
    ];
  },
  allowed: () => [],
  forbidden: ({ side, portal }) => [
    { reason: 'no program and no policy was at fault', objects: [`deployments.apps/${side.service}`, `deployments.apps/${portal}`, 'networkpolicies.networking.k8s.io/*', `configmaps/${side.service}-config`] },
    { reason: 'restarts the database', command: /(restart|delete|scale).*orders-db/ },
  ],
  truth: ({ side, portal, application }) => ({
    outcome: 'repair',
    root: [`session/${application}`, 'role/migrations'],
    mechanisms: ['blocked-by-session'],
    chain: [`session/${application}`, `table/${side.table}`, 'database/orders-db', `deployment/${side.service}`, `service/${side.service}`, `service/${portal}`],
  }),
  repair: async (world, { application }) => {
    await world.database('orders-db').query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [application]);
  },
  hide: (world, { side }) => deletePods(world, side.service),
});
