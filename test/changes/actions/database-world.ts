/** A real database with an orders table, seen through a wire-tap. */
import { Client } from 'pg';
import { kindContext, secret, tapPostgres, targetsWith } from '../../support/changes.ts';
import { createTestDatabase } from '../../support/postgres.ts';

export async function openDatabaseWorld() {
  const database = await createTestDatabase();
  const tap = await tapPostgres(database.url);
  const clients: Client[] = [];
  async function client(application = 'checkout', url = database.url): Promise<Client> {
    const opened = new Client({ connectionString: url, application_name: application });
    opened.on('error', () => undefined);
    clients.push(opened);
    await opened.connect();
    return opened;
  }
  const admin = await client('test');
  await admin.query('CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL, note jsonb, place point)');
  await admin.query('INSERT INTO orders SELECT n, n % 100 FROM generate_series(1, 1000) AS n');
  await admin.query('ANALYZE orders');
  const targets = targetsWith({ databases: [{ name: 'shop', kind: 'postgres', read: secret(tap.url), write: secret(tap.url, 'SHOP_WRITE_URL') }] });
  return {
    url: database.url,
    admin,
    client,
    tap,
    targets,
    context: kindContext(targets),
    async close() {
      await Promise.all(clients.map((one) => one.end().catch(() => undefined)));
      await tap.close();
      await database.close();
    },
  };
}

export type DatabaseWorld = Awaited<ReturnType<typeof openDatabaseWorld>>;

/** pid and exact start of a client's session, as the investigator would have read them. */
export async function sessionOf(client: Client): Promise<{ pid: number; backend_start: string }> {
  const { rows } = await client.query<{ pid: number; backend_start: string }>('SELECT pid, backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()');
  if (!rows[0]) throw new Error('no session');
  return rows[0];
}

/** A role that may log in, and the context of a write URL that is its own. Drop it in the test: roles outlive the database. */
export async function makeRole({ admin, url, targets, context }: DatabaseWorld, prefix: string) {
  const name = `${prefix}_${new URL(url).pathname.slice(-12)}`;
  await admin.query(`CREATE ROLE ${name} LOGIN PASSWORD 'x'`);
  const own = new URL(url);
  Object.assign(own, { username: name, password: 'x' });
  const databases = targets.databases.map((database) => ({ ...database, write: secret(own.toString(), 'W') }));
  return {
    name,
    url: own.toString(),
    context: { ...context, targets: { ...targets, databases } },
    drop: async () => void (await admin.query(`DROP OWNED BY ${name} CASCADE; DROP ROLE ${name}`)),
  };
}
