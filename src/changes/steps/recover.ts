/** What nobody is working on: left by a dead executor, expired, or never queued. */
import type { Change } from '../change.ts';
import { expire } from '../expire.ts';
import { whatReadingShows } from './reading.ts';
import type { Tools } from './run.ts';

const running = ['claimed', 'executing', 'verifying', 'undoing'] as const;

const left: Record<(typeof running)[number], string> = {
  claimed: 'before its command; most likely nothing was changed',
  executing: 'while its command ran, so nobody knows whether it took',
  verifying: 'after its command and before it was verified; it is in place',
  undoing: 'while it was being undone',
};

/** Runs of executors that went silent become unknown: a person must look, and they are never run again. */
export async function recoverChanges(tools: Tools): Promise<void> {
  const { store, pace, log, redact } = tools;
  for (const change of await store.changes.silent(running, pace.leaseSeconds)) {
    const from = running.find((state) => state === change.state);
    if (!from) continue;
    const reason = redact(`The executor died ${left[from]}. ${await whatReadingShows(tools, change)} Look at the system; this is never run again.`);
    // Reading takes a while: who was only cut off from the store may be heard again by now.
    if (!(await store.changes.silent([from], pace.leaseSeconds)).some(({ id }) => id === change.id)) continue;
    const moved = await store.changes.transition(change.id, { from, to: 'unknown', event: { type: 'change.unknown', changeId: change.id, reason } });
    if (moved) log.error({ change: change.id, from }, 'a change was left by a dead executor');
  }
}

export async function sweepChanges({ store, enqueue, now, log }: Tools): Promise<void> {
  const halted = await store.halt.current();
  const again = (change: Change, step: 'preview' | 'execute') =>
    enqueue(change.id, step).catch((error: unknown) => log.warn({ error, change: change.id }, 'not queued; the next sweep tries again'));
  for (const change of await store.changes.inState(['drafted', 'proposed', 'approved'])) {
    const age = now().getTime() - Date.parse(change.createdAt);
    const expired = change.state !== 'drafted' && Date.parse(change.expiresAt) <= now().getTime();
    if (expired) await expire(store, change);
    else if (halted) continue;
    else if (change.state === 'approved') await again(change, 'execute');
    else if (change.state === 'drafted' && age > draftGraceMilliseconds) await again(change, 'preview');
  }
}

/** A younger draft is most likely queued already. */
const draftGraceMilliseconds = 15_000;
