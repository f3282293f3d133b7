/** How much harm a change of a cluster could do: what it does to pods, and who else has a say. */
import type { ClusterAction } from './action.ts';
import type { Facts } from './change.ts';
import type { Assessment } from './risk-level.ts';
import { atLeast, oneHigher } from './risk-level.ts';

export function assessClusterRisk(action: ClusterAction, facts: Facts): Assessment {
  let { level, reasons } = byKind(action, facts);
  if (facts.disruptionsAllowed !== undefined && facts.disruptionsAllowed < 1 && endsPods(action, facts)) {
    level = atLeast(level, 'medium');
    reasons = [...reasons, 'the disruption budget allows no pod away now'];
  }
  if (facts.disruptionsUnread && endsPods(action, facts)) {
    level = atLeast(level, 'medium');
    reasons = [...reasons, 'disruption budgets could not be read'];
  }
  for (const reason of beyond(facts)) {
    level = 'high';
    reasons = [...reasons, reason];
  }
  if (facts.putBackBy !== undefined) {
    level = oneHigher(level);
    reasons = [...reasons, `drift: it is owned by ${facts.putBackBy}, which may put it back`];
  }
  return { level, reasons };
}

/** What goes beyond what the kind alone does: each is for two people. */
function beyond({ newDestinations = [], powers = [], alsoChanged = [], hooks = 0 }: Facts): string[] {
  return [
    ...(newDestinations.length > 0 ? [`it names a place, perhaps outside the cluster, that was not there before: ${newDestinations.slice(0, 3).join(', ')}`] : []),
    ...(powers.length > 0 ? [`it changes rights or reaches the host: ${powers.slice(0, 5).join(', ')}`] : []),
    ...(hooks > 0 ? [`${hooks} hooks of the chart run, or would in an undo, and nothing shows what they do`] : []),
    ...(alsoChanged.length > 0 ? [`admission changes more than was asked for: ${alsoChanged.slice(0, 3).join(', ')}`] : []),
  ];
}

function byKind(action: ClusterAction, facts: Facts): Assessment {
  const pods = facts.pods ?? 0;
  switch (action.kind) {
    case 'kubectl.rollout_restart':
      return pods <= 1 || (facts.readyPods ?? 0) < pods
        ? { level: 'medium', reasons: [pods <= 1 ? 'its only pod is replaced' : `${pods} pods replaced, of which only ${facts.readyPods ?? 0} are ready`] }
        : { level: 'low', reasons: [`${pods} pods replaced a few at a time by the same`] };
    case 'kubectl.rollout_undo':
      return { level: 'medium', reasons: [`${pods} pods replaced by an earlier revision that ran before`] };
    case 'kubectl.set_env':
      return { level: 'medium', reasons: [`${pods} pods replaced by ones that are set up differently`, ...(facts.novelValue ? ['no earlier revision had this value'] : [])] };
    case 'kubectl.set_image':
    case 'kubectl.set_resources':
      return { level: 'medium', reasons: [`${pods} pods replaced by ones that are set up differently`] };
    case 'kubectl.scale':
      return ofScale(facts.replicas ?? { before: Number.POSITIVE_INFINITY, after: 0 });
    case 'kubectl.patch':
      return worse(ofPatch(action.resource, pods), facts.replicas && ofScale(facts.replicas));
    case 'kubectl.configmap_key':
      return { level: 'medium', reasons: [facts.consumers === undefined ? 'who reads it could not be seen' : `${facts.consumers} workloads read it`] };
    case 'kubectl.secret_key':
      return { level: 'high', reasons: ['a credential that is wrong locks out whoever uses it, and nobody sees its value'] };
    case 'kubectl.delete_pod':
      return (facts.readyPods ?? 0) > 0 ? { level: 'low', reasons: [`its controller replaces it, and ${facts.readyPods} others are ready`] } : { level: 'medium', reasons: ['its controller replaces it, but no other pod of it is ready'] };
    case 'kubectl.cordon':
      return (facts.otherNodes ?? 0) > 0 ? { level: 'medium', reasons: [`${facts.otherNodes} other nodes take pods`] } : { level: 'high', reasons: ['no other node is known to take pods'] };
    case 'kubectl.uncordon':
      return { level: 'low', reasons: ['new pods may be placed on the node; nothing moves'] };
    case 'helm.rollback':
      return (facts.removedObjects ?? 0) > 0 ? { level: 'high', reasons: [`${facts.removedObjects} objects are deleted`] } : { level: 'medium', reasons: [`${facts.objects ?? 0} objects go back to an earlier revision that ran before`] };
  }
}

function ofScale({ before, after }: { before: number; after: number }): Assessment {
  if (after === 0) return { level: 'high', reasons: ['nothing answers any more'] };
  if (after < before) return { level: 'medium', reasons: [`${before - after} of ${before} pods end`] };
  if (after > 4 * Math.max(before, 1)) return { level: 'medium', reasons: ['more than four times the pods: they need room, and what they call gets more load'] };
  return { level: 'low', reasons: [`${after - before} more pods, none ends`] };
}

function ofPatch(resource: Extract<ClusterAction, { kind: 'kubectl.patch' }>['resource'], pods: number): Assessment {
  if (resource === 'networkpolicy' || resource === 'ingress') return { level: 'high', reasons: ['it decides which connections are let through'] };
  if (resource === 'persistentvolumeclaim') return { level: 'high', reasons: ['a volume that grew does not shrink again'] };
  return { level: 'medium', reasons: [resource === 'service' ? 'every request to the service follows it' : pods > 0 ? `${pods} pods replaced by ones that are set up differently` : 'a patch can change more than one field'] };
}

function worse(one: Assessment, other: Assessment | undefined): Assessment {
  return other === undefined ? one : { level: atLeast(one.level, other.level), reasons: [...one.reasons, ...other.reasons] };
}

function endsPods(action: ClusterAction, facts: Facts): boolean {
  if (action.kind === 'kubectl.scale' || (facts.replicas !== undefined && (facts.pods ?? 0) === 0)) return (facts.replicas?.after ?? 0) < (facts.replicas?.before ?? 0);
  return (facts.pods ?? 0) > 0;
}
