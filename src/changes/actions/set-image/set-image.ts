/** kubectl.set_image: another tag or digest of the image a container has, or one that an earlier revision had. */
import type { ActionOf } from '../../action.ts';
import { RefusedError } from '../../errors.ts';
import { setImageSchema } from '../../kubernetes-actions.ts';
import { difference } from '../kubectl/json-patch.ts';
import { listAt, textAt } from '../kubectl/objects.ts';
import type { Plan, Scene } from '../kubectl/patch-kind.ts';
import { patchKind } from '../kubectl/patch-kind.ts';
import { readRevisions } from '../kubectl/revisions.ts';
import { containerPath, rolloutPlan, typed, workloadReference } from '../kubectl/rollout-plan.ts';
import { rolloutOf } from '../kubectl/workload.ts';

type Action = ActionOf<'kubectl.set_image'>;

export const setImageKind = patchKind<Action>({ kind: 'kubectl.set_image', schema: setImageSchema, reference: workloadReference, risk: (_action, { pods = 0 }) => ({ level: 'medium', reasons: [`${pods} pods replaced by ones that are set up differently`] }), plan, settled: rolloutOf });

async function plan(scene: Scene<Action>): Promise<Plan> {
  const { action, live, kubectl } = scene;
  const path = `${containerPath(action, live)}/image`;
  const before = textAt(live, path) ?? '';
  const known = repositoryOf(before) === repositoryOf(action.image) || (await wasUsed(scene));
  if (!known) throw new RefusedError(`${action.image} is of another repository than ${before}, and no earlier revision used it: an image that nobody deployed before is deployed by hand.`);
  return rolloutPlan({ action, live, kubectl }, {
    changes: difference(before, action.image, path),
    equivalent: `kubectl set image ${typed(action)} ${action.container}=${action.image}`,
    notes: ['Whether the image can be pulled shows only in the rollout.'],
    check: `container ${action.container} has image ${action.image}`,
  });
}

async function wasUsed({ action, live, kubectl }: Scene<Action>): Promise<boolean> {
  const revisions = await readRevisions(live, kubectl);
  return revisions.some(({ template }) => listAt(template, '/spec/containers').some((container) => container['name'] === action.container && container['image'] === action.image));
}

/** Without tag and digest; a colon before the last slash is a port. */
export function repositoryOf(image: string): string {
  return image.replace(/@sha256:[a-f0-9]+$/, '').replace(/:[^/:]+$/, '');
}
