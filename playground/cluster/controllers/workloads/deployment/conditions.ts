/** Deployment conditions: reasons, and when their times move. */
import type { DeploymentCondition } from '../../../objects/types.ts';
import type { Deployment } from '../shared/kinds.ts';
import { timestamp } from '../shared/time.ts';

export const deadlineExceeded = 'ProgressDeadlineExceeded';
export const newSetAvailable = 'NewReplicaSetAvailable';

type Conditions = readonly DeploymentCondition[];

export const find = (conditions: Conditions | undefined, type: string): DeploymentCondition | undefined =>
  conditions?.find((condition) => condition.type === type);

export const without = (conditions: Conditions, type: string): DeploymentCondition[] => conditions.filter((condition) => condition.type !== type);

/** Same status and reason: as it was. Same status: the transition time stays. */
export function withCondition(conditions: Conditions, { type, status, reason, message }: Pick<DeploymentCondition, 'type' | 'status' | 'reason' | 'message'>): DeploymentCondition[] {
  const current = find(conditions, type);
  if (current?.status === status && current.reason === reason) return [...conditions];
  const now = timestamp();
  const lastTransitionTime = current?.status === status ? current.lastTransitionTime : now;
  return [...without(conditions, type), { type, status, lastUpdateTime: now, lastTransitionTime, reason, message }];
}

const forever = 2_147_483_647;

export const hasProgressDeadline = (deployment: Deployment): boolean =>
  deployment.spec?.progressDeadlineSeconds !== undefined && deployment.spec.progressDeadlineSeconds !== forever;
