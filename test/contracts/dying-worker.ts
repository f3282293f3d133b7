/** A worker that takes one job, says so, and never ends it. Arguments: queue, database url, Redis url. */
import { createQueueBackend } from '../../src/queue/bullmq.ts';
import type { QueueName } from '../../src/queue/queue.ts';

const [name, databaseUrl, redisUrl] = process.argv.slice(2);
const queue = await createQueueBackend({ databaseUrl: databaseUrl ?? '', redisUrl, timings: { lockMilliseconds: 1_000, checkMilliseconds: 300 } });
await queue.work(name as QueueName, 1, async () => {
  process.stdout.write('working\n');
  await new Promise(() => undefined);
});
