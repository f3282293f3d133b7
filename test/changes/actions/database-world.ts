/** A real database with an orders table, seen through a wire-tap. */
import { Client } from 'pg';
import { afterAll } from 'vitest';
import { kindContext, secret, tapPostgres, targetsWith } from '../../support/changes.ts';
import type { TestDatabase } from '../../support/postgres.ts';
import { createTestDatabase } from '../../support/postgres.ts';

/** A database of its own, dropped with the world. */
export async function openDatabaseWorld() {
  return openWorld(await createTestDatabase());
}

/** To be called once in a file: the worlds it opens, one after the other, share a database that is emptied in between. Creating one costs more than most tests. */
export function sharedDatabase(): () => Promise<DatabaseWorld> {
  let database: TestDatabase | undefined;
  afterAll(() => database?.close());
  return async () => {
    if (database) await empty(database.url);
    database ??= await createTestDatabase();
    return openWorld({ url: database.url, close: () => Promise.resolve() });
  };
}

async function empty(url: string): Promise<void> {
  // Whatever a test has set for the database.
  const client = new Client({ connectionString: url, options: '-c statement_timeout=0 -c default_transaction_read_only=off' });
  await client.connect();
  await client.query(`
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
    DO $$ DECLARE one name; BEGIN
      FOR one IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP EXECUTE format('DROP SCHEMA %I CASCADE', one); END LOOP;
      EXECUTE format('ALTER DATABASE %I RESET ALL', current_database());
    END $$;
    CREATE SCHEMA public AUTHORIZATION pg_database_owner; GRANT USAGE ON SCHEMA public TO PUBLIC`);
  await client.end();
}

async function openWorld(database: TestDatabase) {
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
