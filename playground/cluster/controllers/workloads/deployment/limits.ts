/** How far a rollout may go above and below the wanted number of pods. */
import type { Deployment, ReplicaSet } from '../shared/kinds.ts';

export const wantedReplicas = (deployment: Deployment): number => deployment.spec?.replicas ?? 1;
export const sizeOf = (set: ReplicaSet): number => set.spec?.replicas ?? 1;
export const totalSize = (sets: readonly ReplicaSet[]): number => sets.reduce((total, set) => total + sizeOf(set), 0);
export const isRolling = (deployment: Deployment): boolean => (deployment.spec?.strategy?.type ?? 'RollingUpdate') === 'RollingUpdate';

/** A number, or a share of `total` that is rounded up or down: `25%`. */
export function resolveShare(value: number | string | undefined, total: number, round: 'up' | 'down'): number {
  if (value === undefined) return 0;
  if (typeof value === 'number') return value;
  const percent = /^(\d+)%$/.exec(value)?.[1];
  if (percent === undefined) return Number.isInteger(Number(value)) ? Number(value) : 0;
  const share = (Number(percent) * total) / 100;
  return round === 'up' ? Math.ceil(share) : Math.floor(share);
}

export function maxSurge(deployment: Deployment): number {
  return isRolling(deployment) ? resolveShare(deployment.spec?.strategy?.rollingUpdate?.maxSurge, wantedReplicas(deployment), 'up') : 0;
}

/** One when both limits come out as nothing: a rollout must be able to move. */
export function maxUnavailable(deployment: Deployment): number {
  const wanted = wantedReplicas(deployment);
  if (!isRolling(deployment) || wanted === 0) return 0;
  const resolved = resolveShare(deployment.spec?.strategy?.rollingUpdate?.maxUnavailable, wanted, 'down');
  return Math.min(wanted, resolved === 0 && maxSurge(deployment) === 0 ? 1 : resolved);
}

/** The size the newest set may have now, given all sets. */
export function nextSizeOfNew(deployment: Deployment, others: readonly ReplicaSet[], current: number): number {
  const wanted = wantedReplicas(deployment);
  if (!isRolling(deployment)) return wanted;
  const room = wanted + maxSurge(deployment) - totalSize(others) - current;
  return room <= 0 ? current : current + Math.min(room, wanted - current);
}
