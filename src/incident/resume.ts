/** `/sre resume`: lifts a stop. For approvers, since what was stopped begins to move again. */
import { refuseNonApprover, refuseStranger } from '../changes/approvers.ts';
import type { Policy } from '../changes/policy.ts';
import type { QueueBackend } from '../queue/queue.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Desk, Directory } from './desk.ts';
import { queueInvestigation } from './queue-investigation.ts';
import type { Store } from './store.ts';
import type { Actor } from './types.ts';

export interface ResumeParts {
  store: Store;
  queue: Pick<QueueBackend, 'add'>;
  policy: Policy;
  directory: Directory;
  log?: Pick<Logger, 'warn'>;
}

export function createResume(parts: ResumeParts): Desk['resume'] {
  const { store, log } = parts;
  return async (incidentId, by) => {
    const refusal = await refusalOf(parts, by);
    const result = refusal === undefined ? await (incidentId === 'all' ? resumeAll(parts, by) : resumeOne(store, parts, incidentId, by)) : { outcome: 'refused' as const, reason: refusal };
    // Where no incident goes on, no timeline says it.
    if (result.outcome === 'resumed') log?.warn({ what: incidentId, by }, 'a stop is lifted');
    else log?.warn({ what: incidentId, by, reason: result.reason }, 'a stop was not lifted');
    return result;
  };
}

async function refusalOf({ policy, directory }: ResumeParts, actor: Actor): Promise<string | undefined> {
  const person = { actor, directory, policy };
  return (await refuseStranger(person)) ?? refuseNonApprover(person);
}

async function resumeOne(store: Store, parts: ResumeParts, id: string, by: Actor): ReturnType<Desk['resume']> {
  const refused = (reason: string) => ({ outcome: 'refused' as const, reason });
  if (await store.halt.current()) return refused('Everything is stopped: /sre resume lifts that first.');
  const outcome = await store.incidents.reopen(id, ['stopped'], 'open', { type: 'incident.resumed', by });
  if (outcome === 'no') return refused(`${id} is not stopped.`);
  if (outcome === 'taken') return refused(`Another incident is open for the same alert: go on there. /sre list shows it.`);
  await queueInvestigation(parts, id);
  return { outcome: 'resumed', incidents: [id] };
}

/** What that stop had stopped goes on, and what was opened meanwhile begins. */
async function resumeAll(parts: ResumeParts, by: Actor): ReturnType<Desk['resume']> {
  const { store } = parts;
  const halt = await store.halt.current();
  if (!halt || !(await store.halt.lift())) return { outcome: 'refused', reason: 'Not everything is stopped. /sre resume INC-12 lifts the stop of one incident.' };
  const resumed: string[] = [];
  for (const { id, status } of await store.incidents.list({ limit: 1000 })) {
    if (status === 'stopped' && (await stoppedWithAll(store, id, halt.at)) && (await store.incidents.reopen(id, ['stopped'], 'open', { type: 'incident.resumed', by })) === 'reopened') resumed.push(id);
    else if (status !== 'open') continue;
    await queueInvestigation(parts, id);
  }
  return { outcome: 'resumed', incidents: resumed };
}

async function stoppedWithAll(store: Store, incidentId: string, since: string): Promise<boolean> {
  const last = (await store.timeline.read(incidentId)).findLast(({ event }) => event.type === 'incident.stopped');
  return last?.event.type === 'incident.stopped' && last.event.all === true && Date.parse(last.at) >= Date.parse(since);
}
