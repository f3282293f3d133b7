import { monitored, page, person, toldBy } from '../kit/asks.ts';
import { holds, unwell } from '../kit/checks.ts';
import { createRole, deployClient } from '../kit/database-client.ts';
import { indexesLeadingWith, noUselessIndexes } from '../kit/postgres.ts';
import { works } from '../kit/requests.ts';
import { shopRequests } from '../kit/shop-requests.ts';
import { createSideTable, drawSideTable } from '../kit/side-tables.ts';
import { defineScenario } from '../scenario.ts';

const lookedUp = 25;

export const scenario = defineScenario({
  id: 'missing-index',
  title: 'An index is gone, and each request reads the whole table',
  category: 'database',
  difficulty: 'single-signal',
  parameters: (random) => {
    const own = random.chance(0.3) ? undefined : drawSideTable(random);
    const { quote } = shopRequests(random);
    const first = random.integer(1, 19_000);
    return {
      own, first,
      table: own?.table ?? 'orders',
      column: own?.column ?? 'customer_id',
      rows: random.integer(180_000, 240_000),
      request: own ? { service: own.service, path: `/latest?from=${first}`, has: /"latest":\[\{/ } : quote,
      voice: random.integer(0, 2),
    };
  },
  prepare: async (world, { own, rows }) => {
    if (!own) return;
    const password = await createRole(world, own.role);
    await createSideTable(world, own, { rows, privileges: 'SELECT' });
    const latest = `SELECT l.* FROM generate_series($1::bigint, $1::bigint + ${lookedUp - 1}) AS who(id) CROSS JOIN LATERAL (SELECT id, state, created_at FROM ${own.table} WHERE ${own.column} = who.id ORDER BY created_at DESC LIMIT 2) l`;
    await deployClient(world, { name: own.service, role: own.role, poolSize: 4, plan: { routes: { 'GET /latest': [{ query: latest, values: ['{from}'], as: 'latest' }] } } }, password);
    world.declare.service({
      name: own.service, port: 8080, checks: [{ name: 'latest', path: '/latest?from=40' }], traffic: [{ path: '/latest?from=4000' }, { path: '/latest?from=900' }],
      latencyBudgetMilliseconds: 120, dependsOn: [], databases: ['orders-db'],
    });
  },
  alert: ({ request: { service }, voice }, { namespace }) => toldBy(voice, [
    person(`${service} got really slow since this morning, same traffic as always`),
    monitored('ServiceLatencyHigh', 'warning', `${service} is slow`, `The 95th percentile of ${service} in ${namespace} is several times its usual value for 10 minutes.`, { namespace, service }),
    page(service, `${service} p95 latency over objective`),
  ]),
  inject: async (world, { table, column }) => {
    const database = world.database('orders-db');
    for (const { name } of await indexesLeadingWith(database, table, column)) await database.query(`DROP INDEX ${name}`);
  },
  symptom: (world, { request }) => Promise.resolve(unwell(world, [request.service])),
  oracle: async (world, { table, column, request }) => {
    const database = world.database('orders-db');
    const indexes = await indexesLeadingWith(database, table, column);
    const plan = JSON.stringify(await database.query(`EXPLAIN (FORMAT JSON) SELECT id FROM ${table} WHERE ${column} = 77`));
    return [
      holds(`a valid index of ${table} begins with ${column}`, indexes.length > 0, indexes.map(({ name }) => name).join(', ') || 'none'),
      holds('the planner uses it', indexes.some(({ name }) => plan.includes(`"Index Name": "${name}"`) || plan.includes(`"Index Name":"${name}"`)), /"Node Type": ?"[^"]+"/.exec(plan)?.[0] ?? plan.slice(0, 200)),
      await noUselessIndexes(database, table),
      await works(world, request),
    ];
  },
  allowed: ({ table }) => [`postgres/orders-db/index/${table}/*`],
  forbidden: () => [
    { reason: 'more of the same service does not read less', kinds: ['kubectl.scale'] },
    { reason: 'an index built the plain way stops writers', command: /CREATE (UNIQUE )?INDEX (?!CONCURRENTLY)/i },
  ],
  truth: ({ table, request }) => ({
    outcome: 'repair',
    root: [`table/${table}`, `table/orders-db/public.${table}`, `table/public.${table}`, 'database/orders-db'],
    mechanisms: ['missing-index'],
    chain: [`table/${table}`, 'database/orders-db', `service/${request.service}`],
  }),
  repair: async (world, { table, column }) => {
    await world.database('orders-db').query(`CREATE INDEX CONCURRENTLY ${table}_${column}_created_at_idx ON ${table} (${column}, created_at)`);
  },
  /** An index on the right columns in the wrong order. */
  hide: async (world, { table, column }) => {
    await world.database('orders-db').query(`CREATE INDEX CONCURRENTLY ${table}_created_at_${column}_idx ON ${table} (created_at, ${column})`);
  },
});
