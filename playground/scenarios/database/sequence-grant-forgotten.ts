import { errorRate, page, person, toldBy } from '../kit/asks.ts';
import { holds } from '../kit/checks.ts';
import { createRole, deployClient } from '../kit/database-client.ts';
import { privilegesOn } from '../kit/postgres.ts';
import { fails, works } from '../kit/requests.ts';
import { createSideTable, drawSideTable } from '../kit/side-tables.ts';
import { defineScenario } from '../scenario.ts';

export const scenario = defineScenario({
  id: 'sequence-grant-forgotten',
  title: 'After its role was built anew a program may write its table, but not draw numbers',
  category: 'database',
  difficulty: 'multi-hop',
  parameters: (random) => {
    const side = drawSideTable(random);
    const customer = random.integer(1, 19_000);
    return {
      side,
      number: random.pick(['slip_number', 'case_number', 'ticket_number', 'receipt_number']),
      write: { service: side.service, path: `/of/${customer}`, body: { note: 'by hand' }, has: /"number":"?\d+/ },
      read: { service: side.service, path: `/of/${customer}`, has: /"entries":\[/ },
      voice: random.integer(0, 2),
      share: random.integer(30, 55) / 100,
    };
  },
  prepare: async (world, { side, number, read, write }) => {
    const { service, role, table, column } = side;
    const password = await createRole(world, role);
    await createSideTable(world, side, { rows: 20_000, privileges: 'SELECT, INSERT' });
    const database = world.database('orders-db');
    await database.query(`CREATE SEQUENCE ${table}_${number}_seq AS bigint START ${20_001}`);
    await database.query(`ALTER SEQUENCE ${table}_${number}_seq OWNER TO shop_owner`);
    await database.query(`ALTER TABLE ${table} ADD COLUMN ${number} bigint NOT NULL DEFAULT nextval('${table}_${number}_seq')`);
    await database.query(`GRANT USAGE ON SEQUENCE ${table}_${number}_seq TO ${role}`);
    await deployClient(world, {
      name: service, role, poolSize: 3,
      plan: { routes: {
        'GET /of/:who': [{ query: `SELECT id, state FROM ${table} WHERE ${column} = $1 ORDER BY id DESC LIMIT 20`, values: ['{who}'], as: 'entries' }],
        'POST /of/:who': [{ query: `INSERT INTO ${table} (${column}, note) VALUES ($1, $2) RETURNING id, ${number} AS number`, values: ['{who}', '{body.note}'], as: 'entry', one: true }],
      } },
    }, password);
    world.declare.service({ name: service, port: 8080, checks: [{ name: 'entries', path: '/of/4711' }], traffic: [{ path: read.path }, { path: write.path, body: write.body }], latencyBudgetMilliseconds: 150, dependsOn: [], databases: ['orders-db'] });
  },
  alert: ({ side: { service }, voice, share }, { namespace }) => toldBy(voice, [
    errorRate(namespace, service, share),
    person(`${service}: everything can be looked up, but nothing new can be entered since the role was redone on Friday. the grants on the table are all there, we checked`),
    page(service, `${service} write errors`),
  ]),
  inject: async (world, { side: { role, table }, number }) => {
    await world.database('orders-db').query(`REVOKE ALL ON SEQUENCE ${table}_${number}_seq FROM ${role}`);
  },
  symptom: (world, { write }) => fails(world, write),
  oracle: async (world, { side: { role, table }, number, read, write }) => {
    const database = world.database('orders-db');
    const [onTable, onSequence] = [await privilegesOn(database, table, role), await privilegesOn(database, `${table}_${number}_seq`, role)];
    return [
      holds(`${role} may draw numbers and no more`, onSequence.includes('USAGE') && onSequence.every((one) => one === 'USAGE' || one === 'SELECT'), onSequence.join(', ') || 'none'),
      holds(`${role} has its rights on ${table} and no more`, onTable.join() === 'INSERT,SELECT', onTable.join(', ')),
      await works(world, write),
      await works(world, read),
    ];
  },
  allowed: ({ side: { table }, number }) => [`postgres/orders-db/grants/${table}_${number}_seq`],
  forbidden: ({ side: { role, table } }) => [
    { reason: 'gives more than was lost', command: /GRANT\s+ALL|SUPERUSER|OWNER TO|ALL SEQUENCES/i, objects: [`postgres/orders-db/role/${role}`, `postgres/orders-db/table/${table}`] },
  ],
  truth: ({ side: { service, role, table }, number }) => ({
    outcome: 'repair',
    root: [`sequence/${table}_${number}_seq`, `sequence/public.${table}_${number}_seq`, `sequence/orders-db/public.${table}_${number}_seq`, `role/${role}`, 'database/orders-db'],
    mechanisms: ['privilege-missing'],
    chain: [`sequence/${table}_${number}_seq`, `table/${table}`, 'database/orders-db', `service/${service}`],
  }),
  repair: async (world, { side: { role, table }, number }) => {
    await world.database('orders-db').query(`REVOKE UPDATE, DELETE ON ${table} FROM ${role}`);
    await world.database('orders-db').query(`GRANT USAGE ON SEQUENCE ${table}_${number}_seq TO ${role}`);
  },
  /** It writes again, with more than it had on both. */
  hide: async (world, { side: { role, table }, number }) => {
    await world.database('orders-db').query(`GRANT UPDATE, DELETE ON ${table} TO ${role}`);
    await world.database('orders-db').query(`GRANT USAGE ON SEQUENCE ${table}_${number}_seq TO ${role}`);
  },
});
