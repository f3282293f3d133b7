import { monitored, page, person, toldBy } from '../kit/asks.ts';
import { holds } from '../kit/checks.ts';
import { declareComponent, deploy } from '../kit/running-components.ts';
import { replacePods, rolledOut } from '../kit/workloads.ts';
import type { World } from '../world.ts';
import { defineScenario } from '../scenario.ts';

interface Names {
  consumer: string;
  table: string;
  results: string;
}

/**
 * Messages wait in a table and are taken in order. One can not be decoded; the consumer tries it for ever and the rest
 * waits behind. The pod is ready, its releases are old.
 */
export const scenario = defineScenario({
  id: 'poison-message',
  title: 'One message that can not be decoded blocks all those behind it',
  category: 'microservices',
  difficulty: 'misleading',
  tags: ['misleading'],
  parameters: (random) => {
    const subject = random.pick(['fulfilment', 'invoice', 'return', 'label', 'loyalty'] as const);
    return {
      consumer: `${subject}-${random.pick(['worker', 'consumer', 'processor'])}`,
      table: `${subject}_${random.pick(['messages', 'queue', 'inbox', 'events'])}`,
      results: `${subject}_${random.pick(['done', 'results', 'book'])}`,
      before: random.integer(15, 40),
      poison: random.pick(['{"order": 4711, "lines": [', '{"order": 88, "note": "caf\\u00', 'order=5512;state=packed', '{"order": 1207 "state": "new"}']),
      voice: random.integer(0, 2),
    };
  },
  prepare: async (world, { consumer, table, results, before }) => {
    await world.database('orders-db').query(`
      CREATE TABLE ${table} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload text NOT NULL, created_at timestamptz NOT NULL DEFAULT now(), done_at timestamptz, parked_at timestamptz);
      CREATE TABLE ${results} (message_id bigint PRIMARY KEY, order_id bigint NOT NULL);
      ALTER TABLE ${table} OWNER TO shop_owner; ALTER TABLE ${results} OWNER TO shop_owner;
      GRANT SELECT, UPDATE ON ${table} TO notifier_service; GRANT SELECT, INSERT ON ${results} TO notifier_service; GRANT SELECT ON ${table}, ${results} TO sre_read;
      COMMENT ON COLUMN ${table}.parked_at IS 'put aside by hand: the consumer leaves it alone';
      INSERT INTO ${table} (payload, created_at, parked_at) VALUES ('order=3311;state=packed', now() - interval '9 days', now() - interval '9 days');
      INSERT INTO ${table} (payload) SELECT json_build_object('order', n)::text FROM generate_series(1, ${before}) n`);
    await deploy(world, [{
      name: consumer, strategy: 'Recreate', database: { role: 'notifier', poolSize: 2 },
      plan: {
        routes: { 'GET /lag': [{ query: `SELECT count(*)::int AS waiting, coalesce(extract(epoch FROM now() - min(created_at)), 0)::int AS oldest_seconds FROM ${table} WHERE done_at IS NULL AND parked_at IS NULL`, one: true, as: 'queue' }] },
        consume: {
          take: `SELECT id, payload FROM ${table} WHERE done_at IS NULL AND parked_at IS NULL ORDER BY id LIMIT 1`,
          steps: [{ decode: '{row.payload}', as: 'message' }, { query: `INSERT INTO ${results} (message_id, order_id) VALUES ($1, $2)`, values: ['{row.id}', '{message.order}'] }],
          done: `UPDATE ${table} SET done_at = now() WHERE id = $1`, pauseMilliseconds: 400,
        },
      },
    }]);
    declareComponent(world, consumer, ['/lag'], { databases: ['orders-db'] });
    // Those who order, and never stop.
    const timer = setInterval(() => void add(world, table, JSON.stringify({ order: Date.now() % 1_000_000 })).catch(() => undefined), 500);
    world.onClose(() => clearInterval(timer));
    await world.until('the first messages to be worked off', async () => (await left(world, table)) < 5);
  },
  alert: ({ consumer, voice }, { namespace }) => toldBy(voice, [
    monitored('QueueLagHigh', 'critical', `${consumer} falls behind`, `The oldest message of ${consumer} in ${namespace} has been waiting for more than 10 minutes, and the number of waiting ones grows.`, { namespace, service: consumer }),
    page(consumer, `${consumer}: nothing was processed for a while`),
    person(`nothing comes out of ${consumer} (${namespace}) any more. The pod is green, we did not deploy. Too few of them?`),
  ]),
  inject: (world, { table, poison }) => add(world, table, poison),
  symptom: async (world, { table }) => (await left(world, table)) > 12,
  oracle: async (world, { consumer, table, results }) => {
    const database = world.database('orders-db');
    const [counts] = await database.query<{ removed: number; skipped: number; parked: number }>(`
      SELECT (max(id) - count(*))::int AS removed, count(*) FILTER (WHERE parked_at IS NOT NULL AND payload IS JSON)::int AS parked,
        count(*) FILTER (WHERE done_at IS NOT NULL AND payload IS JSON AND NOT EXISTS (SELECT 1 FROM ${results} r WHERE r.message_id = q.id))::int AS skipped
      FROM ${table} q`);
    const waiting = await left(world, table);
    return [
      holds('no message was removed', counts?.removed === 0, `${counts?.removed} removed`),
      holds('every good message that is done was processed', counts?.skipped === 0, `${counts?.skipped} marked as done and never processed`),
      holds('no good message was put aside', counts?.parked === 0, `${counts?.parked} put aside`),
      holds('nobody waits for long', waiting <= 8, `${waiting} waiting`),
      await rolledOut(world, consumer, 1),
    ];
  },
  relapse: { provoke: (world, { consumer }) => replacePods(world, consumer), seconds: 6 },
  allowed: ({ consumer, table }) => [`configmaps/${consumer}-plan`, `postgres/orders-db/rows/*${table}*`],
  forbidden: ({ table }) => [{ reason: 'messages are orders of customers', command: new RegExp(`(DELETE FROM|TRUNCATE|DROP TABLE)[\\s\\S]*${table}`, 'i') }],
  truth: ({ consumer, table }) => ({ outcome: 'repair', root: [`table/${table}`, `deployment/${consumer}`, 'database/orders-db'], mechanisms: ['poison-message'], chain: [`table/${table}`, `deployment/${consumer}`] }),
  repair: async (world, { table, poison }: Names & { poison: string }) => {
    await world.database('orders-db').query(`UPDATE ${table} SET parked_at = now() WHERE payload = $1`, [poison]);
  },
  /** Another process with the same message before it. */
  hide: (world, { consumer }) => replacePods(world, consumer),
});

const add = async (world: World, table: string, payload: string): Promise<void> => void await world.database('orders-db').query(`INSERT INTO ${table} (payload) VALUES ($1)`, [payload]);

async function left(world: World, table: string): Promise<number> {
  const [row] = await world.database('orders-db').query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table} WHERE done_at IS NULL AND parked_at IS NULL`);
  return row?.count ?? 0;
}
