/** The Undo button: an approver asks, and a change that takes the other one back is drafted, previewed and approved like any other. */
import type { Desk, Directory, OfferResult } from '../incident/desk.ts';
import type { Store } from '../incident/store.ts';
import type { Actor } from '../incident/types.ts';
import type { Logger } from '../telemetry/log.ts';
import { mayBeTakenBack } from './actions/undo/undo.ts';
import { refuseNonApprover, refuseStranger } from './approvers.ts';
import type { Change } from './change.ts';
import { transitions } from './change.ts';
import type { Policy } from './policy.ts';
import { matterOf, questionOf } from './question.ts';

export interface OfferUndoParts {
  store: Store;
  policy: Policy;
  directory: Directory;
  /** Queues the preview. May fail: the executor's sweep finds the draft. */
  enqueue(changeId: string): Promise<void>;
  log?: Pick<Logger, 'warn'>;
  now?: () => Date;
}

/** For so long after a change ended its card offers to take it back. */
export const undoHours = 24;

class Refusal extends Error {}

/** Every refusal is in the timeline; its reason is for that person only. */
export function createOfferUndo({ store, policy, directory, enqueue, log, now = () => new Date() }: OfferUndoParts): Desk['undo'] {
  return async ({ changeId, actor }): Promise<OfferResult> => {
    const change = await store.changes.get(changeId);
    if (!change) return { outcome: 'refused', reason: 'This change is not known here any more; run /sre status to see what is open.' };
    try {
      return { outcome: 'drafted', changeId: await offer(change, actor) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      await store.timeline.append(change.incidentId, { type: 'click.refused', changeId, by: actor, decision: 'undo', reason: error.message });
      return { outcome: 'refused', reason: error.message };
    }
  };

  async function offer(change: Change, actor: Actor): Promise<string> {
    await refuseUnlessTakeable(change);
    await refuseUnlessApprover(change, actor);
    await refuseSecond(change);
    const successor = await store.changes.draft(change.incidentId, draftOf(change, actor), change.lockKey);
    // Two clicks at once: the first draft stays.
    const earlier = (await undosOf(change)).find(({ id }) => id !== successor.id && Number(id.slice(1)) < Number(successor.id.slice(1)));
    if (earlier) {
      await store.changes.transition(successor.id, { from: 'drafted', to: 'superseded', event: { type: 'change.superseded', changeId: successor.id, reason: `${earlier.id} takes ${change.id} back already` } });
      throw new Refusal(`${earlier.id} takes it back already; decide on its card.`);
    }
    await store.timeline.append(change.incidentId, { type: 'change.undo_asked', changeId: change.id, successor: successor.id, by: actor });
    // Nothing runs in an incident that is over; an alert that opened another one goes on there.
    await store.incidents.reopen(change.incidentId, ['resolved'], 'diagnosed', { type: 'incident.reopened', reason: `${change.id} is to be taken back.`, by: actor }, { aside: true });
    await enqueue(successor.id).catch((error: unknown) => log?.warn({ error, change: successor.id }, 'not queued: the sweep will'));
    return successor.id;
  }

  async function refuseUnlessTakeable(change: Change): Promise<void> {
    if (change.action.kind === 'change.undo') throw new Refusal(`This took ${change.action.change} back; to have that again, propose it again.`);
    if (!mayBeTakenBack(change.state)) throw new Refusal(`This change is ${change.state}: there is nothing to take back.`);
    if (change.undo.kind !== 'automatic') throw new Refusal(`This can not be taken back: ${change.undo.description}`);
    if (await store.halt.current()) throw new Refusal('Everything is stopped; an approver can lift that with /sre resume.');
    if ((await store.incidents.get(change.incidentId))?.status === 'stopped') throw new Refusal(`${change.incidentId} is stopped; an approver can lift that with /sre resume ${change.incidentId}.`);
    const ended = await endOf(change);
    if (ended === undefined) throw new Refusal('This change never ran: there is nothing to take back.');
    if (now().getTime() - Date.parse(ended) > undoHours * 3_600_000) throw new Refusal(`This ended more than ${undoHours} hours ago, and much may rest on it by now. Ask for an investigation, or take it back by hand.`);
  }

  async function refuseUnlessApprover(change: Change, actor: Actor): Promise<void> {
    const matter = { ...(await matterOf(store, change)), isUndo: true };
    const person = { actor, directory, policy: policy.rule(questionOf(matter, change, now())) };
    const reason = (await refuseStranger(person)) ?? (await refuseNonApprover(person));
    if (reason !== undefined) throw new Refusal(reason);
  }

  async function refuseSecond(change: Change): Promise<void> {
    const [other] = await undosOf(change);
    if (other?.state === 'done') throw new Refusal(`${other.id} took it back already.`);
    if (other) throw new Refusal(`${other.id} takes it back already; decide on its card.`);
  }

  /** Those that may still run, and those that did. */
  async function undosOf(change: Change): Promise<Change[]> {
    const all = await store.changes.list(change.incidentId);
    return all.filter(({ undoOf, state }) => undoOf === change.id && (state === 'done' || transitions[state].length > 0));
  }

  /** When it ended, if its command may have run at all. */
  async function endOf(change: Change): Promise<string | undefined> {
    const events = await store.timeline.read(change.incidentId);
    if (!events.some(({ event }) => event.type === 'change.executing' && event.changeId === change.id)) return undefined;
    return events.findLast(({ event }) => (event.type === 'change.verified' || event.type === 'change.failed' || event.type === 'change.unknown') && event.changeId === change.id)?.at;
  }
}

function draftOf(change: Change, askedBy: Actor): Parameters<Store['changes']['draft']>[1] {
  return {
    action: { kind: 'change.undo', change: change.id },
    title: `Take back ${change.id}: ${change.title}`,
    rationale: `An approver wants everything as it was before ${change.id}.`,
    findings: [],
    findingKeys: [],
    proposedBy: 'person',
    askedBy,
    undoOf: change.id,
  };
}
