/** Workloads scaled to zero although something counts on them. */
import type { FindingBody } from '../../incident/types.ts';
import type { Workload } from '../cluster-readings.ts';
import { quoteLine } from '../quotes.ts';
import { count, list } from '../words.ts';
import { callersOf, isUsed, servicesOfTemplate } from './dependencies.ts';
import { selects } from './labels.ts';
import { isMissedWebhook } from './webhooks.ts';
import { at, namespaceRule, workloadResourceOf } from './scope.ts';
import type { Scope } from './scope.ts';
import { isServiceUnwell } from '../service/health.ts';

export const scaledToZero = namespaceRule('scaled-to-zero', (scope) => stoppedWorkloads(scope).map((stopped) => describe(scope, stopped)));

interface Stopped {
  workload: Workload;
  expects: string[];
  /** Something that is seen to suffer. */
  missed: boolean;
}

export function stoppedWorkloads(scope: Scope): Stopped[] {
  const { namespace, readings, targets } = scope;
  return namespace.workloads.value.filter((one) => one.kind !== 'daemonset' && one.desired === 0).flatMap((workload) => {
    const services = servicesOfTemplate(workload.template, scope).filter((service) => (service.endpoints?.ready ?? 0) === 0);
    const autoscaler = namespace.autoscalers.value.find((one) => one.target.kind === workload.kind && one.target.name === workload.name && one.minimum > 0);
    const budget = namespace.budgets.value.find((one) => selects(one.selector, workload.template.labels) && Object.keys(one.selector.labels).length > 0);
    const used = services.filter((service) => isUsed(service, scope));
    const webhook = services.find((service) => isMissedWebhook(service, scope));
    const callers = [...new Set(used.flatMap((service) => callersOf(service, scope).map((one) => one.workload.name)))];
    const expects = [
      ...(callers.length === 0 ? [] : [`${list(callers.slice(0, 4))} ${callers.length === 1 ? 'calls' : 'call'} it`]),
      ...(used.some((service) => targets.services.some((one) => one.name === service.name)) ? ['it is a service that is watched'] : []),
      ...(autoscaler === undefined ? [] : [`the autoscaler ${autoscaler.name} wants at least ${autoscaler.minimum}`]),
      ...(budget === undefined ? [] : [`the disruption budget ${budget.name} protects it`]),
      ...(webhook === undefined ? [] : ['the API server asks it before it makes objects, and refuses them without it']),
    ];
    if (expects.length === 0) return [];
    const names = new Set([...callers, ...used.map((service) => service.name)]);
    return [{ workload, expects, missed: webhook !== undefined || readings.services.some((one) => names.has(one.name) && isServiceUnwell(one)) || used.some((service) => targets.services.some((one) => one.name === service.name)) }];
  });
}

function describe(scope: Scope, { workload, expects, missed }: Stopped): FindingBody {
  const former = formerCount(scope, workload);
  return {
    severity: missed ? 'critical' : 'warning',
    resource: workloadResourceOf(scope, workload),
    mechanism: 'scaled-to-zero',
    title: `${workload.name} is scaled to zero replicas, though ${list(expects)}`,
    explanation: `${workload.kind} ${workload.name} wants 0 pods, so nothing answers for it. ${former === undefined ? 'How many it had is not noted anywhere; one is the mildest start.' : `It had ${count(former.replicas, 'replica')}, ${former.source}.`}`,
    confidence: former === undefined ? 0.7 : 0.93,
    quotes: [...quoteLine(scope.namespace.workloads.evidence, `${workload.kind} ${workload.name}: 0 of 0 pods`), ...quoteLine(scope.namespace.events.evidence, 'Scaled down replica set', `${workload.kind}/${workload.name} `, ' to 0')],
    remedy: { kind: 'kubectl.scale', ...at(scope), workload: workload.kind === 'statefulset' ? 'statefulset' : 'deployment', name: workload.name, replicas: former?.replicas ?? 1 },
  };
}

function formerCount({ namespace }: Scope, workload: Workload): { replicas: number; source: string } | undefined {
  const scaled = namespace.events.value.filter((event) => event.reason === 'ScalingReplicaSet' && event.kind === 'Deployment' && event.name === workload.name);
  for (const event of scaled) {
    // Only the newest ReplicaSet's last step down is the person's; those before it belong to rollouts.
    const [, set, from] = /^Scaled down replica set (\S+) from (\d+) to 0$/.exec(event.message) ?? [];
    const replicas = Number(from);
    if (set === workload.revisions.at(-1)?.name && replicas > 0 && replicas <= 1000) return { replicas, source: 'as the event of its scaling says' };
  }
  const noted = workload.appliedReplicas;
  return noted === undefined || noted < 1 || noted > 1000 ? undefined : { replicas: noted, source: 'as it was last applied' };
}
