/** kubectl.scale: the number of replicas, where no autoscaler owns it. */
import type { ActionOf } from '../../action.ts';
import { RefusedError } from '../../errors.ts';
import { scaleSchema } from '../../kubernetes-actions.ts';
import { numberAt, textsAt, wordsOf } from '../kubectl/objects.ts';
import { autoscalerOf, disruptionsAllowed } from '../kubectl/ownership.ts';
import type { Plan, Scene } from '../kubectl/patch-kind.ts';
import { patchKind } from '../kubectl/patch-kind.ts';
import { typed, workloadReference } from '../kubectl/rollout-plan.ts';
import { podCounts, refuseLostVolumes, rolloutOf } from '../kubectl/workload.ts';
import { plural } from '../words.ts';
import { ofScale } from './scale-risk.ts';

type Action = ActionOf<'kubectl.scale'>;

export const scaleKind = patchKind<Action>({ kind: 'kubectl.scale', schema: scaleSchema, reference: workloadReference, risk: (_action, { replicas }) => ofScale(replicas), plan, settled: rolloutOf });

async function plan({ action, live, kubectl }: Scene<Action>): Promise<Plan> {
  const where = wordsOf(workloadReference(action));
  const autoscaler = await autoscalerOf(workloadReference(action), kubectl);
  if (autoscaler === 'unread') throw new RefusedError(`Whether an autoscaler owns the replicas of ${where} could not be read: let the executor's identity list horizontalpodautoscalers, or scale by hand.`);
  if (autoscaler !== undefined) throw new RefusedError(`The autoscaler ${autoscaler} sets the replicas of ${where} and would put this back: change its minReplicas or maxReplicas instead (kubectl.patch of horizontalpodautoscaler ${autoscaler}).`);
  const before = numberAt(live, '/spec/replicas') ?? 1;
  refuseLostVolumes(live, before, action.replicas);
  const { ready } = podCounts(live);
  const down = action.replicas < before;
  const budget = down ? await disruptionsAllowed(textsAt(live, '/spec/template/metadata/labels'), kubectl) : undefined;
  return {
    changes: before === action.replicas ? [] : [{ op: 'replace', path: '/spec/replicas', value: action.replicas }],
    equivalent: `kubectl scale ${typed(action)} --current-replicas=${before} --replicas=${action.replicas}`,
    notes: [
      `${plural(before, 'pod')} wanted now, ${ready} ready.`,
      ...(down ? [`${plural(before - action.replicas, 'pod')} ended, with the grace period of the pod.`] : []),
      ...(action.replicas === 0 ? ['Nothing answers any more.'] : []),
      ...(budget?.notes ?? []),
    ],
    checks: [`${plural(action.replicas, 'replica')} ${action.replicas === 1 ? 'is' : 'are'} wanted, updated, ready and available`],
    blastRadius: down ? `${before - action.replicas} of ${plural(before, 'pod')} of ${where} end.` : `${plural(action.replicas - before, 'more pod')} of ${where}; what they need must be free on the nodes and in the quota.`,
    facts: { pods: Math.abs(action.replicas - before), readyPods: ready, replicas: { before, after: action.replicas }, ...budget?.facts },
  };
}
