/** pods/eviction: a deletion that asks the disruption budgets first. */
import { matchesSelector } from '../../objects/selectors.ts';
import type { ObjectOf, StoredObject } from '../../objects/object.ts';
import type { Machinery } from '../machinery.ts';
import { StatusError } from '../status.ts';
import type { Caller, DeleteRequest, Place, Verbs } from '../verbs.ts';
import { timestamp } from '../writes/common.ts';

type Budget = ObjectOf<'poddisruptionbudgets.policy'>;

const budgets = 'poddisruptionbudgets.policy';

export function evictPod({ machinery, verbs }: { machinery: Machinery; verbs: Verbs }, place: Place, request: DeleteRequest, caller: Caller): void {
  const pod = verbs.get(place) as ObjectOf<'pods'>;
  const phase = pod.status?.phase;
  const counts = phase !== 'Succeeded' && phase !== 'Failed' && phase !== 'Pending' && pod.metadata.deletionTimestamp === undefined;
  if (counts) askBudgets(machinery, pod, request.dryRun === true);
  if (request.dryRun !== true && pod.metadata.deletionTimestamp === undefined) markDisrupted(machinery, pod);
  verbs.delete(place, request, caller);
}

function askBudgets({ store, now }: Machinery, pod: ObjectOf<'pods'>, dryRun: boolean): void {
  const matching = (store.list(budgets, pod.metadata.namespace) as unknown as Budget[]).filter(({ spec }) => matchesSelector(spec?.selector, pod.metadata.labels));
  const [budget, ...more] = matching;
  if (budget === undefined) return;
  if (more.length > 0) {
    throw new StatusError({ code: 500, reason: 'InternalError', message: 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.' });
  }
  const { spec, status, metadata } = budget;
  const ready = (pod.status?.conditions ?? []).some(({ type, status: value }) => type === 'Ready' && value === 'True');
  if (!ready && (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow' || (status?.currentHealthy ?? 0) >= (status?.desiredHealthy ?? 0) && (status?.desiredHealthy ?? 0) > 0)) return;
  if (status === undefined || (status.observedGeneration ?? 0) < (metadata.generation ?? 0)) {
    throw refused(`The disruption budget ${metadata.name} is still being processed by the server.`, 10);
  }
  const allowed = status.disruptionsAllowed ?? 0;
  if (allowed <= 0) {
    throw refused(`The disruption budget ${metadata.name} needs ${status.desiredHealthy ?? 0} healthy pods and has ${status.currentHealthy ?? 0} currently`);
  }
  if (dryRun) return;
  const next = { ...status, disruptionsAllowed: allowed - 1, disruptedPods: { ...status.disruptedPods, [pod.metadata.name]: timestamp(now()) } };
  store.put(budgets, { ...(budget as unknown as StoredObject), status: next });
}

function refused(message: string, retryAfterSeconds?: number): StatusError {
  return new StatusError({
    code: 429, reason: 'TooManyRequests', message: "Cannot evict pod as it would violate the pod's disruption budget.",
    details: { causes: [{ reason: 'DisruptionBudget', message }], ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) },
  });
}

function markDisrupted({ store, now }: Machinery, pod: ObjectOf<'pods'>): void {
  const conditions = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'DisruptionTarget');
  const disrupted = { type: 'DisruptionTarget', status: 'True', lastProbeTime: null, lastTransitionTime: timestamp(now()), reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting' };
  store.put('pods', { ...(pod as unknown as StoredObject), status: { ...pod.status, conditions: [...conditions, disrupted] } });
}
