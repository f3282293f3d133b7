/** The most that any of an autoscaler's metrics asks for. */
import type { ObjectOf } from '../../../objects/object.ts';
import type { MetricSpec, MetricStatus, MetricTarget } from '../../../objects/types.ts';
import { formatQuantity, quantityValue, thousandths } from '../../../objects/quantity.ts';
import type { ClusterControllerSettings } from '../settings.ts';
import { replicasFor, type ResourceTarget } from './metrics.ts';
import type { Target } from './target.ts';

export interface Failure {
  reason: string;
  message: string;
  /** As the sum of all failures quotes it. */
  wrapped: string;
}

export interface Proposal {
  /** Undefined when no metric could be read. */
  replicas: number | undefined;
  /** Which metric asked for it: `cpu resource utilization (percentage of request)`. */
  metric: string;
  statuses: MetricStatus[];
  failures: Failure[];
}

export function propose(autoscaler: ObjectOf<'horizontalpodautoscalers.autoscaling'>, target: Target, usage: ClusterControllerSettings['usage']): Proposal {
  const proposal: Proposal = { replicas: undefined, metric: '', statuses: [], failures: [] };
  const { behavior } = autoscaler.spec ?? {};
  const tolerance = { up: toleranceOf(behavior?.scaleUp?.tolerance), down: toleranceOf(behavior?.scaleDown?.tolerance) };
  for (const metric of autoscaler.spec?.metrics ?? []) {
    const source = sourceOf(metric);
    if (source === undefined) {
      proposal.failures.push(unsupported(metric));
      continue;
    }
    const { resource, container, wanted } = source;
    const byUtilization = wanted.type === 'Utilization';
    try {
      const goal: ResourceTarget = byUtilization ? { utilization: wanted.averageUtilization ?? 80 } : { averageValue: thousandths(wanted.averageValue) };
      const answer = replicasFor({ resource, ...(container === undefined ? {} : { container }), target: goal, currentReplicas: target.replicas, pods: target.pods, tolerance }, usage, Date.now());
      const value = formatQuantity(answer.average, resource === 'memory' ? 'binary' : 'decimal');
      const current = { averageValue: value, ...(answer.utilization === undefined ? {} : { averageUtilization: answer.utilization }) };
      proposal.statuses.push(container === undefined ? { type: 'Resource', resource: { name: resource, current } } : { type: 'ContainerResource', containerResource: { name: resource, container, current } });
      if (proposal.replicas === undefined || answer.replicas > proposal.replicas) {
        proposal.replicas = answer.replicas;
        proposal.metric = `${resource} ${container === undefined ? '' : 'container '}resource${byUtilization ? ' utilization (percentage of request)' : ''}`;
      }
    } catch (error) {
      const kind = container === undefined ? 'resource' : 'container resource';
      const message = `failed to get ${resource} ${byUtilization ? 'utilization' : 'usage'}: ${(error as Error).message}`;
      proposal.failures.push({ reason: container === undefined ? 'FailedGetResourceMetric' : 'FailedGetContainerResourceMetric', message, wrapped: `failed to get ${resource} ${kind} metric value: ${message}` });
    }
  }
  return proposal;
}

const usualTolerance = 0.1;
const toleranceOf = (text: string | undefined): number => (text === undefined ? usualTolerance : quantityValue(text));

function sourceOf({ type, resource, containerResource }: MetricSpec): { resource: string; container?: string; wanted: MetricTarget } | undefined {
  if (type === 'Resource' && resource !== undefined) return { resource: resource.name, wanted: resource.target };
  return type === 'ContainerResource' && containerResource !== undefined ? { resource: containerResource.name, container: containerResource.container, wanted: containerResource.target } : undefined;
}

/** Nobody serves custom or external metrics here. */
function unsupported(metric: MetricSpec): Failure {
  const name = metric.pods?.metric.name ?? metric.object?.metric.name ?? metric.external?.metric.name ?? '';
  const [api, reason] = metric.type === 'External' ? ['external', 'FailedGetExternalMetric'] : ['custom', metric.type === 'Pods' ? 'FailedGetPodsMetric' : 'FailedGetObjectMetric'];
  const message = `unable to get metric ${name}: unable to fetch metrics from ${api} metrics API: no ${api} metrics API (${api}.metrics.k8s.io) registered`;
  return { reason, message, wrapped: `failed to get ${metric.type.toLowerCase()} metric value: ${message}` };
}
