/** Takes the jobs of one queue: gives unfinished ones back when it is closed, and never runs a change twice. */
import type { Job } from 'bullmq';
import { WaitingError, Worker } from 'bullmq';
import type { Logger } from '../telemetry/log.ts';
import type { BullConnection } from './connection.ts';
import { JobFailedError } from './errors.ts';
import { parseJob } from './job-schemas.ts';
import type { Jobs, QueueName } from './queue.ts';
import { settleWithin } from './settle-within.ts';

export interface Timings {
  /** A worker that does not renew its job for so long counts as dead. */
  lockMilliseconds: number;
  /** How often a worker looks for jobs of dead ones. */
  checkMilliseconds: number;
}

export interface WorkerHandle {
  close(graceMilliseconds: number): Promise<void>;
}

interface WorkerParts<N extends QueueName> {
  server: BullConnection;
  name: N;
  concurrency: number;
  handle: (data: Jobs[N], signal: AbortSignal) => Promise<void>;
  log: Logger;
  timings?: Timings;
}

/** How many dead workers one job may have seen: beyond that the job itself is what kills them. */
const deliveriesAfterDeath = 5;
/** What an aborted handler has to end in, and BullMQ to close in. */
const lastMilliseconds = 5_000;

export async function startWorker<N extends QueueName>({ server, name, concurrency, handle, log, timings }: WorkerParts<N>): Promise<WorkerHandle> {
  const { lockMilliseconds, checkMilliseconds } = timings ?? { lockMilliseconds: 30_000, checkMilliseconds: 15_000 };
  const redeliver = name !== 'changes';
  const running = new Map<string, { controller: AbortController; ended: Promise<void> }>();
  let closing = false;

  async function run(job: Job, token: string | undefined): Promise<void> {
    const id = job.id ?? '';
    if (closing) return giveBack(job, token);
    const controller = new AbortController();
    let end: () => void = () => undefined;
    running.set(id, { controller, ended: new Promise((resolve) => (end = resolve)) });
    try {
      await handle(parseJob(name, id, job.data), controller.signal);
    } catch (error) {
      if (closing && redeliver && controller.signal.aborted) return await giveBack(job, token);
      log.error({ error, queue: name, job: id }, 'A job failed');
      throw new JobFailedError(error);
    } finally {
      running.delete(id);
      end();
    }
  }

  const worker = new Worker(name, run, {
    connection: server.connection,
    prefix: 'sre-agent',
    concurrency,
    lockDuration: lockMilliseconds,
    stalledInterval: checkMilliseconds,
    maxStalledCount: redeliver ? deliveriesAfterDeath : 0,
    runRetryDelay: 1_000,
  }, server.factory);
  worker.on('error', (error) => log.warn({ error, queue: name }, 'The worker had an error'));
  worker.on('stalled', (job) => log.warn({ queue: name, job }, redeliver ? 'A worker died; its job is delivered again' : 'A worker died; its job is not run again'));
  worker.on('lockRenewalFailed', (ids) => {
    // Another worker has it by now. A change goes on: stopping it half-way is worse, and nobody else runs it.
    if (redeliver) for (const id of ids) running.get(id)?.controller.abort(new Error('Another worker took over this job'));
  });
  await server.patiently(() => worker.waitUntilReady());

  return {
    async close(graceMilliseconds) {
      closing = true;
      await worker.pause(true).catch((error: unknown) => log.debug({ error, queue: name }, 'Pausing a worker failed'));
      const allEnded = (): Promise<unknown> => Promise.all([...running.values()].map((each) => each.ended));
      await settleWithin(allEnded(), graceMilliseconds);
      for (const { controller } of running.values()) controller.abort(new Error('The worker is closing'));
      await settleWithin(allEnded(), lastMilliseconds);
      if (running.size > 0) log.warn({ queue: name, jobs: [...running.keys()] }, 'Jobs did not end when they were told to');
      await settleWithin(worker.close(running.size > 0), lastMilliseconds);
    },
  };
}

/** Nothing of it counts as done: it waits for the next worker. */
async function giveBack(job: Job, token: string | undefined): Promise<never> {
  await job.moveToWait(token);
  throw new WaitingError();
}
