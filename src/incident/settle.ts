/** An incident whose change was verified is resolved, once nothing else of it is under way. */
import type { Change, ChangeState } from '../changes/change.ts';
import type { Store } from './store.ts';

const underWay: readonly ChangeState[] = ['drafted', 'approved', 'claimed', 'executing', 'verifying', 'undoing'];

/** Call after a change ended, and for every unfinished incident now and then; doing it twice changes nothing. */
export async function settleIncident(store: Store, incidentId: string): Promise<void> {
  const changes = await store.changes.list(incidentId);
  const done = changes.findLast((change: Change) => change.state === 'done');
  if (!done || changes.some((change) => underWay.includes(change.state))) return;
  await store.incidents.setStatus(incidentId, ['diagnosed', 'mitigating'], 'resolved', {
    type: 'incident.resolved',
    reason: `${done.id} (${done.title}) was verified: the findings it was for are gone and no new ones appeared.`,
  });
}

export async function settleIncidents(store: Store): Promise<void> {
  for (const incident of await store.incidents.list({ unfinished: true, limit: 1000 })) await settleIncident(store, incident.id);
}
