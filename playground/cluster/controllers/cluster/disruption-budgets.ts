/** How many pods of a disruption budget may be evicted now. */
import type { ClusterClient } from '../../client.ts';
import type { ObjectOf } from '../../objects/object.ts';
import { matchesSelector } from '../../objects/selectors.ts';
import type { Condition, PodDisruptionBudgetStatus } from '../../objects/types.ts';
import { createController, keyOfObject, splitKey } from '../controller.ts';
import { isReady, type Pod } from './service-pods.ts';
import { failureLog, managed, stopAll, timestamp, type ClusterControllerSettings, type Running } from './settings.ts';

type Budget = ObjectOf<'poddisruptionbudgets.policy'>;

/** An eviction that was granted counts as a disruption for so long, unless its pod went before. */
const grantedMilliseconds = 120_000;

export function startDisruptionBudgets(asAdmin: ClusterClient, settings: ClusterControllerSettings): Running {
  const client = asAdmin.as(managed('controllermanager'));
  const reconcile = (key: string): void => {
    const { namespace, name } = splitKey(key);
    const budget = client.get('poddisruptionbudgets.policy', namespace, name);
    if (budget === undefined || budget.metadata.deletionTimestamp !== undefined) return;
    const next = statusOf(client, budget);
    if (next.expectedPods === 0) client.event(budget, { type: 'Normal', reason: 'NoPods', message: 'No matching pods found' });
    client.modify('poddisruptionbudgets.policy', namespace, name, (copy) => {
      const before = copy.status?.conditions?.find(({ type }) => type === 'DisruptionAllowed');
      const [condition] = next.conditions ?? [];
      const conditions = condition === undefined ? [] : [before?.status === condition.status && before.reason === condition.reason ? { ...condition, lastTransitionTime: before.lastTransitionTime } : condition];
      copy.status = { ...next, conditions };
    }, 'status');
    if (next.disruptedPods !== undefined) controller.enqueueAfter(key, grantedMilliseconds);
  };
  const controller = createController({ name: 'disruption-budgets', reconcile, failed: failureLog(settings, 'disruption-budgets') });
  const ofPod = (pod: Pod): void => {
    for (const budget of client.list('poddisruptionbudgets.policy', { namespace: pod.metadata.namespace ?? '' })) {
      if (matchesSelector(budget.spec?.selector, pod.metadata.labels)) controller.enqueue(keyOfObject(budget));
    }
  };
  const ofNamespace = ({ metadata }: { metadata: { namespace?: string } }): void => {
    for (const budget of client.list('poddisruptionbudgets.policy', { namespace: metadata.namespace ?? '' })) controller.enqueue(keyOfObject(budget));
  };
  const scaled = { modified: (object: Scaled, previous: Scaled): void => {
    if (object.spec?.replicas !== previous.spec?.replicas) ofNamespace(object);
  } };
  return stopAll(
    client.watch('poddisruptionbudgets.policy', {
      added: (budget) => controller.enqueue(keyOfObject(budget)),
      modified: (budget, previous) => {
        if (JSON.stringify([budget.spec, budget.status?.disruptedPods]) !== JSON.stringify([previous.spec, previous.status?.disruptedPods])) controller.enqueue(keyOfObject(budget));
      },
    }),
    client.watch('pods', { added: ofPod, modified: ofPod, deleted: ofPod }),
    client.watch('deployments.apps', scaled), client.watch('statefulsets.apps', scaled), client.watch('replicasets.apps', scaled),
    controller,
  );
}

interface Scaled { metadata: { namespace?: string }; spec?: { replicas?: number } }

function statusOf(client: ClusterClient, budget: Budget): PodDisruptionBudgetStatus {
  const { spec = {}, metadata, status } = budget;
  const pods = client.list('pods', { namespace: metadata.namespace ?? '' }).filter((pod) => matchesSelector(spec.selector, pod.metadata.labels) && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed');
  const disrupted = Object.fromEntries(Object.entries(status?.disruptedPods ?? {}).filter(([name, at]) =>
    Date.now() - Date.parse(at) < grantedMilliseconds && pods.some((pod) => pod.metadata.name === name && pod.metadata.deletionTimestamp === undefined)));
  const healthy = pods.filter((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined && disrupted[pod.metadata.name] === undefined).length;
  const counted = expectationOf(client, budget, pods);
  const common = { ...(Object.keys(disrupted).length === 0 ? {} : { disruptedPods: disrupted }), observedGeneration: metadata.generation ?? 1 };
  const condition = (holds: boolean, reason: string, message: string): Condition =>
    ({ type: 'DisruptionAllowed', status: holds ? 'True' : 'False', reason, message, lastTransitionTime: timestamp(), observedGeneration: metadata.generation ?? 1 });
  if (typeof counted === 'string') {
    return { ...common, currentHealthy: status?.currentHealthy ?? 0, desiredHealthy: status?.desiredHealthy ?? 0, expectedPods: status?.expectedPods ?? 0, disruptionsAllowed: 0, conditions: [condition(false, 'SyncFailed', counted)] };
  }
  const allowed = counted.expected <= 0 ? 0 : Math.max(0, healthy - counted.desired);
  return {
    ...common, currentHealthy: healthy, desiredHealthy: counted.desired, expectedPods: counted.expected, disruptionsAllowed: allowed,
    conditions: [condition(allowed > 0, allowed > 0 ? 'SufficientPods' : 'InsufficientPods', '')],
  };
}

/** Or why it can't be told. */
function expectationOf(client: ClusterClient, { spec = {} }: Budget, pods: readonly Pod[]): { expected: number; desired: number } | string {
  if (spec.maxUnavailable !== undefined) {
    const expected = expectedScale(client, pods);
    return typeof expected === 'string' ? expected : { expected, desired: Math.max(0, expected - scaledValue(spec.maxUnavailable, expected)) };
  }
  if (typeof spec.minAvailable === 'string' && spec.minAvailable.endsWith('%')) {
    const expected = expectedScale(client, pods);
    return typeof expected === 'string' ? expected : { expected, desired: scaledValue(spec.minAvailable, expected) };
  }
  return { expected: pods.length, desired: Number(spec.minAvailable ?? 0) };
}

const scaledValue = (value: number | string, total: number): number =>
  (typeof value === 'string' && value.endsWith('%') ? Math.ceil((Number(value.slice(0, -1)) * total) / 100) : Number(value));

/** The sum of what the pods' controllers ask for. */
function expectedScale(client: ClusterClient, pods: readonly Pod[]): number | string {
  const scales = new Map<string, number>();
  for (const { metadata } of pods) {
    const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
    if (owner === undefined) return `found no controllers for pod "${metadata.name}"`;
    const scale = scaleOf(client, metadata.namespace ?? '', owner);
    if (scale === undefined) return `${owner.kind.toLowerCase()}s.${owner.apiVersion.split('/')[0] ?? ''} does not implement the scale subresource`;
    scales.set(scale.uid, scale.replicas);
  }
  return [...scales.values()].reduce((sum, replicas) => sum + replicas, 0);
}

function scaleOf(client: ClusterClient, namespace: string, owner: { kind: string; name: string; uid: string }): { uid: string; replicas: number } | undefined {
  if (owner.kind === 'StatefulSet') return { uid: owner.uid, replicas: client.get('statefulsets.apps', namespace, owner.name)?.spec?.replicas ?? 1 };
  if (owner.kind !== 'ReplicaSet') return undefined;
  const set = client.get('replicasets.apps', namespace, owner.name);
  const above = set?.metadata.ownerReferences?.find(({ controller, kind }) => controller === true && kind === 'Deployment');
  if (above === undefined) return { uid: owner.uid, replicas: set?.spec?.replicas ?? 1 };
  return { uid: above.uid, replicas: client.get('deployments.apps', namespace, above.name)?.spec?.replicas ?? 1 };
}
