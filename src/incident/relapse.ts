/** What a change was for came back after all: its incident goes on, and says which change it followed. */
import type { Store } from './store.ts';
import type { Alert, Incident } from './types.ts';

/** Opens the incident again; where another one is open for the same alert, that one is told. Returns the one that goes on; undefined when it was stopped. */
export async function reopenAfter(store: Store, incidentId: string, followed: string, reason: string): Promise<string | undefined> {
  const event = { type: 'incident.reopened', reason, followed } as const;
  const outcome = await store.incidents.reopen(incidentId, ['resolved', 'diagnosed', 'mitigating'], 'open', event);
  if (outcome === 'reopened') return incidentId;
  if (outcome === 'no') return undefined;
  const incident = await store.incidents.get(incidentId);
  const other = incident && (await store.incidents.findByFingerprint(incident.fingerprint));
  if (!other) return undefined;
  await store.timeline.append(other.id, { ...event, reason: `${reason} This was ${incidentId} before.` });
  return other.id;
}

/** The incident that a change ended a short while ago for the same alert, open again; undefined when there is none. */
export async function reopenForAlert(store: Store, alert: Alert, watchMinutes: number, now: Date): Promise<Incident | undefined> {
  if (watchMinutes <= 0 || alert.status !== 'firing' || (await store.incidents.findByFingerprint(alert.fingerprint))) return undefined;
  const incident = await store.incidents.findResolved(alert.fingerprint);
  if (!incident) return undefined;
  const last = (await store.timeline.read(incident.id)).findLast(({ event }) => event.type === 'change.verified');
  if (last?.event.type !== 'change.verified' || now.getTime() - Date.parse(last.at) > watchMinutes * 60_000) return undefined;
  const followed = last.event.changeId;
  const outcome = await store.incidents.reopen(incident.id, ['resolved'], 'open', { type: 'incident.reopened', reason: `The alert fired again ${minutes(last.at, now)} after ${followed} was verified.`, followed });
  return outcome === 'reopened' ? incident : undefined;
}

export function minutes(since: string, now: Date): string {
  const count = Math.max(1, Math.round((now.getTime() - Date.parse(since)) / 60_000));
  return `${count} minute${count === 1 ? '' : 's'}`;
}
