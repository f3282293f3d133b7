/** approved -> claimed: one executor, one change per target, not a moment after its expiry. */
import type { Change } from '../change.ts';
import { expire } from '../expire.ts';
import type { Tools } from './run.ts';

/** Undefined when there is nothing to run here: decided otherwise, expired, run by somebody else, or its target is busy. */
export async function claimChange({ store, identity, log, now, sleep, pace }: Tools, changeId: string, signal: AbortSignal): Promise<Change | undefined> {
  const deadline = now().getTime() + pace.lockWaitMilliseconds;
  for (;;) {
    const change = await store.changes.get(changeId);
    if (change?.state !== 'approved' || (await store.halt.current())) return undefined;
    if (await store.changes.acquireLock(change.lockKey, changeId)) break;
    if (signal.aborted || now().getTime() >= deadline) {
      // It stays approved; the sweep queues it again until it expires.
      log.info({ change: changeId, lock: change.lockKey }, 'another change has the target; this one waits');
      return undefined;
    }
    await sleep(pace.pollMilliseconds, signal);
  }
  const change = await store.changes.get(changeId);
  if (change?.state !== 'approved') return undefined;
  await store.changes.heartbeat(changeId, identity);
  const claimed = await store.changes.transition(changeId, {
    from: 'approved',
    to: 'claimed',
    digest: change.digest,
    notExpired: true,
    event: { type: 'change.claimed', changeId, executor: identity },
  });
  if (!claimed && Date.parse(change.expiresAt) <= now().getTime()) await expire(store, change);
  return claimed;
}
