/** BullMQ on Redis. Every client reconnects for ever; what waits for an answer waits a bounded time. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BackendFactory, IQueueBackend } from 'bullmq';
import { createRedisBackend } from 'bullmq';
import { Redis } from 'ioredis';
import type { Logger } from '../telemetry/log.ts';
import type { BullConnection } from './connection.ts';
import { QueueUnavailableError } from './errors.ts';

const patienceMilliseconds = 30_000;

export async function openRedis(url: string, log: Logger): Promise<BullConnection> {
  const client = new Redis(url, {
    maxRetriesPerRequest: null,
    connectionName: 'sre-agent',
    keepAlive: 10_000,
    retryStrategy: (times) => Math.min(times * 200, 2_000),
  });
  client.on('error', (error) => log.debug({ error }, 'Redis is away'));
  try {
    await patiently(() => client.ping());
  } catch (error) {
    client.disconnect();
    throw error;
  }
  return {
    connection: client,
    factory: createRedisBackend as unknown as BackendFactory<IQueueBackend, unknown>,
    patiently,
    async close() {
      client.disconnect();
    },
  };
}

/** A command sent while Redis is away waits inside the client; the work is done once even when we stop waiting. */
async function patiently<Result>(work: () => Promise<Result>): Promise<Result> {
  const timer = new AbortController();
  const late = sleep(patienceMilliseconds, undefined, { signal: timer.signal }).then(() => {
    throw new QueueUnavailableError('Redis');
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}
