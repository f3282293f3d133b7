/** What the product relies on in a queue, whatever serves it. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createQueueBackend } from '../../src/queue/bullmq.ts';
import type { QueueBackend, QueueName } from '../../src/queue/queue.ts';
import { waitFor } from '../support/wait-for.ts';

export interface QueueServer {
  databaseUrl: string;
  redisUrl?: string;
  /** Takes the server away and brings it back where it was. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** Looks often for jobs of dead workers; its own jobs it holds for long, so that a busy machine makes nobody look dead. */
const timings = { lockMilliseconds: 60_000, checkMilliseconds: 300 };

export function describeQueueContract(open: () => Promise<QueueServer>): void {
  let server: QueueServer;
  const opened: QueueBackend[] = [];

  async function backend(): Promise<QueueBackend> {
    const created = await createQueueBackend({ databaseUrl: server.databaseUrl, redisUrl: server.redisUrl, timings });
    opened.push(created);
    return created;
  }

  beforeAll(async () => {
    server = await open();
  });
  afterAll(async () => {
    await Promise.all(opened.map((each) => each.close(0)));
    await server.close();
  });

  test('jobs reach a worker with their data, and the same id is one job', async () => {
    const queue = await backend();
    const other = await backend();
    await queue.add('investigations', 'investigate-INC-1-1', { incidentId: 'INC-1', investigation: 'INC-1-1' });
    await other.add('investigations', 'investigate-INC-1-1', { incidentId: 'INC-1', investigation: 'INC-1-1' });
    await queue.add('investigations', 'investigate-INC-2-1', { incidentId: 'INC-2', investigation: 'INC-2-1' });
    expect(await other.depth('investigations')).toEqual({ waiting: 2, active: 0 });
    const seen: string[] = [];
    await other.work('investigations', 2, async (data) => void seen.push(data.investigation));
    await waitFor('both jobs', () => seen.length === 2);
    await queue.add('investigations', 'investigate-INC-1-1', { incidentId: 'INC-1', investigation: 'INC-1-1' });
    await queue.add('investigations', 'investigate-INC-3-1', { incidentId: 'INC-3', investigation: 'INC-3-1' });
    await waitFor('the third job', () => seen.includes('INC-3-1'));
    expect(seen.toSorted()).toEqual(['INC-1-1', 'INC-2-1', 'INC-3-1']);
    await waitFor('an empty queue', async () => (await queue.depth('investigations')).active === 0);
    await other.close();
  });

  test('no more jobs run at once than asked for', async () => {
    const queue = await backend();
    let running = 0;
    let most = 0;
    let done = 0;
    const gate = withResolvers();
    await queue.work('questions', 2, async () => {
      most = Math.max(most, ++running);
      await gate.promise;
      running -= 1;
      done += 1;
    });
    for (let index = 0; index < 5; index += 1) await queue.add('questions', `question-INC-1-${index}-x`, { incidentId: 'INC-1', messageTs: `${index}` });
    await waitFor('two at work', async () => (await queue.depth('questions')).active === 2);
    expect(await queue.depth('questions')).toEqual({ waiting: 3, active: 2 });
    gate.resolve(undefined);
    await waitFor('all five', () => done === 5);
    expect(most).toBe(2);
    await queue.close();
  });

  test('a failed job is not tried again, and the worker goes on', async () => {
    const queue = await backend();
    const seen: string[] = [];
    await queue.work('changes', 1, async ({ changeId }) => {
      seen.push(changeId);
      if (changeId === 'C1') throw new Error('password=hunter2');
    });
    await queue.add('changes', 'execute-C1', { changeId: 'C1', step: 'execute' });
    await queue.add('changes', 'execute-C2', { changeId: 'C2', step: 'execute' });
    await waitFor('the second', () => seen.includes('C2'));
    await queue.add('changes', 'execute-C1', { changeId: 'C1', step: 'execute' });
    await queue.add('changes', 'execute-C3', { changeId: 'C3', step: 'execute' });
    await waitFor('the third', () => seen.includes('C3'));
    expect(seen).toEqual(['C1', 'C2', 'C3']);
    await queue.close();
  });

  test.each(['a:b', '17', ''])('the id %j is refused', async (id) => {
    const queue = await backend();
    await expect(queue.add('changes', id, { changeId: 'C1', step: 'preview' })).rejects.toMatchObject({ code: 'invalid_job' });
    await queue.close();
  });

  test('data that is more than ids is refused', async () => {
    const queue = await backend();
    const data = { changeId: 'C1', step: 'preview', password: 'x' } as const;
    await expect(queue.add('changes', 'preview-C1', data)).rejects.toMatchObject({ code: 'invalid_job' });
    await queue.close();
  });

  test('closing lets a running job end', async () => {
    const queue = await backend();
    const gate = withResolvers();
    let begun = false;
    let ended = false;
    await queue.work('changes', 1, async (_data, signal) => {
      begun = true;
      await gate.promise;
      ended = !signal.aborted;
    });
    await queue.add('changes', 'execute-C20', { changeId: 'C20', step: 'execute' });
    await waitFor('a start', () => begun);
    const closed = queue.close(30_000);
    gate.resolve(undefined);
    await closed;
    expect(ended).toBe(true);
  });

  test('closing aborts after the grace; an investigation is delivered again, a change is not', async () => {
    const first = await backend();
    const begun: string[] = [];
    const aborted: string[] = [];
    const untilAborted = (what: string) => async (_data: unknown, signal: AbortSignal) => {
      begun.push(what);
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      aborted.push(what);
      throw new Error('aborted');
    };
    await first.work('investigations', 1, untilAborted('investigation'));
    await first.work('changes', 1, untilAborted('change'));
    await first.add('investigations', 'investigate-INC-30-1', { incidentId: 'INC-30', investigation: 'INC-30-1' });
    await first.add('changes', 'execute-C30', { changeId: 'C30', step: 'execute' });
    await waitFor('both to start', () => begun.length === 2);
    await first.close(0);
    expect(aborted.toSorted()).toEqual(['change', 'investigation']);

    const second = await backend();
    const seen: string[] = [];
    await second.work('changes', 1, async ({ changeId }) => void seen.push(changeId));
    await second.work('investigations', 1, async ({ investigation }) => void seen.push(investigation));
    await second.add('changes', 'execute-C31', { changeId: 'C31', step: 'execute' });
    await waitFor('both', () => seen.includes('INC-30-1') && seen.includes('C31'));
    expect(seen).not.toContain('C30');
    await second.close();
  });

  describe('when the process of a worker is killed', () => {
    test('an investigation is delivered again', async () => {
      const queue = await backend();
      await queue.add('investigations', 'investigate-INC-40-1', { incidentId: 'INC-40', investigation: 'INC-40-1' });
      await killWhileWorking(server, 'investigations');
      const seen: string[] = [];
      await queue.work('investigations', 1, async ({ investigation }) => void seen.push(investigation));
      await waitFor('the job again', () => seen.length > 0);
      expect(seen).toEqual(['INC-40-1']);
      await queue.close();
    });

    test('a change is never run again', async () => {
      const queue = await backend();
      await queue.add('changes', 'execute-C40', { changeId: 'C40', step: 'execute' });
      await killWhileWorking(server, 'changes');
      const seen: string[] = [];
      await queue.work('changes', 1, async ({ changeId }) => void seen.push(changeId));
      await waitFor('the dead job to be put away', async () => {
        const { waiting, active } = await queue.depth('changes');
        return waiting + active === 0;
      });
      await queue.add('changes', 'execute-C41', { changeId: 'C41', step: 'execute' });
      await waitFor('the next change', () => seen.includes('C41'));
      expect(seen).toEqual(['C41']);
      await queue.close();
    });
  });

  test('the server may go away and come back under a waiting worker', async () => {
    const queue = await backend();
    const seen: string[] = [];
    const gate = withResolvers();
    await queue.work('questions', 1, async ({ messageTs }) => void seen.push(messageTs));
    let begun = false;
    await queue.work('changes', 1, async () => {
      begun = true;
      await gate.promise;
    });
    await queue.add('changes', 'execute-C50', { changeId: 'C50', step: 'execute' });
    await waitFor('a job at work', () => begun);
    await server.restart();
    gate.resolve(undefined);
    await queue.add('questions', 'question-after', { incidentId: 'INC-1', messageTs: 'after' });
    await waitFor('a job after the restart', () => seen.includes('after'));
    expect((await queue.depth('questions')).waiting).toBe(0);
    await queue.close();
  }, 120_000);
}

/** Starts a worker in a process of its own, waits until it has a job, and kills it. */
async function killWhileWorking(server: QueueServer, name: QueueName): Promise<void> {
  const program = path.join(import.meta.dirname, 'dying-worker.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', program, name, server.databaseUrl, server.redisUrl ?? ''], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  try {
    await waitFor('the worker process to take the job', () => output.includes('working'));
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

function withResolvers(): { promise: Promise<unknown>; resolve: (value: unknown) => void } {
  let resolve: (value: unknown) => void = () => undefined;
  const promise = new Promise((settle) => (resolve = settle));
  return { promise, resolve };
}
