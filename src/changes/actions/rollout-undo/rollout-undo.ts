/** kubectl.rollout_undo: the pod template of one earlier revision, field by field. */
import type { ActionOf } from '../../action.ts';
import { RefusedError } from '../../errors.ts';
import { rolloutUndoSchema } from '../../kubernetes-actions.ts';
import type { Json } from '../kubectl/json-patch.ts';
import { at, difference, pathsIn } from '../kubectl/json-patch.ts';
import { textAt, wordsOf } from '../kubectl/objects.ts';
import type { Plan, Scene } from '../kubectl/patch-kind.ts';
import { patchKind } from '../kubectl/patch-kind.ts';
import { plain } from '../words.ts';
import { powersIn } from '../kubectl/rights.ts';
import { readRevisions } from '../kubectl/revisions.ts';
import { rolloutPlan, typed, workloadReference } from '../kubectl/rollout-plan.ts';
import { rolloutOf } from '../kubectl/workload.ts';

type Action = ActionOf<'kubectl.rollout_undo'>;

export const rolloutUndoKind = patchKind<Action>({ kind: 'kubectl.rollout_undo', schema: rolloutUndoSchema, reference: workloadReference, risk: (_action, { pods = 0 }) => ({ level: 'medium', reasons: [`${pods} pods replaced by an earlier revision that ran before`] }), plan, settled: rolloutOf });

async function plan({ action, live, kubectl }: Scene<Action>): Promise<Plan> {
  const revisions = await readRevisions(live, kubectl);
  const wanted = revisions.find(({ revision }) => revision === action.to_revision);
  if (wanted === undefined) throw new RefusedError(`${wordsOf(workloadReference(action))} has no revision ${action.to_revision}; its history holds ${revisions.map(({ revision }) => revision).join(', ') || 'none'}.`);
  if (revisions.filter(({ revision }) => revision === action.to_revision).length > 1) throw new RefusedError(`more than one object says that it is revision ${action.to_revision} of ${wordsOf(workloadReference(action))}: somebody made one of them. Look at them by hand.`);
  const current = revisions.at(-1)?.revision;
  const changes = difference(at(live, '/spec/template'), wanted.template, '/spec/template');
  if (changes.length === 0) throw new RefusedError(`${wordsOf(workloadReference(action))} has the pod template of revision ${action.to_revision} already.`);
  const cause = textAt(live, '/metadata/annotations/kubernetes.io~1change-cause');
  const powers = powersIn(changes.flatMap(({ op, path, ...change }) => pathsIn(path, op === 'remove' ? at(live, path) : (change as { value: Json }).value)));
  const rollout = await rolloutPlan({ action, live, kubectl }, {
    changes,
    equivalent: `kubectl rollout undo ${typed(action)} --to-revision=${action.to_revision}`,
    notes: [
      `From revision ${current ?? 'unknown'} back to revision ${action.to_revision}, kept in ${wanted.name}${cause === undefined ? '' : `; the present change cause is "${plain(cause, 200)}"`}.`,
      'Only the pod template goes back: replicas, ConfigMaps, Secrets and services stay as they are.',
    ],
    check: `the pod template is that of revision ${action.to_revision}`,
  });
  return { ...rollout, facts: { ...rollout.facts, ...(powers.length > 0 && { powers }) } };
}
