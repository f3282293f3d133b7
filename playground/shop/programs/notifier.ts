/** Sends what orders asked for. The queue is a table; SKIP LOCKED lets several of us share it without waiting. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage } from './common/failure.ts';
import { runService } from './common/service.ts';
import { openDatabase } from './common/with-database.ts';

const takeBatch = `
  SELECT id, order_id, customer_id, kind FROM notifications
  WHERE sent_at IS NULL AND not_before <= now()
  ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED`;
const markSent = 'UPDATE notifications SET sent_at = now(), attempts = attempts + 1 WHERE id = ANY ($1)';
const depth = 'SELECT count(*)::int AS waiting, coalesce(extract(epoch FROM now() - min(created_at)), 0)::float AS oldest FROM notifications WHERE sent_at IS NULL';

runService('notifier', (parts) => {
  const { environment, log, metrics } = parts;
  const database = openDatabase('notifier', parts, 'SELECT 1 FROM notifications LIMIT 1');
  const batch = environment.integer('BATCH_SIZE', { minimum: 1, maximum: 1000 }, 20);
  const pause = environment.integer('POLL_MS', { minimum: 10, maximum: 60_000 }, 500);
  const sendMilliseconds = environment.integer('SEND_MS', { minimum: 0, maximum: 60_000 }, 5);
  const sent = metrics.counter('notifications_sent_total', 'Notifications sent');
  const failed = metrics.counter('notification_batches_failed_total', 'Batches that went back into the queue');
  let queue: { waiting: number; oldest: number } | undefined;
  metrics.gauge('notification_queue_depth', 'Notifications waiting', () => queue?.waiting);
  metrics.gauge('notification_queue_oldest_seconds', 'Age of the one that waits longest', () => queue?.oldest);

  const work = async (): Promise<number> => {
    const trace = { requestId: randomBytes(8).toString('hex'), traceId: randomBytes(16).toString('hex') };
    const done = await database.transaction(trace, async (query) => {
      const rows = await query(takeBatch, [batch]);
      if (rows.length === 0) return 0;
      await sleep(sendMilliseconds * rows.length);
      await query(markSent, [rows.map((row) => row['id'])]);
      return rows.length;
    });
    if (done > 0) {
      sent({}, done);
      log('info', `sent ${done} notifications`, { request_id: trace.requestId, count: done, queue_depth: queue?.waiting });
    }
    const [now] = await database.query(trace, depth);
    queue = { waiting: Number(now?.['waiting']), oldest: Math.round(Number(now?.['oldest'])) };
    return done;
  };
  const loop = async (): Promise<void> => {
    while (!parts.stopping()) {
      const done = await work().catch((error: unknown) => {
        failed();
        log('warn', `batch failed: ${errorMessage(error)}`);
        return 0;
      });
      if (done < batch) await sleep(pause * (0.8 + Math.random() * 0.4));
    }
  };
  const ended = loop();
  parts.onStop(() => ended);
  return [{ method: 'GET', name: '/queue', pattern: /^\/queue$/, handle: () => Promise.resolve(queue ?? { waiting: null }) }];
});
