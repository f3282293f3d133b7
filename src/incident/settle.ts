/**
 * An incident is resolved when its source says that the alert is over and no change of it waits or runs, or when its
 * change was verified: what it was about is measured as gone and nothing else of it is under way.
 */
import type { Change, ChangeState } from '../changes/change.ts';
import { supersedeOpenChanges } from '../changes/supersede.ts';
import { findingsOf } from './admit.ts';
import type { IncidentEvent } from './events.ts';
import type { Store } from './store.ts';
import { findingKey } from './types.ts';

/** With one of these, something is still to come; an unknown outcome is for a person to clear up. So is an undo that waits: whoever asked for it does not hold the incident for over. */
const unsettled: readonly ChangeState[] = ['drafted', 'approved', 'claimed', 'executing', 'verifying', 'undoing', 'unknown'];

/** Call after a change ended, and for every unfinished incident now and then; doing it twice changes nothing. */
export async function settleIncident(store: Store, incidentId: string): Promise<void> {
  const changes = await store.changes.list(incidentId);
  if (changes.some(({ state, undoOf }) => unsettled.includes(state) || (undoOf !== undefined && state === 'proposed'))) return;
  const events = (await store.timeline.read(incidentId)).map(({ event }) => event);
  const over = alertOver(events);
  if (over && !changes.some(({ state }) => state === 'proposed')) {
    await store.incidents.setStatus(incidentId, ['diagnosed', 'mitigating'], 'resolved', { type: 'incident.resolved', reason: `${over} says that it is over, and no change waits or runs.` });
    return;
  }
  if (!changes.some(({ state }) => state === 'done')) return;
  const done = provenBy(events, changes);
  if (!done) return;
  const resolved = await store.incidents.setStatus(incidentId, ['diagnosed', 'mitigating'], 'resolved', {
    type: 'incident.resolved',
    reason: `${done.id} (${done.title}) was verified: the findings it was for are gone and no new ones appeared.`,
  });
  if (resolved) await supersedeOpenChanges(store, incidentId, `what it was for is gone since ${done.id}`);
}

export async function settleIncidents(store: Store): Promise<void> {
  for (const incident of await store.incidents.list({ unfinished: true, limit: 1000 })) await settleIncident(store, incident.id);
}

/** The source whose alert was resolved and has not fired since; undefined when it still fires, or a person asked. */
function alertOver(events: readonly IncidentEvent[]): string | undefined {
  const last = events.findLast((event) => event.type === 'incident.opened' || event.type === 'alert.joined' || event.type === 'alert.resolved');
  if (last?.type !== 'alert.resolved') return undefined;
  return last.alert.source === 'pagerduty' ? 'PagerDuty' : 'Alertmanager';
}

/**
 * The last verified change, if the rules saw some of what the diagnosis is about before it or an earlier one ran, and nothing of that nor of
 * what a waiting proposal is for after it. A cause that was found later says that it came back.
 */
function provenBy(events: readonly IncidentEvent[], changes: readonly Change[]): Change | undefined {
  const position = events.findLastIndex(({ type }) => type === 'change.verified');
  const verified = events[position];
  if (verified?.type !== 'change.verified') return undefined;
  const done = changes.find(({ id }) => id === verified.changeId);
  if (!done || events.slice(position).some((event) => event.type === 'diagnosis.stated' && event.diagnosis.rootCause !== null)) return undefined;
  if (isRelief(done, changes, events)) return undefined;
  const about = [...causeKeys(events), ...done.findingKeys];
  const before = new Set(events.flatMap((event) => (event.type === 'change.verified' ? event.before : [])));
  if (!about.some((key) => before.has(key))) return undefined;
  const open = changes.filter(({ state }) => state === 'proposed').flatMap(({ findingKeys }) => findingKeys);
  const left = new Set(verified.after.map(resourceOf));
  return [...about, ...open].some((key) => left.has(resourceOf(key))) ? undefined : done;
}

/** For a symptom, while the change for the cause still waits: what it made good comes back. */
function isRelief(done: Change, changes: readonly Change[], events: readonly IncidentEvent[]): boolean {
  const stated = events.findLast((event) => event.type === 'diagnosis.stated');
  const cause = stated?.type === 'diagnosis.stated' ? stated.diagnosis.rootCause?.findings[0] : undefined;
  return cause !== undefined && !done.findings.includes(cause) && changes.some(({ state, findings }) => state === 'proposed' && findings.includes(cause));
}

/** Whatever is wrong with it: a service that failed and now is slow is not well. */
const resourceOf = (key: string): string => key.slice(key.indexOf('@') + 1);

function causeKeys(events: readonly IncidentEvent[]): string[] {
  const stated = events.findLast((event) => event.type === 'diagnosis.stated');
  const cause = new Set(stated?.type === 'diagnosis.stated' ? stated.diagnosis.rootCause?.findings : []);
  return events.flatMap((event) => findingsOf(event)).filter(({ id }) => cause.has(id)).map(findingKey);
}
