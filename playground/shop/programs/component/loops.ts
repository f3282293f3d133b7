/** What a component does without being asked: works off a table, calls others by the clock. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../common/database.ts';
import { errorCode, errorMessage } from '../common/failure.ts';
import type { ServiceParts } from '../common/service.ts';
import { logged, type Trace } from '../common/trace.ts';
import type { Plan } from './plan.ts';
import type { Scope } from './scope.ts';
import type { RunSteps } from './steps.ts';

export interface LoopParts extends Pick<ServiceParts, 'log' | 'metrics' | 'stopping' | 'onStop'> {
  plan(): Plan;
  runSteps: RunSteps;
  database(): Database;
  /** What every step sees. */
  scope(): Scope;
}

const newTrace = (): Trace => ({ requestId: randomBytes(8).toString('hex'), traceId: randomBytes(16).toString('hex') });

export function startLoops(parts: LoopParts): void {
  if (parts.plan().consume) startConsumer(parts);
  for (const [index, { milliseconds }] of (parts.plan().every ?? []).entries()) startClock(parts, index, milliseconds);
}

function startConsumer({ plan, runSteps, database, scope, log, metrics, stopping, onStop }: LoopParts): void {
  const outcomes = metrics.counter('messages_total', 'Messages taken from the queue, by outcome');
  let taken: { id: unknown; attempts: number } | undefined;
  metrics.gauge('message_attempts', 'How often the newest message was tried', () => taken?.attempts);

  /** Whether there was one to work on and it went well. */
  const once = async (): Promise<boolean> => {
    const consume = plan().consume;
    if (!consume) return false;
    const trace = newTrace();
    const [row] = await database().query(trace, consume.take);
    if (!row) return false;
    const attempt = taken && taken.id === row['id'] ? taken.attempts + 1 : 1;
    taken = { id: row['id'], attempts: attempt };
    try {
      await runSteps(consume.steps, { ...scope(), row }, trace);
      await database().query(trace, consume.done, [row['id']]);
      outcomes({ outcome: 'done' });
      log('info', `message ${row['id']} done`, { ...logged(trace), message: row['id'] });
      return true;
    } catch (error) {
      outcomes({ outcome: 'failed' });
      const { attempts = 0, dead } = consume;
      const last = dead !== undefined && attempts > 0 && attempt >= attempts;
      log(last ? 'warn' : 'error', `message ${row['id']} failed: ${errorMessage(error)}${last ? '; put aside' : ''}`, { ...logged(trace), message: row['id'], code: errorCode(error), attempt });
      if (last) await database().query(trace, dead, [row['id']]);
      return false;
    }
  };
  const loop = async (): Promise<void> => {
    while (!stopping()) {
      const worked = await once().catch((error: unknown) => {
        log('warn', `queue not readable: ${errorMessage(error)}`, { code: errorCode(error) });
        return false;
      });
      if (!worked) await sleep(plan().consume?.pauseMilliseconds ?? 500);
    }
  };
  const ended = loop();
  onStop(() => ended);
}

function startClock({ plan, runSteps, scope, log, metrics, onStop }: LoopParts, index: number, milliseconds: number): void {
  const outcomes = metrics.counter(`scheduled_runs_${index}_total`, 'Runs by the clock, by outcome');
  const timer = setInterval(() => {
    runSteps(plan().every?.[index]?.steps ?? [], scope(), newTrace()).then(() => outcomes({ outcome: 'done' }), (error: unknown) => {
      outcomes({ outcome: 'failed' });
      log('warn', `scheduled run failed: ${errorMessage(error)}`, { code: errorCode(error) });
    });
  }, milliseconds);
  onStop(() => clearInterval(timer));
}
