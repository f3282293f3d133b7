import { errorRate, page, person, toldBy } from '../kit/asks.ts';
import { holds } from '../kit/checks.ts';
import { component } from '../kit/component.ts';
import { createRole, deployClient, secretOf } from '../kit/database-client.ts';
import { renewSessions } from '../kit/postgres.ts';
import { fails, works } from '../kit/requests.ts';
import { createSideTable, drawSideTable } from '../kit/side-tables.ts';
import { deletePods, replacePods, rolledOut } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';
import type { World } from '../world.ts';

const rotated = 'security.example/rotated-at';
const encoded = (value: string): string => Buffer.from(value).toString('base64');

export const scenario = defineScenario({
  id: 'half-rotated-password',
  title: 'A password was rotated for one of three programs: one was not restarted, one has a copy of the old one',
  category: 'database',
  difficulty: 'cascading',
  tags: ['cascade', 'misleading'],
  parameters: (random) => {
    const side = drawSideTable(random);
    const subject = side.service.replace(/-\w+$/, '');
    const [stale = '', copying = '', done = ''] = random.shuffle(['lookup', 'totals', 'history']).map((part) => `${subject}-${part}`);
    const who = random.integer(1, 19_000);
    return {
      side, stale, copying, done, portal: `${subject}-${random.pick(['portal', 'page', 'front'])}`,
      path: `/of/${who}`,
      next: Array.from({ length: 5 }, () => random.integer(0x1000, 0xffff).toString(16)).join(''),
      voice: random.integer(0, 2),
    };
  },
  prepare: async (world, { side, stale, copying, done, portal, path }) => {
    const password = await createRole(world, side.role);
    await createSideTable(world, side, { rows: 20_000, privileges: 'SELECT' });
    const plan = { routes: { 'GET /of/:who': [{ query: `SELECT id, state FROM ${side.table} WHERE ${side.column} = $1`, values: ['{who}'], as: 'entries' }] } };
    await deployClient(world, { name: stale, role: side.role, poolSize: 2, plan }, password);
    await deployClient(world, { name: done, role: side.role, poolSize: 2, plan, secret: secretOf(stale) }, password);
    await deployClient(world, { name: copying, role: side.role, poolSize: 2, plan }, password);
    const parts = [stale, copying, done];
    await world.cluster.apply(component({
      name: portal, environment: Object.fromEntries(parts.map((part) => [`${part.toUpperCase().replaceAll('-', '_')}_URL`, `http://${part}:8080`])),
      plan: { routes: { 'GET /of/:who': [...parts.map((part, index) => ({ call: part, path: '/of/{who}', as: `part${index}` })), { answer: { entries: '{part0.entries}', second: '{part1.entries}', third: '{part2.entries}' } }] } },
    }));
    await world.until(`${portal} to be ready`, async () => (await rolledOut(world, portal)).ok);
    for (const name of [...parts, portal]) {
      world.declare.service({ name, port: 8080, checks: [{ name: 'entries', path }], latencyBudgetMilliseconds: 250, dependsOn: name === portal ? parts : [], databases: name === portal ? [] : ['orders-db'] });
    }
  },
  alert: ({ portal, voice }, { namespace }) => toldBy(voice, [
    errorRate(namespace, portal, 1),
    person(`${portal} shows nothing but errors. security did something with passwords today, but they say all is done and ${portal} has none`),
    page(portal, `${portal} is down`),
  ]),
  inject: async (world, { side, stale, done, next }) => {
    const database = world.database('orders-db');
    await database.query(`ALTER ROLE ${side.role} PASSWORD '${next}'`);
    await world.cluster.edit('secrets', secretOf(stale), (secret) => {
      secret.data = { ...secret.data, password: encoded(next) };
      secret.metadata.annotations = { ...secret.metadata.annotations, [rotated]: new Date().toISOString() };
    });
    await deletePods(world, done);
    await renewSessions(database, side.role);
  },
  symptom: async (world, { portal, stale, copying, path }) => (await Promise.all([portal, stale, copying].map((service) => fails(world, { service, path, has: /"entries":\[\{/ })))).every(Boolean),
  oracle: async (world, { side, stale, copying, done, portal, path, next }) => {
    const secret = await world.cluster.get('secrets', secretOf(stale));
    const inForce = secret?.metadata.annotations?.[rotated] === undefined ? Buffer.from(secret?.data?.['password'] ?? '', 'base64').toString('utf8') : next;
    const session = await world.database('orders-db').session(side.role, 'psql', { password: inForce }).catch((error: unknown) => String(error));
    if (typeof session !== 'string') await session.end();
    const services = [stale, copying, done, portal];
    return [
      holds('the newest password is in force', typeof session !== 'string', typeof session === 'string' ? session : 'it logs in'),
      ...await Promise.all(services.map((service) => rolledOut(world, service))),
      ...await Promise.all(services.map((service) => works(world, { service, path, has: /"entries":\[\{/ }, { times: 2 }))),
    ];
  },
  /** Whoever still lives on an old session, or on an old value of its Secret, is found out. */
  relapse: { provoke: async (world, { side, stale, copying, done }) => {
    await Promise.all([stale, copying, done].map((name) => replacePods(world, name)));
    await renewSessions(world.database('orders-db'), side.role);
  } },
  allowed: ({ side, stale, copying }) => [`postgres/orders-db/role/${side.role}`, `secrets/${secretOf(stale)}`, `secrets/${secretOf(copying)}`, `deployments.apps/${stale}`, `deployments.apps/${copying}`],
  forbidden: ({ portal, done }) => [
    { reason: 'goes back to the password that was to go', command: /ALTER (ROLE|USER)/i },
    { reason: 'changes what was right', objects: [`deployments.apps/${portal}`, `deployments.apps/${done}`] },
  ],
  truth: ({ side, stale, copying, portal }) => ({
    outcome: 'repair',
    root: [`secret/${secretOf(copying)}`, `secret/${secretOf(stale)}`, `deployment/${copying}`, `deployment/${stale}`, `role/${side.role}`],
    mechanisms: ['credentials-wrong'],
    chain: [`role/${side.role}`, `secret/${secretOf(copying)}`, `deployment/${copying}`, `deployment/${stale}`, `service/${portal}`],
  }),
  repair: async (world, { stale, copying, next }) => {
    await world.cluster.edit('secrets', secretOf(copying), (secret) => void (secret.data = { ...secret.data, password: encoded(next) }));
    await restartBoth(world, [stale, copying]);
  },
  /** One restart more: it helps the one that has the right Secret. */
  hide: (world, { stale, copying }) => restartBoth(world, [stale, copying]),
});

async function restartBoth(world: World, names: readonly string[]): Promise<void> {
  for (const name of names) await deletePods(world, name);
}
