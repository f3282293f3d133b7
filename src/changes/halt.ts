/** `/sre stop`: what has not begun never will. What runs stops itself at its next checkpoint and says where. */
import type { Store } from '../incident/store.ts';
import { StoppedError } from '../incident/stopped-error.ts';
import { throwIfStopped } from '../incident/stopped.ts';
import type { Change } from './change.ts';
import { supersede } from './supersede.ts';

/** Call after an approval is written: a stop that looked at the change just before would leave it to run when the stop is lifted. */
export async function withdrawIfStopped(store: Store, { id, incidentId }: Pick<Change, 'id' | 'incidentId'>): Promise<boolean> {
  try {
    await throwIfStopped(store, incidentId);
    return false;
  } catch (error) {
    if (!(error instanceof StoppedError)) throw error;
    await store.changes.transition(id, { from: 'approved', to: 'superseded', event: { type: 'change.superseded', changeId: id, reason: 'stopped before it ran; nothing was changed' } });
    return true;
  }
}

/** Call after the incident's status is `stopped`. Returns the ids of the changes that ended. */
export function haltChanges(store: Store, incidentId: string, reason: string): Promise<string[]> {
  return supersede(store, incidentId, ['drafted', 'proposed', 'approved'], reason);
}
