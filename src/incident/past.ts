/** Earlier incidents like one: the same alert, or the same services, in the same channel. What was stated, tried, and how that ended. */
import type { Change } from '../changes/change.ts';
import type { Store } from './store.ts';
import type { Incident, IncidentStatus } from './types.ts';

export interface PastIncident {
  id: string;
  title: string;
  createdAt: string;
  status: IncidentStatus;
  /** The same alert again, or only about the same services. */
  like: 'alert' | 'service';
  /** The newest diagnosis's cause; absent when none was stated. */
  cause?: { title: string; resource: string };
  /** Words of whoever or whatever resolved it. */
  resolved?: string;
  /** `came back`: what it was for was seen again afterwards. */
  tried: { title: string; state: Change['state']; cameBack: boolean }[];
}

export interface PastParts {
  store: Pick<Store, 'incidents' | 'timeline' | 'changes'>;
  incident: Incident;
  /** Whether a title is about the same services. */
  isAlike: (title: string) => boolean;
  now?: Date;
}

const days = 14;
const looked = 200;
const most = 5;

/** Newest first, at most five. */
export async function pastIncidents({ store, incident, isAlike, now = new Date() }: PastParts): Promise<PastIncident[]> {
  const since = new Date(now.getTime() - days * 86_400_000).toISOString();
  const listed = await store.incidents.list({ channel: incident.channel, limit: looked });
  const alike = listed.flatMap((one): { one: Incident; like: PastIncident['like'] }[] => {
    if (one.id === incident.id || one.createdAt < since) return [];
    // One that was reopened aside carries its id behind its fingerprint.
    if (one.fingerprint.split(' ')[0] === incident.fingerprint.split(' ')[0]) return [{ one, like: 'alert' }];
    return isAlike(one.title) ? [{ one, like: 'service' }] : [];
  });
  return Promise.all(alike.slice(0, most).map(({ one, like }) => outcomeOf(one, like, store)));
}

async function outcomeOf({ id, title, createdAt, status }: Incident, like: PastIncident['like'], { timeline, changes }: PastParts['store']): Promise<PastIncident> {
  const [stored, tried] = await Promise.all([timeline.read(id), changes.list(id)]);
  const events = stored.map(({ event }) => event);
  const stated = events.findLast((event) => event.type === 'diagnosis.stated');
  const resolved = events.findLast((event) => event.type === 'incident.resolved');
  const relapsed = new Set(events.flatMap((event) => (event.type === 'change.relapsed' ? [event.changeId] : [])));
  const cause = stated?.diagnosis.rootCause;
  return {
    id, title, createdAt, status, like,
    ...(cause && { cause: { title: cause.title, resource: cause.resource } }),
    ...(resolved && { resolved: resolved.reason }),
    tried: tried.map((change) => ({ title: change.title, state: change.state, cameBack: relapsed.has(change.id) })),
  };
}
