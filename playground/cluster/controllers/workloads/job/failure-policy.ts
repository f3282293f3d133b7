/** What a job's pod failure policy says to one failed pod. */
import type { PodFailurePolicyRule } from '../../../objects/types.ts';
import type { Job, Pod } from '../shared/kinds.ts';

export interface Verdict {
  action: string;
  /** For the condition of a job that fails by it. */
  message: string;
}

/** By the first rule that matches; undefined without one: it counts as ever. */
export function verdictOn(job: Job, pod: Pod): Verdict | undefined {
  for (const [index, rule] of (job.spec?.podFailurePolicy?.rules ?? []).entries()) {
    const why = match(rule, pod);
    if (why !== undefined) return { action: rule.action, message: `${why} matching ${rule.action} rule at index ${index}` };
  }
  return undefined;
}

function match(rule: PodFailurePolicyRule, pod: Pod): string | undefined {
  const name = `${pod.metadata.namespace ?? ''}/${pod.metadata.name}`;
  const { onExitCodes, onPodConditions } = rule;
  if (onExitCodes !== undefined) {
    const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
    for (const { name: container, state } of statuses) {
      const code = state?.terminated?.exitCode;
      if (code === undefined || code === 0 || (onExitCodes.containerName !== undefined && onExitCodes.containerName !== container)) continue;
      if (onExitCodes.values.includes(code) === (onExitCodes.operator === 'In')) return `Container ${container} for pod ${name} failed with exit code ${code}`;
    }
    return undefined;
  }
  const found = onPodConditions?.find(({ type, status = 'True' }) => pod.status?.conditions?.some((condition) => condition.type === type && condition.status === status));
  return found === undefined ? undefined : `Pod ${name} has condition ${found.type}`;
}
