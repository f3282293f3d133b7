/** After a change is done its problem may come back: looked for a while, at most once a minute, and only while there is such a change. */
import { minutes, reopenAfter } from '../../incident/relapse.ts';
import { findingsOf } from '../../incident/admit.ts';
import { wordsOfKey } from '../../incident/finding-words.ts';
import { findingKey } from '../../incident/types.ts';
import type { Change } from '../change.ts';
import type { Observation, Tools } from './run.ts';

const apartMilliseconds = 60_000;

/** Keep one per executor: two looks in a row must see it. Call every few seconds. */
export function createWatch(tools: Tools): () => Promise<void> {
  const { store, policy, verify, now, log } = tools;
  let lastLook = Number.NEGATIVE_INFINITY;
  let before: Observation | undefined;
  return async () => {
    if (policy.watchMinutes <= 0 || now().getTime() - lastLook < apartMilliseconds) return;
    lastLook = now().getTime();
    if (await store.halt.current()) return;
    const watched = await watchedChanges(tools);
    if (watched.length === 0) {
      before = undefined;
      return;
    }
    const seen = await verify(AbortSignal.timeout(apartMilliseconds));
    for (const { change, keys, since } of watched) {
      const back = keys.filter((key) => seen.keys.includes(key) && before?.keys.includes(key));
      if (back.length === 0) continue;
      log.warn({ change: change.id, keys: back }, 'what a change was for is back');
      await relapse(tools, change, back, since);
    }
    before = seen;
  };
}

interface Watched {
  change: Change;
  /** What it was for and what was gone when it was verified. */
  keys: string[];
  since: string;
}

async function watchedChanges({ store, policy, now }: Tools): Promise<Watched[]> {
  const watched: Watched[] = [];
  for (const change of await store.changes.recent(['done'], policy.watchMinutes * 60)) {
    if (change.findingKeys.length === 0) continue;
    const events = await store.timeline.read(change.incidentId);
    const verified = events.find(({ event }) => event.type === 'change.verified' && event.changeId === change.id);
    if (verified?.event.type !== 'change.verified' || now().getTime() - Date.parse(verified.at) > policy.watchMinutes * 60_000) continue;
    const over = events.some(({ event }) => (event.type === 'change.relapsed' || event.type === 'change.undo_asked') && event.changeId === change.id);
    const { after } = verified.event;
    const keys = change.findingKeys.filter((key) => !after.includes(key));
    if (!over && keys.length > 0) watched.push({ change, keys, since: verified.at });
  }
  return watched;
}

/** Another unfinished incident in which the rules saw one of these. */
async function incidentAbout(store: Tools['store'], keys: readonly string[], besides: string): Promise<string | undefined> {
  for (const { id } of await store.incidents.list({ unfinished: true, limit: 50 })) {
    if (id === besides) continue;
    const findings = (await store.timeline.read(id)).flatMap(({ event }) => findingsOf(event));
    if (findings.some((finding) => keys.includes(findingKey(finding)))) return id;
  }
  return undefined;
}

async function relapse({ store, now, investigate }: Tools, { id, incidentId }: Change, keys: string[], since: string): Promise<void> {
  if (!(await store.firstSight(`relapse:${id}`))) return;
  await store.timeline.append(incidentId, { type: 'change.relapsed', changeId: id, keys });
  const reason = `${keys.map(wordsOfKey).join('; ')}: back ${minutes(since, now())} after ${id} was verified.`;
  const other = await incidentAbout(store, keys, incidentId);
  // Somebody is at it already: they hear which change it followed, and no second investigation begins.
  if (other !== undefined) return void (await store.timeline.append(other, { type: 'incident.reopened', followed: id, reason: `${reason} This was ${incidentId} before.` }));
  const goesOn = await reopenAfter(store, incidentId, id, reason);
  if (goesOn === incidentId) await investigate(incidentId);
}
