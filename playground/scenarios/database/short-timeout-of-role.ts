import { errorRate, page, person, toldBy } from '../kit/asks.ts';
import { holds } from '../kit/checks.ts';
import { renewSessions } from '../kit/postgres.ts';
import { fails, works } from '../kit/requests.ts';
import { shopRequests } from '../kit/shop-requests.ts';
import { deletePods } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

const role = 'catalog_service';

export const scenario = defineScenario({
  id: 'short-timeout-of-role',
  title: 'A timeout of a role was meant in seconds and counts milliseconds',
  category: 'database',
  difficulty: 'single-signal',
  parameters: (random) => ({
    setting: random.pick(['statement_timeout', 'transaction_timeout']),
    value: random.pick(['1', '2', '3', '2ms']),
    where: random.pick([`ROLE ${role}`, `ROLE ${role} IN DATABASE shop`]),
    request: shopRequests(random).popular,
    voice: random.integer(0, 2),
    share: random.integer(15, 40) / 100,
  }),
  alert: ({ voice, share }, { namespace }) => toldBy(voice, [
    errorRate(namespace, 'frontend', share),
    person('the start page does not load for most people, single product pages do'),
    page('frontend', 'home page availability'),
  ]),
  inject: async (world, { where, setting, value }) => {
    const database = world.database('orders-db');
    await database.query(`ALTER ${where} SET ${setting} = '${value}'`);
    await renewSessions(database, role);
  },
  symptom: (world, { request }) => fails(world, request),
  oracle: async (world, { setting, request }) => {
    const rows = await world.database('orders-db').query<{ where: string; milliseconds: number }>(
      `SELECT concat_ws(' in ', r.rolname, d.datname) AS where, extract(epoch FROM (CASE WHEN split_part(c.v, '=', 2) ~ '^\\d+$' THEN split_part(c.v, '=', 2) || 'ms' ELSE split_part(c.v, '=', 2) END)::interval) * 1000 AS milliseconds
       FROM pg_db_role_setting s LEFT JOIN pg_database d ON d.oid = s.setdatabase LEFT JOIN pg_roles r ON r.oid = s.setrole, unnest(s.setconfig) AS c(v) WHERE c.v LIKE $1 || '=%'`,
      [setting],
    );
    const short = rows.filter(({ milliseconds }) => Number(milliseconds) > 0 && Number(milliseconds) < 1000);
    return [
      holds(`${setting} leaves time to work`, short.length === 0, short.map(({ where, milliseconds }) => `${where}: ${milliseconds} ms`).join('; ') || 'a second or more, or none'),
      await works(world, request, { times: 5 }),
    ];
  },
  relapse: { provoke: async (world) => renewSessions(world.database('orders-db'), role) },
  allowed: () => [`postgres/orders-db/setting/*/${role}`],
  forbidden: () => [{ reason: 'a shorter query or an index is not what is missing', kinds: ['postgres.create_index', 'kubectl.scale'] }],
  truth: ({ setting }) => ({
    outcome: 'repair',
    root: [`role/${role}`, `setting/orders-db/${setting}@${role}`, `setting/orders-db/${setting}`, `setting/${setting}`, 'database/orders-db'],
    mechanisms: ['database-setting-wrong', 'timeout-too-short'],
    chain: [`setting/orders-db/${setting}@${role}`, 'database/orders-db', 'service/catalog', 'service/frontend'],
  }),
  repair: async (world, { where, setting }) => {
    const database = world.database('orders-db');
    await database.query(`ALTER ${where} RESET ${setting}`);
    await renewSessions(database, role);
  },
  hide: (world) => deletePods(world, 'catalog'),
});
