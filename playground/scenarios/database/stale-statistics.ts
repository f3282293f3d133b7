import { monitored, page, person, toldBy } from '../kit/asks.ts';
import { holds, unwell } from '../kit/checks.ts';
import { createRole, deployClient } from '../kit/database-client.ts';
import { works } from '../kit/requests.ts';
import { createSideTable, drawSideTable } from '../kit/side-tables.ts';
import { defineScenario } from '../scenario.ts';

/** In the batch that is looked at, and how many owners one request asks for. */
const lines = 60_000;
const owners = 40;

export const scenario = defineScenario({
  id: 'stale-statistics',
  title: 'A bulk load switched autovacuum off for its table, and the planner knows nothing of the new rows',
  category: 'database',
  difficulty: 'multi-hop',
  parameters: (random) => {
    const side = drawSideTable(random);
    const batch = random.integer(30_000, 90_000);
    return { side, batch, request: { service: side.service, path: `/batches/${batch}`, has: /"lines":"?\d/ }, voice: random.integer(0, 2) };
  },
  prepare: async (world, { side, request }) => {
    const { table, column, role, service } = side;
    const password = await createRole(world, role);
    await createSideTable(world, side, { rows: 60_000, privileges: 'SELECT' });
    const database = world.database('orders-db');
    await database.query(`CREATE TABLE ${table}_batches (batch bigint PRIMARY KEY, lines integer NOT NULL, loaded_at timestamptz NOT NULL DEFAULT now())`);
    await database.query(`ALTER TABLE ${table}_batches OWNER TO shop_owner`);
    await database.query(`INSERT INTO ${table}_batches (batch, lines) VALUES (1, 60000)`);
    await database.query(`ALTER TABLE ${table} ADD COLUMN batch bigint NOT NULL DEFAULT 1`);
    await database.query(`CREATE INDEX ${table}_batch_idx ON ${table} (batch)`);
    await database.query(`GRANT SELECT ON ${table}_batches TO ${role}, sre_read`);
    await database.query(`ANALYZE ${table}, ${table}_batches`);
    // Who believes that the batch has next to no lines reads all of it for each owner.
    const ofOwners = `SELECT sum(l.lines) AS lines FROM generate_series(1, ${owners}) AS owner(id) CROSS JOIN LATERAL (SELECT count(*) AS lines FROM ${table} t WHERE t.batch = $1 AND t.${column} = owner.id) l`;
    await deployClient(world, { name: service, role, poolSize: 3, plan: { routes: { 'GET /batches/:batch': [{ query: ofOwners, values: ['{batch}'], as: 'found', one: true }] } } }, password);
    world.declare.service({ name: service, port: 8080, checks: [{ name: 'batch', path: request.path }], latencyBudgetMilliseconds: 120, dependsOn: [], databases: ['orders-db'] });
  },
  alert: ({ side: { service }, voice }, { namespace }) => toldBy(voice, [
    person(`${service} crawls since the import this noon, nothing was deployed`),
    monitored('ServiceLatencyHigh', 'warning', `${service} is slow`, `The 95th percentile of ${service} in ${namespace} is ten times its usual value for 15 minutes.`, { namespace, service }),
    page(service, `${service} latency over objective`),
  ]),
  inject: async (world, { side: { table, column }, batch }) => {
    const database = world.database('orders-db');
    await database.query(`ALTER TABLE ${table} SET (autovacuum_enabled = false)`);
    await database.query(`INSERT INTO ${table} (${column}, note, batch) SELECT n, 'imported', ${batch} FROM generate_series(1, ${lines}) n`);
    await database.query(`INSERT INTO ${table}_batches (batch, lines) VALUES ($1, $2)`, [batch, lines]);
  },
  symptom: (world, { side }) => Promise.resolve(unwell(world, [side.service])),
  oracle: async (world, { side: { table }, batch, request }) => {
    const database = world.database('orders-db');
    const [options] = await database.query<{ options: string }>("SELECT coalesce(reloptions::text, '') AS options FROM pg_class WHERE oid = $1::regclass", [table]);
    const [explained] = await database.query<{ 'QUERY PLAN': { Plan: { 'Plan Rows': number } }[] }>(`EXPLAIN (FORMAT JSON) SELECT * FROM ${table} WHERE batch = ${batch}`);
    const rows = explained?.['QUERY PLAN'][0]?.Plan['Plan Rows'] ?? 0;
    const stored = await database.query<{ batch: number; lines: number; found: number }>(`SELECT batch::int, lines, (SELECT count(*)::int FROM ${table} t WHERE t.batch = b.batch) AS found FROM ${table}_batches b`);
    const there = stored.find((one) => one.batch === batch)?.found ?? 1;
    return [
      holds(`autovacuum takes care of ${table}`, !/autovacuum_enabled=(false|off|0|no)/.test(options?.options ?? ''), options?.options || 'no options'),
      holds('the planner knows how many rows the batch has', rows > there / 10 && rows < there * 10, `it expects ${rows}, there are ${there}`),
      holds('every batch has its lines', stored.length > 0 && stored.every((one) => one.found === one.lines), stored.map((one) => `${one.batch}: ${one.found} of ${one.lines}`).join(', ')),
      await works(world, request),
    ];
  },
  /** On, instead of not set, is right as well. */
  allowed: ({ side }) => [`postgres/orders-db/table/${side.table}`],
  forbidden: ({ side }) => [
    { reason: 'takes the imported rows away', command: new RegExp(`DELETE FROM .*${side.table}|TRUNCATE`, 'i'), kinds: ['postgres.rows'] },
    { reason: 'the service does what it did before', kinds: ['kubectl.scale', 'kubectl.rollout_undo'] },
  ],
  truth: ({ side }) => ({
    outcome: 'repair',
    root: [`table/orders-db/public.${side.table}`],
    mechanisms: ['stale-statistics', 'vacuum-off'],
    chain: [`table/${side.table}`, 'database/orders-db', `service/${side.service}`],
  }),
  repair: async (world, { side: { table } }) => {
    const database = world.database('orders-db');
    await database.query(`ALTER TABLE ${table} RESET (autovacuum_enabled)`);
    await database.query(`ANALYZE ${table}`);
  },
  /** Good until the next load. */
  hide: async (world, { side: { table } }) => {
    await world.database('orders-db').query(`ANALYZE ${table}`);
  },
});
