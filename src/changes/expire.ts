/** Too late is a state of its own, so that the card says so. The compare-and-set, not this, is what stops a late run. */
import type { Store } from '../incident/store.ts';
import type { Change } from './change.ts';

export async function expire(store: Store, change: Change): Promise<boolean> {
  if (change.state !== 'proposed' && change.state !== 'approved') return false;
  const reason = change.state === 'proposed' ? 'nobody decided in time' : 'it was approved but could not be started in time';
  const moved = await store.changes.transition(change.id, { from: change.state, to: 'expired', event: { type: 'change.expired', changeId: change.id, reason } });
  return moved !== undefined;
}
