/** A person's decision on one digest. Deny wins; an approval counts only when every rule holds at the click. */
import type { Decision, DecisionResult, Directory } from '../incident/desk.ts';
import type { Store } from '../incident/store.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Actor } from '../incident/types.ts';
import { humanOf, identify, refuseNonApprover } from './approvers.ts';
import type { Change, ChangeState } from './change.ts';
import { sameDigest, verifyDigest } from './digest.ts';
import { draftAgain } from './draft-again.ts';
import { expire } from './expire.ts';
import type { Policy } from './policy.ts';
import { frozenWords } from './policy/rule.ts';
import { matterOf, questionOf } from './question.ts';
import type { Ruling } from './ruling.ts';
import { stricterNow } from './stricter.ts';
import { withdrawIfStopped } from './halt.ts';
import { countApprovals, isRequester } from './tally.ts';

export interface ApprovalsParts {
  store: Store;
  policy: Policy;
  directory: Directory;
  /** May fail: the executor's sweep queues what is approved and was never claimed, and what was never previewed. */
  enqueue(changeId: string, step: 'execute' | 'preview'): Promise<void>;
  log?: Pick<Logger, 'warn'>;
  now?: () => Date;
}

export interface Approvals {
  /** Every refusal is in the timeline; its reason is for that person only. Throws when the store can't be reached. */
  decide(decision: Decision): Promise<DecisionResult>;
}

class Refusal extends Error {}

export function createApprovals({ store, policy, directory, enqueue, log, now = () => new Date() }: ApprovalsParts): Approvals {
  async function decide(decision: Decision): Promise<DecisionResult> {
    const change = await store.changes.get(decision.changeId);
    if (!change) return { outcome: 'refused', reason: 'This change is not known here any more; run /sre status to see what is open.' };
    try {
      return decision.decision === 'approve' ? await approve(change, decision) : await reject(change, decision);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      await store.timeline.append(change.incidentId, { type: 'click.refused', changeId: change.id, by: decision.actor, decision: decision.decision, reason: error.message });
      return { outcome: 'refused', reason: error.message };
    }
  }

  async function approve(change: Change, { digest, actor, reason = '' }: Decision): Promise<DecisionResult> {
    await refuseUnlessOpen(change, digest, ['proposed']);
    const clicking = await knownPerson(actor);
    const ruling = policy.rule(questionOf(await matterOf(store, change), change, now()));
    refuse(await refuseNonApprover({ actor, directory, policy: ruling }));
    if (ruling.autonomy !== 'approve' && ruling.autonomy !== 'auto') throw new Refusal(`Autonomy is ${ruling.autonomy}: changes are shown here, not run.`);
    if (await store.halt.current()) throw new Refusal('Everything is stopped, so nothing may begin to run; an approver can lift that with /sre resume.');
    const incident = await store.incidents.get(change.incidentId);
    // /sre stop reaches unfinished incidents only: nothing may begin to run in another.
    if (incident?.status === 'resolved' || incident?.status === 'stopped') throw new Refusal(`This incident is ${incident.status}; run /sre investigate again if the problem is back.`);
    const mayApproveOwn = change.policy.requesterMayApprove && ruling.requesterMayApprove;
    if (!mayApproveOwn && (await isOwn(change, clicking))) throw new Refusal('You asked for this or for its investigation, or typed a part of it, so somebody else must approve it.');
    await refuseStricter(change, ruling);
    const words = reason.trim().slice(0, 500);
    if (ruling.frozen && words === '') throw new Refusal(`${sentence(frozenWords(ruling.frozen))}. Say why it can't wait: press Approve again with a reason.`);

    const approval = { digest, by: actor, ...(words !== '' && { reason: words }) };
    const needed = Math.max(1, change.policy.approvalsNeeded);
    const count = () => countApprovals({ store, directory, change, ruling }, clicking, mayApproveOwn);
    const eventOf = (approvals: number) => ({ type: 'change.approved', changeId: change.id, ...approval, approvals, needed }) as const;
    let approvals = await count();
    if (approvals < needed) {
      const { duplicate } = await store.approvals.add({ changeId: change.id, decision: 'approve', ...approval, event: eventOf(approvals) });
      // Of two first ones at the same moment, both see the other now.
      approvals = await count();
      if (approvals < needed && duplicate) throw new Refusal(`You have approved this already; ${needed - approvals} more ${needed - approvals === 1 ? 'person is' : 'people are'} needed.`);
      if (approvals < needed) return { outcome: 'counted', approvals, needed };
    }
    if (!(await store.changes.transition(change.id, { from: 'proposed', to: 'approved', digest, notExpired: true, approval, event: eventOf(approvals) }))) throw await tooLate(change.id);
    if (await withdrawIfStopped(store, change)) throw new Refusal('It was stopped while you approved it; an approver can lift that with /sre resume.');
    if (ruling.frozen) log?.warn({ change: change.id, freeze: ruling.frozen.name, reason: words }, 'a freeze was broken');
    await enqueue(change.id, 'execute').catch((error: unknown) => log?.warn({ error, change: change.id }, 'approved, but not queued: the sweep will queue it'));
    return { outcome: 'approved' };
  }

  async function reject(change: Change, { digest, actor, reason = '' }: Decision): Promise<DecisionResult> {
    await refuseUnlessOpen(change, digest, ['proposed', 'approved']);
    const clicking = await knownPerson(actor);
    const ruling = policy.rule(questionOf(await matterOf(store, change), change, now()));
    if (!(await isOwn(change, clicking))) refuse(await refuseNonApprover({ actor, directory, policy: ruling }));
    const words = reason.trim().slice(0, 500);
    if (words === '') throw new Refusal('Say why in a few words, so that the others can read it.');
    const event = { type: 'change.rejected', changeId: change.id, digest, by: actor, reason: words } as const;
    // An approved change that nobody has claimed yet can still be denied.
    for (const from of ['proposed', 'approved'] as const) {
      if (!(await store.changes.transition(change.id, { from, to: 'rejected', digest, event }))) continue;
      await store.approvals.add({ changeId: change.id, digest, by: actor, decision: 'reject', reason: words });
      return { outcome: 'rejected' };
    }
    throw await tooLate(change.id);
  }

  async function knownPerson(actor: Actor): Promise<{ actor: Actor; human: string }> {
    const answer = await identify({ actor, directory });
    if ('refusal' in answer) throw new Refusal(answer.refusal);
    return { actor, human: humanOf(answer.profile) };
  }

  async function isOwn(change: Change, clicking: { actor: Actor; human: string }): Promise<boolean> {
    return isRequester({ store, directory, change }, clicking).catch(() => {
      throw new Refusal('Slack did not say who asked for this; try again in a moment.');
    });
  }

  /** What people were shown no longer holds: it is shown again as it is now, for a new decision. */
  async function refuseStricter(change: Change, ruling: Ruling): Promise<void> {
    if (ruling.frozen && ruling.frozen.breakGlass === undefined) throw new Refusal(`${sentence(frozenWords(ruling.frozen))}.`);
    const why = change.policy.version === policy.version ? stricterNow(change.policy, ruling) : 'the policy changed since this was proposed';
    if (why === undefined) return;
    // Again and again: gateway and executor read different files.
    log?.warn({ change: change.id, shownWith: change.policy.version, policy: policy.version }, 'what was shown no longer holds');
    const closed = await store.changes.transition(change.id, { from: 'proposed', to: 'superseded', digest: change.digest, event: { type: 'change.superseded', changeId: change.id, reason: why } });
    if (!closed) throw await tooLate(change.id);
    const { id } = await store.changes.draft(change.incidentId, draftAgain(change), change.lockKey);
    await enqueue(id, 'preview').catch((error: unknown) => log?.warn({ error, change: id }, 'not queued: the sweep will'));
    throw new Refusal(`${sentence(why)}, so it is shown again as ${id}; decide on that card.`);
  }

  async function refuseUnlessOpen(change: Change, digest: string, open: readonly ChangeState[]): Promise<void> {
    if (!open.includes(change.state)) throw new Refusal(closed[change.state]);
    if (!sameDigest(change.digest, digest) || !verifyDigest(change)) throw new Refusal('This button belongs to another version of the change; decide on the newest card.');
    if (Date.parse(change.expiresAt) > now().getTime()) return;
    await expire(store, change);
    throw new Refusal(closed.expired);
  }

  async function tooLate(id: string): Promise<Refusal> {
    const change = await store.changes.get(id);
    return new Refusal(change && change.state !== 'proposed' ? closed[change.state] : closed.expired);
  }

  return { decide };
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function refuse(reason: string | undefined): void {
  if (reason !== undefined) throw new Refusal(reason);
}

const closed: Record<ChangeState, string> = {
  drafted: 'This change has no preview yet; wait for its card.',
  refused: 'This change was refused and can not run.',
  proposed: 'This change expired; run /sre investigate again for a fresh one.',
  approved: 'Somebody approved this already; it is about to run.',
  rejected: 'Somebody rejected this already.',
  expired: 'This change expired; run /sre investigate again for a fresh one.',
  superseded: 'A newer change or a stop replaced this one; decide on the newest card.',
  stale: 'The system moved since this was approved, so it did not run; decide on the newest card.',
  claimed: 'This was approved and is running already; /sre stop halts it.',
  executing: 'This was approved and is running already; /sre stop halts it.',
  verifying: 'This was approved and has run; it is being verified.',
  done: 'This was approved and is done.',
  undoing: 'This has run and is being undone.',
  undone: 'This has run and was undone.',
  failed: 'This has been tried and failed; look at the thread.',
  unknown: 'This was being run when the executor died; look at the thread and at the system itself.',
};
