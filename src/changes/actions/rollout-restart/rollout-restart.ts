/** kubectl.rollout_restart: a new annotation in the pod template, so that its controller replaces every pod. */
import type { ActionOf } from '../../action.ts';
import type { Facts } from '../../change.ts';
import { rolloutRestartSchema } from '../../kubernetes-actions.ts';
import type { Assessment } from '../../risk-level.ts';
import { difference } from '../kubectl/json-patch.ts';
import { numberAt, textsAt } from '../kubectl/objects.ts';
import type { Scene } from '../kubectl/patch-kind.ts';
import { patchKind } from '../kubectl/patch-kind.ts';
import { rolloutPlan, typed, workloadReference } from '../kubectl/rollout-plan.ts';
import { rolloutOf } from '../kubectl/workload.ts';

type Action = ActionOf<'kubectl.rollout_restart'>;

export const rolloutRestartKind = patchKind<Action>({ kind: 'kubectl.rollout_restart', schema: rolloutRestartSchema, reference: workloadReference, risk, plan, settled: rolloutOf });

function risk(_action: Action, { pods = 0, readyPods = 0 }: Facts): Assessment {
  if (pods > 1 && readyPods >= pods) return { level: 'low', reasons: [`${pods} pods replaced a few at a time by the same`] };
  return { level: 'medium', reasons: [pods <= 1 ? 'its only pod is replaced' : `${pods} pods replaced, of which only ${readyPods} are ready`] };
}

/** Not the time, as kubectl writes it: the same change must be built again the same, or it could not be bound. */
const annotation = 'sre-agent/restarted-by';

function plan({ action, live, kubectl, context }: Scene<Action>) {
  const annotations = textsAt(live, '/spec/template/metadata/annotations');
  const value = `${context.applicationName}, generation ${numberAt(live, '/metadata/generation') ?? 0}`;
  const path = '/spec/template/metadata/annotations';
  const changes = Object.keys(annotations).length === 0
    ? difference(undefined, { [annotation]: value }, path)
    : difference(annotations[annotation], value, `${path}/${annotation.replace('/', '~1')}`);
  return rolloutPlan({ action, live, kubectl }, {
    changes,
    equivalent: `kubectl rollout restart ${typed(action)}`,
    check: 'the pod template carries the mark of this restart',
  });
}
