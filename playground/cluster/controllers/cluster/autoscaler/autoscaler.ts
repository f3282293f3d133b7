/** Horizontal pod autoscalers: every so often as many replicas as the load asks for. */
import type { ClusterClient } from '../../../client.ts';
import type { ObjectOf } from '../../../objects/object.ts';
import type { HorizontalPodAutoscalerCondition, HorizontalPodAutoscalerStatus } from '../../../objects/types.ts';
import { sped } from '../../../options.ts';
import { createController, keyOfObject, splitKey } from '../../controller.ts';
import { failureLog, managed, stopAll, timestamp, type ClusterControllerSettings, type Running } from '../settings.ts';
import { limitReplicas, type History } from './limits.ts';
import { propose, type Proposal } from './proposal.ts';
import { findTarget, type Target } from './target.ts';

type Autoscaler = ObjectOf<'horizontalpodautoscalers.autoscaling'>;

const periodMilliseconds = 15_000;

export function startAutoscaler(asAdmin: ClusterClient, settings: ClusterControllerSettings): Running {
  const client = asAdmin.as(managed('horizontal-pod-autoscaler'));
  const histories = new Map<string, History>();
  const controller = createController({
    name: 'autoscaler',
    reconcile: (key) => {
      const { namespace, name } = splitKey(key);
      const autoscaler = client.get('horizontalpodautoscalers.autoscaling', namespace, name);
      if (autoscaler === undefined || autoscaler.metadata.deletionTimestamp !== undefined) return;
      const history = histories.get(autoscaler.metadata.uid) ?? { recommendations: [], changes: [] };
      histories.set(autoscaler.metadata.uid, history);
      controller.enqueueAfter(key, sped(settings.timing, periodMilliseconds));
      reconcileAutoscaler(client, autoscaler, history, settings);
    },
    failed: failureLog(settings, 'autoscaler'),
  });
  return stopAll(
    client.watch('horizontalpodautoscalers.autoscaling', {
      added: (autoscaler) => controller.enqueue(keyOfObject(autoscaler)),
      modified: (autoscaler, previous) => {
        if (JSON.stringify(autoscaler.spec) !== JSON.stringify(previous.spec)) controller.enqueue(keyOfObject(autoscaler));
      },
      deleted: ({ metadata }) => histories.delete(metadata.uid),
    }),
    controller,
  );
}

function reconcileAutoscaler(client: ClusterClient, autoscaler: Autoscaler, history: History, settings: ClusterControllerSettings): void {
  const conditions = createConditions(autoscaler.status?.conditions ?? []);
  const write = (status: Partial<HorizontalPodAutoscalerStatus>): void => void client.modify('horizontalpodautoscalers.autoscaling', autoscaler.metadata.namespace, autoscaler.metadata.name, (copy) => {
    copy.status = { ...copy.status, desiredReplicas: copy.status?.desiredReplicas ?? 0, ...status, conditions: conditions.all() };
    if (copy.metadata.generation !== undefined) copy.status.observedGeneration = copy.metadata.generation;
  }, 'status');
  const { spec } = autoscaler;
  if (spec === undefined) return;
  let target: Target;
  try {
    target = findTarget(client, autoscaler.metadata.namespace ?? '', spec.scaleTargetRef);
  } catch (error) {
    const why = (error as Error).message;
    client.event(autoscaler, { type: 'Warning', reason: 'FailedGetScale', message: why });
    conditions.set('AbleToScale', 'False', 'FailedGetScale', `the HPA controller was unable to get the target's current scale: ${why}`);
    return write({});
  }
  conditions.set('AbleToScale', 'True', 'SucceededGetScale', "the HPA controller was able to get the target's current scale");
  const current = target.replicas;
  const minimum = spec.minReplicas ?? 1;
  if (current === 0 && minimum !== 0) {
    conditions.set('ScalingActive', 'False', 'ScalingDisabled', 'scaling is disabled since the replica count of the target is zero');
    return write({ currentReplicas: 0, desiredReplicas: 0 });
  }
  const decision = decide(client, autoscaler, target, history, settings, conditions);
  if (decision === undefined) return write({ currentReplicas: current });
  const { desired, reason, proposal } = decision;
  if (desired !== current) {
    target.scale(desired);
    conditions.set('AbleToScale', 'True', 'SucceededRescale', `the HPA controller was able to update the target scale to ${desired}`);
    client.event(autoscaler, { type: 'Normal', reason: 'SuccessfulRescale', message: `New size: ${desired}; reason: ${reason}` });
    history.changes.push({ at: Date.now(), by: desired - current });
  }
  write({
    currentReplicas: current, desiredReplicas: desired, ...(proposal === undefined ? {} : { currentMetrics: proposal.statuses }),
    ...(desired === current ? {} : { lastScaleTime: timestamp() }),
  });
}

interface Decision { desired: number; reason: string; proposal?: Proposal }

function decide(client: ClusterClient, autoscaler: Autoscaler, target: Target, history: History, settings: ClusterControllerSettings, conditions: Conditions): Decision | undefined {
  const { spec } = autoscaler;
  if (spec === undefined) return undefined;
  const current = target.replicas;
  if (current > spec.maxReplicas) return { desired: spec.maxReplicas, reason: 'Current number of replicas above Spec.MaxReplicas' };
  if (current < (spec.minReplicas ?? 1)) return { desired: spec.minReplicas ?? 1, reason: 'Current number of replicas below Spec.MinReplicas' };
  const proposal = propose(autoscaler, target, settings.usage);
  const [failure] = proposal.failures;
  for (const { reason, message } of proposal.failures) client.event(autoscaler, { type: 'Warning', reason, message });
  if (failure !== undefined) conditions.set('ScalingActive', 'False', failure.reason, `the HPA was unable to compute the replica count: ${failure.message}`);
  if (proposal.replicas === undefined || (failure !== undefined && proposal.replicas < current)) {
    if (failure !== undefined) {
      const total = spec.metrics?.length ?? 0;
      client.event(autoscaler, { type: 'Warning', reason: 'FailedComputeMetricsReplicas', message: `invalid metrics (${proposal.failures.length} invalid out of ${total}), first error is: ${failure.wrapped}` });
    }
    return undefined;
  }
  if (failure === undefined) conditions.set('ScalingActive', 'True', 'ValidMetricFound', `the HPA was able to successfully calculate a replica count from ${proposal.metric}`);
  const { replicas, able, limited } = limitReplicas(spec, history, current, proposal.replicas, settings.timing, Date.now());
  conditions.set('AbleToScale', 'True', able.reason, able.message);
  conditions.set('ScalingLimited', limited.status, limited.reason, limited.message);
  return { desired: replicas, reason: replicas > current ? `${proposal.metric} above target` : 'All metrics below target', proposal };
}

interface Conditions {
  set(type: string, status: string, reason: string, message: string): void;
  all(): HorizontalPodAutoscalerCondition[];
}

function createConditions(before: readonly HorizontalPodAutoscalerCondition[]): Conditions {
  const now = new Map(before.map((condition) => [condition.type, condition]));
  return {
    set: (type, status, reason, message) => {
      const previous = before.find((condition) => condition.type === type);
      now.set(type, { type, status, lastTransitionTime: previous?.status === status ? previous.lastTransitionTime ?? timestamp() : timestamp(), reason, message });
    },
    all: () => [...now.values()],
  };
}
