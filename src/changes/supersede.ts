/** Ends the changes of an incident that nobody should decide on any more. */
import type { Store } from '../incident/store.ts';
import type { Change, ChangeState } from './change.ts';

/** Drafted and proposed ones; an approved change is a person's decision and stays, and so does an undo that a person asked for. Returns the ids that ended. */
export function supersedeOpenChanges(store: Store, incidentId: string, reason: string): Promise<string[]> {
  return supersede(store, incidentId, ['drafted', 'proposed'], reason, ({ undoOf }) => undoOf === undefined);
}

export async function supersede(store: Store, incidentId: string, states: readonly ChangeState[], reason: string, concerns: (change: Change) => boolean = () => true): Promise<string[]> {
  const ended: string[] = [];
  for (const { id } of (await store.changes.list(incidentId)).filter(concerns)) {
    // A change that moves on while we look (drafted -> proposed) is met in its next state.
    for (const from of states) {
      const moved = await store.changes.transition(id, { from, to: 'superseded', event: { type: 'change.superseded', changeId: id, reason } });
      if (moved) ended.push(id);
    }
  }
  return ended;
}
