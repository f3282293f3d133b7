/** The queue port on BullMQ, on Redis when there is one, else on the product's own PostgreSQL. */
import type { Queue as QueueType } from 'bullmq';
import { Queue } from 'bullmq';
import type { Logger } from '../telemetry/log.ts';
import { silentLogger } from '../telemetry/log.ts';
import type { BullConnection } from './connection.ts';
import { parseJob } from './job-schemas.ts';
import { openPostgres } from './postgres.ts';
import type { QueueBackend, QueueName } from './queue.ts';
import { openRedis } from './redis.ts';
import type { Timings, WorkerHandle } from './worker.ts';
import { startWorker } from './worker.ts';

export interface QueueBackendOptions {
  databaseUrl: string;
  redisUrl?: string | undefined;
  log?: Logger;
  /** When a silent worker counts as dead. */
  timings?: Timings;
}

const names = ['investigations', 'questions', 'changes'] as const satisfies readonly QueueName[];
const week = 7 * 24 * 60 * 60;

/** @throws QueueUnavailableError or the driver's error when the server stays away for 30 seconds */
export async function createQueueBackend({ databaseUrl, redisUrl, log = silentLogger, timings }: QueueBackendOptions): Promise<QueueBackend> {
  const server = redisUrl === undefined || redisUrl === '' ? await openPostgres(databaseUrl, log) : await openRedis(redisUrl, log);
  const queues = Object.fromEntries(names.map((name) => [name, openQueue(server, name, log)])) as Record<QueueName, QueueType>;
  const workers: WorkerHandle[] = [];
  let closing: Promise<void> | undefined;

  async function close(graceMilliseconds: number): Promise<void> {
    await Promise.all(workers.map((worker) => worker.close(graceMilliseconds)));
    await Promise.all(names.map((name) => queues[name].close().catch((error: unknown) => log.debug({ error }, 'Closing a queue failed'))));
    await server.close();
  }

  return {
    async add(name, id, data) {
      const job = parseJob(name, id, data);
      // A job of changes is kept for good: its id is what keeps it from running twice.
      const keep = name === 'changes' ? false : { age: week };
      await server.patiently(() => queues[name].add(name, job, { jobId: id, attempts: 1, removeOnComplete: keep, removeOnFail: keep }));
    },
    async work(name, concurrency, handle) {
      workers.push(await startWorker({ server, name, concurrency, handle, log, ...(timings && { timings }) }));
    },
    async depth(name) {
      const counts = await server.patiently(() => queues[name].getJobCounts('wait', 'prioritized', 'delayed', 'active'));
      const { active = 0, ...waiting } = counts;
      return { waiting: Object.values(waiting).reduce((sum, count) => sum + count, 0), active };
    },
    close: (graceMilliseconds = 10_000) => (closing ??= close(graceMilliseconds)),
  };
}

function openQueue({ connection, factory }: BullConnection, name: QueueName, log: Logger): QueueType {
  const queue = new Queue(name, { connection, prefix: 'sre-agent' }, factory);
  queue.on('error', (error) => log.warn({ error, queue: name }, 'The queue had an error'));
  return queue as unknown as QueueType;
}
