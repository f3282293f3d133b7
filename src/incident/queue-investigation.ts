/** Another look at an incident that was looked at before, or that waited. */
import type { QueueBackend } from '../queue/queue.ts';
import type { StoredEvent } from './events.ts';
import type { Store } from './store.ts';

/** The queue keeps ids, and a job that came while everything was stopped is spent: the newest event makes the id another one. */
export async function queueInvestigation({ store, queue }: { store: Pick<Store, 'timeline'>; queue: Pick<QueueBackend, 'add'> }, incidentId: string): Promise<void> {
  const events = await store.timeline.read(incidentId);
  const investigation = `${incidentId}-${nextInvestigation(events)}`;
  await queue.add('investigations', `investigate-${investigation}-after-${events.at(-1)?.sequence ?? 0}`, { incidentId, investigation });
}

/** A person who asks again about what was looked at before wants a new look; so does an alert that had ended. */
export function nextInvestigation(events: readonly StoredEvent[]): number {
  return new Set(events.flatMap(({ event }) => (event.type === 'investigation.started' ? [event.investigation] : []))).size + 1;
}
