/** Edit: a person types other values for the same kind and target. That is another change, with a preview, a digest and approvals of its own. */
import type { Desk, Directory, Edit, OfferResult } from '../incident/desk.ts';
import type { Store } from '../incident/store.ts';
import type { ChangeDraft } from '../incident/types.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Action } from './action.ts';
import { actionSchema } from './action.ts';
import { kindOf } from './actions/kinds.ts';
import { humanOf, identify, refuseNonApprover } from './approvers.ts';
import { canonicalJson } from './canonical-json.ts';
import type { Change } from './change.ts';
import { sameDigest, verifyDigest } from './digest.ts';
import { draftAgain } from './draft-again.ts';
import { editedFields, movedIdentity } from './identity-fields.ts';
import type { Policy } from './policy.ts';
import { matterOf, questionOf } from './question.ts';
import { isRequester } from './tally.ts';

export interface EditParts {
  store: Store;
  policy: Policy;
  directory: Directory;
  redact(text: string): string;
  /** Queues the preview. May fail: the executor's sweep finds the draft. */
  enqueue(changeId: string): Promise<void>;
  log?: Pick<Logger, 'warn'>;
  now?: () => Date;
}

class Refusal extends Error {
  constructor(
    reason: string,
    readonly problems?: Record<string, string>,
  ) {
    super(reason);
  }
}

/** Every refusal is in the timeline, but for fields that are only not filled in well yet. Throws when the store can't be reached. */
export function createEdit(parts: EditParts): Desk['edit'] {
  const { store, enqueue, log } = parts;
  return async (edit): Promise<OfferResult> => {
    const change = await store.changes.get(edit.changeId);
    if (!change) return { outcome: 'refused', reason: 'This change is not known here any more; run /sre status to see what is open.' };
    try {
      await refuseUnlessOpen(parts, change, edit);
      await refuseUnlessAllowed(parts, change, edit);
      const successor = await replace(parts, change, draftOf(change, actionOf(parts, change, edit), edit));
      await enqueue(successor).catch((error: unknown) => log?.warn({ error, change: successor }, 'not queued: the sweep will'));
      return { outcome: 'drafted', changeId: successor };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { message: reason, problems } = error;
      if (problems) return { outcome: 'refused', reason, problems };
      await store.timeline.append(change.incidentId, { type: 'click.refused', changeId: change.id, by: edit.actor, decision: 'edit', reason });
      return { outcome: 'refused', reason };
    }
  };
}

async function refuseUnlessOpen({ store, now = () => new Date() }: EditParts, change: Change, { digest }: Edit): Promise<void> {
  if (change.state !== 'proposed') throw new Refusal(`This change is ${change.state}: only one that waits for a decision can be edited.`);
  if (!sameDigest(change.digest, digest) || !verifyDigest(change)) throw new Refusal('This button belongs to another version of the change; edit the newest card.');
  if (Date.parse(change.expiresAt) <= now().getTime()) throw new Refusal('This change expired; run /sre investigate again for a fresh one.');
  if (change.action.kind === 'change.undo') throw new Refusal('An undo runs exactly as its change said: there is nothing to edit. Propose another change.');
  const incident = await store.incidents.get(change.incidentId);
  if (incident?.status === 'resolved' || incident?.status === 'stopped') throw new Refusal(`This incident is ${incident.status}; run /sre investigate again if the problem is back.`);
}

/** Who asked may edit, too: it is never they who approve it then. */
async function refuseUnlessAllowed({ store, policy, directory, now = () => new Date() }: EditParts, change: Change, { actor }: Edit): Promise<void> {
  const answer = await identify({ actor, directory });
  if ('refusal' in answer) throw new Refusal(answer.refusal);
  const own = await isRequester({ store, directory, change }, { actor, human: humanOf(answer.profile) }).catch(() => false);
  if (own) return;
  const refusal = await refuseNonApprover({ actor, directory, policy: policy.rule(questionOf(await matterOf(store, change), change, now())) });
  if (refusal !== undefined) throw new Refusal(refusal);
}

/** The typed fields as an action of the same kind on the same thing. */
function actionOf({ redact }: EditParts, { action: before, lockKey }: Change, { fields }: Edit): Action {
  const parsed = actionSchema.safeParse({ ...fields, kind: before.kind });
  if (!parsed.success) throw new Refusal('Some fields are not right yet.', Object.fromEntries(parsed.error.issues.map(({ path, message }) => [path.join('.'), message])));
  const after = parsed.data;
  const moved = movedIdentity(before, after);
  if (moved.length > 0) throw new Refusal('That would be a change of something else: propose it as its own.', Object.fromEntries(moved.map((name) => [name, 'must stay as it is'])));
  if (kindOf(after).lockKey(after) !== lockKey) throw new Refusal('That would be a change of something else: propose it as its own.');
  if (canonicalJson(after) === canonicalJson(before)) throw new Refusal('Nothing is different from what was proposed.', {});
  const text = canonicalJson(after);
  if (redact(text) !== text && redact(canonicalJson(before)) === canonicalJson(before)) throw new Refusal('That looks like a secret, and sre-agent neither shows nor carries secrets: do this one by hand.', {});
  return after;
}

function draftOf(change: Change, action: Action, { actor }: Edit): ChangeDraft {
  const { title, rationale, ...wish } = draftAgain(change);
  const words = editedFields(change.action, action).join(', ');
  return { ...wish, action, proposedBy: 'person', askedBy: actor, title: title.startsWith('Edited: ') ? title : `Edited: ${title}`, rationale: `A person edited ${words} of ${change.id}; what runs is what the command says. It was proposed with these words: ${rationale.replace(/^A person edited .*? with these words: /s, '')}` };
}

/** The old one closes only if nobody decided on it meanwhile; otherwise the new one never was. */
async function replace({ store }: EditParts, change: Change, draft: ChangeDraft): Promise<string> {
  const { id: successor } = await store.changes.draft(change.incidentId, draft, change.lockKey);
  const event = { type: 'change.edited', changeId: change.id, successor, by: draft.askedBy ?? { userId: '', teamId: '' } } as const;
  const closed = await store.changes.transition(change.id, { from: 'proposed', to: 'superseded', digest: change.digest, event });
  if (closed) return successor;
  await store.changes.transition(successor, { from: 'drafted', to: 'superseded', event: { type: 'change.superseded', changeId: successor, reason: `somebody decided on ${change.id} first` } });
  throw new Refusal('Somebody decided on this while you edited it; look at its card.');
}
