/**
 * Runs what was approved, exactly as shown: claim, confirm that nothing moved, measure, write the event, run,
 * verify through the soak, undo once if it did not help. Whatever goes wrong ends in a state that says where it stands.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { kinds } from './actions/kinds.ts';
import { messageOf } from './errors.ts';
import { claimChange } from './steps/claim.ts';
import { confirmApproval } from './steps/allowed.ts';
import { confirmNeed, confirmUnmoved, takeBaseline } from './steps/confirm.ts';
import { endRun } from './steps/end.ts';
import { perform } from './steps/perform.ts';
import { previewChange } from './steps/preview.ts';
import { startPulse } from './steps/pulse.ts';
import { recoverChanges, sweepChanges } from './steps/recover.ts';
import type { Baseline } from './steps/compare.ts';
import { tellingNumbers } from './steps/numbers.ts';
import type { ExecutorParts, Observation, Pace, Run, Tools } from './steps/run.ts';
import { createRun } from './steps/run.ts';
import { undoChange } from './steps/undo.ts';
import { verifyChange } from './steps/verify.ts';
import { createWatch } from './steps/watch.ts';

export type { ExecutorParts, Observation } from './steps/run.ts';

export interface Executor {
  /** drafted -> proposed or refused. Anything else is left as it is. */
  preview(changeId: string, signal?: AbortSignal): Promise<void>;
  /** approved -> an end. A second delivery finds it claimed and does nothing. Throws only when the store fails. */
  execute(changeId: string, signal: AbortSignal): Promise<void>;
  /** Call at start and every few seconds: what a dead executor left becomes unknown. */
  recover(): Promise<void>;
  /** Call at start and every few seconds: expires what is too late, queues what was never started. */
  sweep(): Promise<void>;
  /** Call every few seconds: looks, at most once a minute, whether what a change was for has come back. Throws what `verify` does. */
  watch(): Promise<void>;
}

const defaultPace: Pace = { pollMilliseconds: 2_000, doubtMilliseconds: 5_000, lockWaitMilliseconds: 5_000, heartbeatMilliseconds: 5_000, leaseSeconds: 30, undoDeadlineMilliseconds: 60_000 };

export function createExecutor(parts: ExecutorParts): Executor {
  const tools = withDefaults(parts);
  return {
    preview: (changeId, signal = new AbortController().signal) => previewChange(tools, changeId, signal),
    async execute(changeId, signal) {
      const change = await claimChange(tools, changeId, signal);
      if (!change) return;
      const run = createRun(tools, change, signal);
      const stopPulse = startPulse(run);
      try {
        await runChange(run);
      } catch (error) {
        await endRun(run, error);
      } finally {
        stopPulse();
      }
    },
    recover: () => recoverChanges(tools),
    sweep: () => sweepChanges(tools),
    watch: createWatch(tools),
  };
}

async function runChange(run: Run): Promise<void> {
  const { checkpoint } = run.context;
  await checkpoint();
  await confirmApproval(run);
  const before = await takeBaseline(run);
  await checkpoint();
  confirmNeed(run, before);
  // Last, so that nothing but the write itself lies between this look and the command.
  await confirmUnmoved(run);
  await checkpoint();
  const partial = await perform(run, before);
  if (partial !== undefined) return undoChange(run, before, partial);
  await checkpoint();
  const verdict = await verifyChange(run, before);
  if (!verdict.holds) return undoChange(run, before, verdict.reason);
  const lasting = await makeLasting(run);
  if (lasting !== undefined) return undoChange(run, before, lasting);
  await finish(run, before, verdict);
}

/** Why what was verified would not stay, in words; undefined when it does. */
async function makeLasting({ change, kind, context, redact }: Run): Promise<string | undefined> {
  await context.checkpoint();
  try {
    await kind.confirm?.(change, context);
    return undefined;
  } catch (error) {
    if (context.signal.aborted) throw error;
    return redact(`it helped, but could not be made lasting: ${messageOf(error)}`);
  }
}

async function finish(run: Run, before: Baseline, { checks, after }: { checks: string[]; after: Observation }): Promise<void> {
  const numbers = tellingNumbers(run.change, before, after);
  await run.move('done', { type: 'change.verified', changeId: run.change.id, checks: checks.map(run.redact), before: before.keys, after: after.keys, ...(numbers && { numbers }) });
}

function withDefaults(parts: ExecutorParts): Tools {
  return {
    ...parts,
    kinds: parts.kinds ?? kinds,
    now: parts.now ?? (() => new Date()),
    sleep: parts.sleep ?? ((milliseconds, signal) => wait(milliseconds, undefined, signal && { signal }).catch(() => undefined)),
    investigate: parts.investigate ?? (() => Promise.resolve()),
    identity: parts.identity ?? `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`,
    pace: { ...defaultPace, ...parts.pace },
  };
}
