import { errorRate, page, person, toldBy } from '../kit/asks.ts';
import { holds } from '../kit/checks.ts';
import { createRole, deployClient, keepIssuedPassword, secretOf } from '../kit/database-client.ts';
import { fails, works } from '../kit/requests.ts';
import { createSideTable, drawSideTable } from '../kit/side-tables.ts';
import { deletePods, replacePods, rolledOut } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

const decoded = (value: string | undefined): string => Buffer.from(value ?? '', 'base64').toString('utf8');
const encoded = (value: string): string => Buffer.from(value).toString('base64');

/** How a value goes wrong on its way into a Secret. */
const slips: readonly ((right: string) => string)[] = [(right) => `${right}\n`, (right) => right.slice(0, -1), (right) => encoded(right), (right) => right.toUpperCase()];

export const scenario = defineScenario({
  id: 'wrong-password-in-secret',
  title: 'The Secret of a client holds a password the database does not know',
  category: 'database',
  difficulty: 'multi-hop',
  parameters: (random) => {
    const side = drawSideTable(random);
    const customer = random.integer(1, 19_000);
    return {
      side, slip: random.integer(0, slips.length - 1),
      /** Where this team keeps the copy of each rotation. */
      copy: `${secretOf(side.service)}-${random.pick(['rotation', 'issued', 'backup'])}-${random.integer(2, 30)}`,
      request: { service: side.service, path: `/of/${customer}`, has: /"entries":\[\{/ },
      voice: random.integer(0, 2),
    };
  },
  prepare: async (world, { side, copy, request }) => {
    const password = await createRole(world, side.role);
    await createSideTable(world, side, { rows: 40_000, privileges: 'SELECT' });
    await deployClient(world, {
      name: side.service, role: side.role, poolSize: 3,
      plan: { routes: { 'GET /of/:who': [{ query: `SELECT id, state FROM ${side.table} WHERE ${side.column} = $1`, values: ['{who}'], as: 'entries' }] } },
    }, password);
    await keepIssuedPassword(world, { service: side.service, copy, description: `As issued to role ${side.role} by the database team; kept for 90 days.` }, password);
    world.declare.service({ name: side.service, port: 8080, checks: [{ name: 'entries', path: '/of/4711' }], traffic: [{ path: request.path }, { path: '/of/17' }], latencyBudgetMilliseconds: 150, dependsOn: [], databases: ['orders-db'] });
  },
  alert: ({ side: { service }, voice }, { namespace }) => toldBy(voice, [
    errorRate(namespace, service, 1),
    person(`${service} has not answered since its pods were replaced a few minutes ago`),
    page(service, `${service} is down`),
  ]),
  inject: async (world, { side, slip }) => {
    await world.cluster.edit('secrets', secretOf(side.service), (secret) => {
      secret.data = { ...secret.data, password: encoded((slips[slip] ?? encoded)(decoded(secret.data?.['password']))) };
    });
    await deletePods(world, side.service);
  },
  symptom: (world, { request }) => fails(world, request),
  oracle: async (world, { side, copy, request }) => {
    const issued = decoded((await world.cluster.get('secrets', copy))?.data?.['password']);
    const session = await world.database('orders-db').session(side.role, 'psql', { password: issued }).catch((error: unknown) => String(error));
    if (typeof session !== 'string') await session.end();
    return [
      holds(`the password of ${side.role} is the one that was issued`, typeof session !== 'string', typeof session === 'string' ? session : 'it logs in'),
      await rolledOut(world, side.service),
      await works(world, request, { times: 4 }),
    ];
  },
  relapse: { provoke: (world, { side }) => replacePods(world, side.service) },
  allowed: ({ side }) => [`secrets/${secretOf(side.service)}`, `deployments.apps/${side.service}`],
  forbidden: ({ side, copy }) => [
    { reason: 'makes the database fit the wrong Secret', objects: [`postgres/orders-db/role/${side.role}`], command: /ALTER (ROLE|USER)/i },
    { reason: 'the copy is evidence', objects: [`secrets/${copy}`] },
  ],
  truth: ({ side }) => ({
    outcome: 'repair',
    root: [`secret/${secretOf(side.service)}`],
    mechanisms: ['credentials-wrong'],
    chain: [`secret/${secretOf(side.service)}`, `deployment/${side.service}`, `service/${side.service}`],
  }),
  repair: async (world, { side, copy }) => {
    const issued = (await world.cluster.get('secrets', copy))?.data?.['password'];
    // Where it was hidden before, the database has another one.
    await world.database('orders-db').query(`ALTER ROLE ${side.role} PASSWORD '${decoded(issued)}'`);
    await world.cluster.edit('secrets', secretOf(side.service), (secret) => void (secret.data = { ...secret.data, password: issued ?? '' }));
    await deletePods(world, side.service);
  },
  /** The database takes the wrong password instead. */
  hide: async (world, { side }) => {
    const wrong = decoded((await world.cluster.get('secrets', secretOf(side.service)))?.data?.['password']);
    await world.database('orders-db').query(`ALTER ROLE ${side.role} PASSWORD '${wrong}'`);
    await deletePods(world, side.service);
  },
});
