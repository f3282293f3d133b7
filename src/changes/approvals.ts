/** A person's decision on one digest. Deny wins; an approval counts only when every rule holds at the click. */
import type { Decision, DecisionResult, Directory } from '../incident/desk.ts';
import type { Store } from '../incident/store.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Eligibility } from './approvers.ts';
import { refuseNonApprover, refuseStranger, requesters } from './approvers.ts';
import type { Change, ChangeState } from './change.ts';
import { sameDigest, verifyDigest } from './digest.ts';
import { expire } from './expire.ts';
import type { Policy } from './policy.ts';

export interface ApprovalsParts {
  store: Store;
  policy: Policy;
  directory: Directory;
  /** Queues the execution. May fail: the executor's sweep queues what is approved and was never claimed. */
  enqueue(changeId: string): Promise<void>;
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

  async function approve(change: Change, { digest, actor }: Decision): Promise<DecisionResult> {
    await refuseUnlessOpen(change, digest, ['proposed']);
    const person = { actor, directory, policy };
    refuse(await refuseStranger(person));
    refuse(await refuseNonApprover(person));
    if (policy.autonomy !== 'approve') throw new Refusal(`Autonomy is ${policy.autonomy}: changes are shown here, not run.`);
    if (change.policy.version !== policy.version) throw new Refusal('The policy changed since this was proposed; run /sre investigate again for a fresh one.');
    const incident = await store.incidents.get(change.incidentId);
    // /sre stop reaches unfinished incidents only: nothing may begin to run in another.
    if (incident?.status === 'resolved' || incident?.status === 'stopped') throw new Refusal(`This incident is ${incident.status}; run /sre investigate again if the problem is back.`);
    const mayApproveOwn = change.policy.requesterMayApprove && policy.requesterMayApprove;
    if (!mayApproveOwn && (await isRequester(change, actor.userId))) throw new Refusal('You asked for this investigation, so somebody else must approve its changes.');

    const { duplicate } = await store.approvals.add({ changeId: change.id, digest, by: actor, decision: 'approve' });
    const decisions = await store.approvals.list(change.id);
    const approvals = new Set(decisions.filter((one) => one.decision === 'approve' && sameDigest(one.digest, digest)).map((one) => one.by.userId)).size;
    const needed = change.policy.approvalsNeeded;
    const event = { type: 'change.approved', changeId: change.id, digest, by: actor, approvals, needed } as const;
    if (approvals < needed) {
      if (duplicate) throw new Refusal(`You have approved this already; ${needed - approvals} more ${needed - approvals === 1 ? 'person is' : 'people are'} needed.`);
      await store.timeline.append(change.incidentId, event);
      return { outcome: 'counted', approvals, needed };
    }
    if (!(await store.changes.transition(change.id, { from: 'proposed', to: 'approved', digest, notExpired: true, event }))) throw await tooLate(change.id);
    await enqueue(change.id).catch((error: unknown) => log?.warn({ error, change: change.id }, 'approved, but not queued: the sweep will queue it'));
    return { outcome: 'approved' };
  }

  async function reject(change: Change, { digest, actor, reason = '' }: Decision): Promise<DecisionResult> {
    await refuseUnlessOpen(change, digest, ['proposed', 'approved']);
    const person: Eligibility = { actor, directory, policy };
    refuse(await refuseStranger(person));
    if (!(await isRequester(change, actor.userId))) refuse(await refuseNonApprover(person));
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

  async function refuseUnlessOpen(change: Change, digest: string, open: readonly ChangeState[]): Promise<void> {
    if (!open.includes(change.state)) throw new Refusal(closed[change.state]);
    if (!sameDigest(change.digest, digest) || !verifyDigest(change)) throw new Refusal('This button belongs to another version of the change; decide on the newest card.');
    if (Date.parse(change.expiresAt) > now().getTime()) return;
    await expire(store, change);
    throw new Refusal(closed.expired);
  }

  async function isRequester(change: Change, userId: string): Promise<boolean> {
    const incident = await store.incidents.get(change.incidentId);
    return incident?.requestedBy === userId || requesters(await store.timeline.read(change.incidentId)).has(userId);
  }

  async function tooLate(id: string): Promise<Refusal> {
    const change = await store.changes.get(id);
    return new Refusal(change && change.state !== 'proposed' ? closed[change.state] : closed.expired);
  }

  return { decide };
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
