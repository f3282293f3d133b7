/** What runs once or by the clock: `migrate`, `cleanup`, `recount-stock`. The first argument says which. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { readDatabaseSettings } from './common/database.ts';
import { readEnvironment } from './common/environment.ts';
import { errorCode, errorMessage } from './common/failure.ts';
import { createLog } from './common/log.ts';

const job = process.argv[2] ?? '';
const log = createLog({ service: 'jobs', job, version: process.env['APP_VERSION'] ?? 'dev', pod: process.env['HOSTNAME'] });
const patienceMilliseconds = 60_000;

const migrations = [
  'CREATE TABLE IF NOT EXISTS schema_migrations (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())',
  `CREATE TABLE IF NOT EXISTS cart_items (
     customer_id bigint NOT NULL, product_id bigint NOT NULL, quantity integer NOT NULL CHECK (quantity > 0),
     added_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (customer_id, product_id))`,
  `CREATE TABLE IF NOT EXISTS notifications (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id bigint NOT NULL, customer_id bigint NOT NULL, kind text NOT NULL,
     attempts integer NOT NULL DEFAULT 0, created_at timestamptz NOT NULL DEFAULT now(), not_before timestamptz NOT NULL DEFAULT now(), sent_at timestamptz)`,
  'CREATE INDEX IF NOT EXISTS notifications_waiting_idx ON notifications (id) WHERE sent_at IS NULL',
  'GRANT SELECT, INSERT, UPDATE, DELETE ON cart_items TO cart_service',
  'GRANT INSERT ON notifications TO checkout_service',
  'GRANT SELECT, UPDATE ON notifications TO notifier_service',
  'GRANT SELECT, DELETE ON notifications, cart_items TO maintenance',
  'GRANT SELECT ON notifications, cart_items, schema_migrations TO sre_read',
  'INSERT INTO schema_migrations (version) VALUES (14) ON CONFLICT DO NOTHING',
];

const work: Record<string, (client: Client) => Promise<void>> = {
  migrate: async (client) => {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock(14)');
    await client.query('SET LOCAL ROLE shop_owner');
    for (const statement of migrations) await client.query(statement);
    await client.query('COMMIT');
    log('info', 'schema is at version 14');
  },
  cleanup: async (client) => {
    const days = readEnvironment(process.env).integer('KEEP_DAYS', { minimum: 1, maximum: 3650 }, 30);
    const notifications = await client.query("DELETE FROM notifications WHERE sent_at < now() - $1 * interval '1 day'", [days]);
    const carts = await client.query("DELETE FROM cart_items WHERE added_at < now() - $1 * interval '1 day'", [days]);
    log('info', 'cleaned up', { notifications: notifications.rowCount, cart_items: carts.rowCount });
  },
  'recount-stock': async (client) => {
    const seconds = readEnvironment(process.env).integer('RECOUNT_SECONDS', { minimum: 0, maximum: 86_400 }, 1);
    await client.query('BEGIN');
    const { rowCount } = await client.query('UPDATE inventory SET updated_at = now()');
    log('info', 'recounting', { products: rowCount, seconds });
    await sleep(seconds * 1000);
    await client.query('COMMIT');
    log('info', 'recounted', { products: rowCount });
  },
};

async function main(): Promise<void> {
  const run = work[job];
  if (!run) throw new Error(`unknown job ${JSON.stringify(job)}: ${Object.keys(work).join(', ')}`);
  const client = await connect();
  process.once('SIGTERM', () => process.exit(143));
  try {
    log('info', 'starting');
    await run(client);
  } finally {
    await client.end();
  }
}

/** The database may still be starting. */
async function connect(): Promise<Client> {
  const { host, port, database, user, password } = readDatabaseSettings(readEnvironment({ DB_POOL_SIZE: '1', ...process.env }));
  for (const end = Date.now() + patienceMilliseconds; ; await sleep(300)) {
    const client = new Client({ host, port, database, user, password, application_name: `job-${job}`, connectionTimeoutMillis: 3000 });
    client.on('error', (error) => log('error', `database: ${error.message}`, { code: errorCode(error) }));
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (Date.now() > end) throw error;
      log('warn', `database not reachable yet: ${errorMessage(error)}`, { host, code: errorCode(error) });
    }
  }
}

main().catch((error: unknown) => {
  log('error', `failed: ${errorMessage(error)}`, { code: errorCode(error) });
  process.exitCode = 1;
});
