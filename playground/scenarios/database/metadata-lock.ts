import { errorRate, page, person, toldBy } from '../kit/asks.ts';
import { holds } from '../kit/checks.ts';
import { fails, works } from '../kit/requests.ts';
import { shopRequests } from '../kit/shop-requests.ts';
import { defineScenario } from '../scenario.ts';

interface Connection extends Record<string, unknown> {
  id: number;
  user: string;
  state: string;
}

export const scenario = defineScenario({
  id: 'metadata-lock',
  title: 'A forgotten transaction of MariaDB stops a schema change, and that stops every request',
  category: 'database',
  difficulty: 'misleading',
  tags: ['cascade', 'misleading'],
  needs: ['mariadb'],
  parameters: (random) => {
    const product = random.integer(1, 60);
    return {
      reader: `${random.pick(['report', 'export', 'audit', 'finance', 'analytics'])}_${random.pick(['tool', 'user', 'app', 'reader'])}`,
      changer: `${random.pick(['schema', 'release', 'ddl', 'deploy'])}_${random.pick(['bot', 'runner', 'admin'])}`,
      password: random.name('pw'),
      column: random.pick(['warehouse', 'reserved', 'location_code', 'supplier', 'safety_stock']),
      stock: { service: 'inventory', path: `/stock/${product}`, has: /"quantity":\d/ },
      order: shopRequests(random).order,
      voice: random.integer(0, 2),
      share: random.integer(30, 90) / 100,
    };
  },
  prepare: async (world, { reader, changer, password }) => {
    await world.database('inventory-db').query([
      `CREATE USER '${reader}'@'%' IDENTIFIED BY '${password}'`, `GRANT SELECT ON inventory.* TO '${reader}'@'%'`,
      `CREATE USER '${changer}'@'%' IDENTIFIED BY '${password}'`, `GRANT SELECT, ALTER, INSERT, CREATE ON inventory.* TO '${changer}'@'%'`,
    ].join('; '));
  },
  alert: ({ voice, share }, { namespace }) => toldBy(voice, [
    errorRate(namespace, 'checkout', share),
    person('orders hang and then fail. the new column for stock is being rolled out right now, is the migration too slow?'),
    page('inventory', 'inventory: requests time out'),
  ]),
  inject: async (world, { reader, changer, password, column }) => {
    const database = world.database('inventory-db');
    const forgotten = await database.session(reader, reader, { password });
    await forgotten.query('START TRANSACTION');
    await forgotten.query('SELECT COUNT(*) FROM stock');
    const change = await database.session(changer, changer, { password });
    change.send(`ALTER TABLE stock ADD COLUMN ${column} VARCHAR(40) NULL`);
  },
  symptom: (world, { stock }) => fails(world, stock),
  oracle: async (world, { reader, stock, order }) => {
    const connections = await world.database('inventory-db').query<Connection>("SELECT id, user, COALESCE(state, '') AS state FROM information_schema.processlist");
    const forgotten = connections.filter(({ user }) => user === reader);
    const waiting = connections.filter(({ state }) => state.includes('metadata lock'));
    return [
      holds(`${reader} holds no transaction`, forgotten.length === 0, forgotten.map(({ id }) => `connection ${id}`).join(', ') || 'not connected'),
      holds('nobody waits for a metadata lock', waiting.length === 0, waiting.map(({ id, user }) => `${id} of ${user}`).join(', ') || 'nobody'),
      await works(world, stock),
      await works(world, order, { milliseconds: 5000 }),
    ];
  },
  /** The schema change may end well. */
  allowed: () => ['mysql/inventory-db/table/inventory.stock'],
  forbidden: () => [{ reason: 'restarts the database', command: /(restart|delete|scale).*inventory-db/ }],
  truth: ({ reader, changer }) => ({
    outcome: 'repair',
    root: [`session/${reader}`, `role/${reader}`, `user/${reader}`],
    mechanisms: ['blocked-by-session'],
    chain: [`session/${reader}`, `session/${changer}`, 'database/inventory-db', 'service/inventory', 'service/checkout'],
  }),
  repair: (world, { reader }) => kill(world, reader),
  /** The schema change is ended: the next one will stop everybody just the same. */
  hide: (world, { changer }) => kill(world, changer),
});

async function kill(world: Parameters<typeof works>[0], user: string): Promise<void> {
  const database = world.database('inventory-db');
  for (const { id } of await database.query<{ id: number }>(`SELECT id FROM information_schema.processlist WHERE user = '${user}'`)) await database.query(`KILL ${id}`);
}
