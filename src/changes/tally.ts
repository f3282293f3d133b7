/** Who of those that approved counts at this moment. */
import type { Directory } from '../incident/desk.ts';
import type { Store } from '../incident/store.ts';
import type { Actor } from '../incident/types.ts';
import { humanOf, identify, refuseNonApprover, requesters } from './approvers.ts';
import type { Change } from './change.ts';
import { sameDigest } from './digest.ts';
import type { Ruling } from './ruling.ts';

export interface Ballot {
  store: Pick<Store, 'approvals' | 'incidents' | 'timeline'>;
  directory: Directory;
  change: Change;
  ruling: Ruling;
}

/**
 * Distinct human beings who approved this digest and are still approvers, the one who clicks among them. Those that Slack
 * can't vouch for now don't count; their click stays in the timeline.
 */
export async function countApprovals(ballot: Ballot, clicking: { actor: Actor; human: string }, mayApproveOwn: boolean): Promise<number> {
  const { store, directory, change, ruling } = ballot;
  const humans = new Set([clicking.human]);
  for (const { decision, digest, by, reason } of await store.approvals.list(change.id)) {
    if (decision !== 'approve' || !sameDigest(digest, change.digest) || (ruling.frozen && reason === undefined)) continue;
    if (by.userId === clicking.actor.userId && by.teamId === clicking.actor.teamId) continue;
    const answer = await identify({ actor: by, directory });
    if ('refusal' in answer || (await refuseNonApprover({ actor: by, directory, policy: ruling })) !== undefined) continue;
    const human = humanOf(answer.profile);
    if (mayApproveOwn || !(await isRequester(ballot, { actor: by, human }))) humans.add(human);
  }
  return humans.size;
}

/** Also under another account of theirs. Throws what the directory throws. */
export async function isRequester({ store, directory, change }: Pick<Ballot, 'store' | 'directory' | 'change'>, { actor, human }: { actor: Actor; human: string }): Promise<boolean> {
  const incident = await store.incidents.get(change.incidentId);
  const people = requesters(await store.timeline.read(change.incidentId), change);
  if (incident?.requestedBy === actor.userId || people.some(({ userId }) => userId === actor.userId)) return true;
  if (human === actor.userId) return false;
  for (const person of people) if (humanOf(await directory.profile(person)) === human) return true;
  return false;
}
