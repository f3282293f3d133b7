/** Right before a run: do enough people say so, and does the policy still let it? */
import { requesters } from '../approvers.ts';
import { sameDigest, verifyDigest } from '../digest.ts';
import { matterOf, questionOf } from '../question.ts';
import type { Assessment } from '../risk-level.ts';
import type { Ruling } from '../ruling.ts';
import { stricterNow } from '../stricter.ts';
import type { Preview } from '../actions/kind.ts';
import { riskOf } from './preview.ts';
import type { Run } from './run.ts';
import { Ending } from './run.ts';

export async function confirmApproval(run: Run): Promise<void> {
  const { change, store, policy, now } = run;
  if (!verifyDigest(change)) throw new Ending('failed', 'The stored change is not the one whose digest was approved: somebody altered it. Nothing was run.');
  const ruling = policy.rule(questionOf(await matterOf(store, change), change, now()));
  if (!runs(ruling)) throw new Ending('failed', `Autonomy is ${ruling.autonomy} now. Nothing was run.`);
  if (change.policy.version !== policy.version) throw new Ending('stale', 'the policy changed since this was approved', true);
  // The claim compared the row's column; this is the expiry that people were shown.
  if (Date.parse(change.expiresAt) <= now().getTime()) throw new Ending('stale', 'the approval had expired');
  refuseStricter(run, ruling);
  const people = (await countable(run, ruling)).size;
  // Nobody at all is enough only where the policy, asked again, lets it run by itself.
  const needed = ruling.autonomy === 'auto' && change.policy.autonomy === 'auto' ? 0 : Math.max(1, change.policy.approvalsNeeded);
  if (people < needed) throw new Ending('failed', `It needs the approval of ${needed} and has ${people}. Nothing was run.`);
}

/**
 * Who may have approved, as far as it can be known without Slack: the gateway asked who was in which group. Of people that
 * the policy lists by name, only those; never whoever the change comes from.
 */
async function countable({ change, store }: Run, { approvers: { users, groups, anyone }, requesterMayApprove, frozen }: Ruling): Promise<Set<string>> {
  const incident = await store.incidents.get(change.incidentId);
  const own = new Set([incident?.requestedBy, ...requesters(await store.timeline.read(change.incidentId), change).map(({ userId }) => userId)]);
  const listed = groups.length === 0 && !anyone ? new Set(users) : undefined;
  const decisions = await store.approvals.list(change.id);
  const counted = decisions.filter(
    ({ decision, digest, by, reason }) =>
      decision === 'approve' && sameDigest(digest, change.digest) && (!listed || listed.has(by.userId)) && (!own.has(by.userId) || (requesterMayApprove && change.policy.requesterMayApprove)) &&
      // A freeze is broken for a reason that is written down.
      (!frozen || reason !== undefined),
  );
  return new Set(counted.map(({ by }) => by.userId));
}

/** With the facts as they are now: a change that got riskier runs under what the policy says of that risk, or not at all. */
export async function confirmRuling(run: Run, fresh: Pick<Preview, 'facts' | 'undo'>): Promise<void> {
  const { change, store, policy, now, redact } = run;
  const matter = await matterOf(store, change);
  const risk = riskOf(change, fresh, matter, run);
  const ruling = policy.rule(questionOf(matter, { risk, undo: fresh.undo }, now()));
  if (!runs(ruling)) throw new Ending('failed', redact(`Autonomy is ${ruling.autonomy} for it now: ${riskWords(risk)}. Nothing was run.`));
  refuseStricter(run, ruling, risk);
}

function refuseStricter({ change, redact }: Run, now: Ruling, risk?: Assessment): void {
  const why = stricterNow(change.policy, now);
  if (why !== undefined) throw new Ending('stale', redact(risk && risk.level !== change.risk.level ? `${riskWords(risk)}, and ${why}` : why), true);
}

function runs({ autonomy }: Ruling): boolean {
  return autonomy === 'approve' || autonomy === 'auto';
}

function riskWords({ level, reasons }: Assessment): string {
  return `its risk is ${level} now (${reasons.join('; ')})`;
}
