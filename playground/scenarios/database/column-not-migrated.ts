import { errorRate, page, person, toldBy } from '../kit/asks.ts';
import { holds } from '../kit/checks.ts';
import { createRole, deployClient } from '../kit/database-client.ts';
import { fails, works } from '../kit/requests.ts';
import { createSideTable, drawSideTable } from '../kit/side-tables.ts';
import { container, deletePods, editDeployment, podSpec, replacePods, rolledOut } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

export const scenario = defineScenario({
  id: 'column-not-migrated',
  title: 'A release reads a column that its migration was to add',
  category: 'database',
  difficulty: 'multi-hop',
  parameters: (random) => {
    const side = drawSideTable(random);
    const customer = random.integer(1, 19_000);
    return {
      side,
      column: random.pick(['discount_cents', 'approved_by', 'delivery_slot', 'tax_code', 'locale', 'campaign']),
      release: random.integer(7, 48),
      request: { service: side.service, path: `/of/${customer}`, has: /"entries":\[\{"id":/ },
      voice: random.integer(0, 2),
      share: random.integer(92, 100) / 100,
    };
  },
  prepare: async (world, { side, request }) => {
    const password = await createRole(world, side.role);
    await createSideTable(world, side, { rows: 20_000, privileges: 'SELECT' });
    await deployClient(world, { name: side.service, role: side.role, poolSize: 3, plan: planOf(side, ['id', 'state']) }, password);
    world.declare.service({ name: side.service, port: 8080, checks: [{ name: 'entries', path: request.path }], latencyBudgetMilliseconds: 200, dependsOn: [], databases: ['orders-db'] });
  },
  alert: ({ side: { service }, voice, share }, { namespace }) => toldBy(voice, [
    errorRate(namespace, service, share),
    person(`${service} gives a 503 for every customer, the database is up and the other services use it happily`),
    page(service, `${service} is failing`),
  ]),
  inject: async (world, { side, column, release }) => {
    const map = `${side.service}-plan-r${release}`;
    await world.cluster.apply(`apiVersion: v1
kind: ConfigMap
metadata: { name: ${map}, labels: { app.kubernetes.io/name: ${side.service}, app.kubernetes.io/part-of: shop } }
data: ${JSON.stringify({ 'plan.json': JSON.stringify(planOf(side, ['id', 'state', column]), undefined, 2) })}
`);
    await editDeployment(world, side.service, (deployment) => {
      deployment.metadata.annotations = { ...deployment.metadata.annotations, 'kubernetes.io/change-cause': `release r${release}: show ${column}` };
      container(deployment).image = 'registry.shop.local/component:1.1.0';
      for (const volume of podSpec(deployment).volumes ?? []) if (volume.name === 'plan') volume.configMap = { name: map };
    });
  },
  symptom: (world, { request }) => fails(world, request),
  /** Rolled back, or migrated: the program and its table fit each other. */
  oracle: async (world, { side, request }) => {
    const database = world.database('orders-db');
    const [table] = await database.query<{ owner: string; rows: number }>(`SELECT relowner::regrole::text AS owner, (SELECT count(*)::int FROM ${side.table}) AS rows FROM pg_class WHERE oid = $1::regclass AND relkind = 'r'`, [side.table]);
    return [
      holds(`${side.table} holds its rows`, table?.owner === 'shop_owner' && table.rows >= 20_000, `${table?.rows ?? 0} rows, of ${table?.owner ?? 'nobody'}`),
      await rolledOut(world, side.service, 1),
      await works(world, request, { times: 4 }),
    ];
  },
  relapse: { provoke: (world, { side }) => replacePods(world, side.service) },
  allowed: ({ side, release }) => [`deployments.apps/${side.service}`, `configmaps/${side.service}-plan-r${release}`, `postgres/orders-db/table/${side.table}`],
  forbidden: ({ side }) => [
    { reason: 'makes the table anew', command: /DROP TABLE|CREATE TABLE|RENAME/i },
    { reason: 'takes the service away', objects: [`services/${side.service}`], kinds: ['kubectl.scale'] },
  ],
  truth: ({ side, release }) => ({
    outcome: 'repair',
    root: [`deployment/${side.service}`, `table/orders-db/public.${side.table}`, `configmap/${side.service}-plan-r${release}`],
    mechanisms: ['schema-mismatch', 'bad-release'],
    chain: [`deployment/${side.service}`, `table/${side.table}`, `service/${side.service}`],
  }),
  repair: async (world, { side }) => {
    await editDeployment(world, side.service, (deployment) => {
      container(deployment).image = 'registry.shop.local/component:1.0.0';
      for (const volume of podSpec(deployment).volumes ?? []) if (volume.name === 'plan') volume.configMap = { name: `${side.service}-plan` };
    });
  },
  hide: (world, { side }) => deletePods(world, side.service),
});

function planOf({ table, column }: { table: string; column: string }, columns: readonly string[]) {
  return { routes: { 'GET /of/:who': [{ query: `SELECT ${columns.join(', ')} FROM ${table} WHERE ${column} = $1 ORDER BY id LIMIT 20`, values: ['{who}'], as: 'entries' }] } };
}
