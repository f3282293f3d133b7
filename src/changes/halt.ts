/** `/sre stop`: what has not begun never will. What runs stops itself at its next checkpoint and says where. */
import type { Store } from '../incident/store.ts';
import { supersede } from './supersede.ts';

/** Call after the incident's status is `stopped`. Returns the ids of the changes that ended. */
export function haltChanges(store: Store, incidentId: string, reason: string): Promise<string[]> {
  return supersede(store, incidentId, ['drafted', 'proposed', 'approved'], reason);
}
