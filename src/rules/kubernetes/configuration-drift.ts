/** Objects that somebody changed after they were last applied. A remark by itself: it becomes a cause where something fails that depends on it. */
import type { FindingBody } from '../../incident/types.ts';
import type { DriftedField, ObjectDrift } from '../object-readings.ts';
import { kubernetesService } from '../resources.ts';
import { differenceOf } from './drift-back.ts';
import { writerHolds, writtenAt } from './drift-gate.ts';
import { driftQuotes, driftsOf, driftWords, restoring } from './drift.ts';
import { namespaceRule, resourceOf } from './scope.ts';
import type { Scope } from './scope.ts';
import { short } from './trouble-words.ts';

export const configurationDrift = namespaceRule('configuration-drift', (scope) => driftsOf(scope.namespace).map((drift) => ({ ...drift, fields: newestWrite(drift.fields) })).filter((drift) => !hasProvedItself(scope, drift)).map((drift) => describe(scope, drift)));

export const driftRule = 'configuration-drift';
const oneEditMilliseconds = 60_000;

const provedSeconds = 14 * 86_400;

/** What stood for weeks is not what ails today. */
function hasProvedItself({ namespace }: Scope, { fields }: ObjectDrift): boolean {
  return (Date.parse(namespace.at) - writtenAt(fields)) / 1000 > provedSeconds;
}

function describe(scope: Scope, drift: ObjectDrift): FindingBody {
  const remedy = restoring(scope, drift);
  return {
    severity: 'info',
    resource: resourceOf(scope, resourceKind(drift.kind), drift.name),
    mechanism: mechanismOf(drift),
    title: `${words[drift.kind] ?? drift.kind} ${drift.name} is not as it was last applied: ${short(driftWords({ fields: drift.fields.slice(0, 1) }), 200)}`,
    explanation: `${short(driftWords(drift), 600)}. ${remedy === undefined ? (writerHolds(drift) ? 'A program wrote it and would write it again: what that reads is to be changed, not this.' : 'No change from here may put that back.') : 'What it was is noted on the object itself.'}`,
    confidence: 0.75,
    quotes: driftQuotes(scope, drift),
    ...(remedy === undefined ? {} : { remedy }),
  };
}

/** What one edit changed; older edits stand and proved themselves. */
export function newestWrite(fields: readonly DriftedField[]): DriftedField[] {
  const newest = writtenAt(fields.filter((one) => one.at !== undefined));
  return fields.filter((one) => !Number.isFinite(newest) || newest - Date.parse(one.at ?? '') < oneEditMilliseconds);
}

export function resourceKind(kind: string): string {
  return kind === 'service' ? kubernetesService : kind.replace(/[^a-z]/g, '');
}

const words: Record<string, string> = {
  configmap: 'ConfigMap', service: 'Service', networkpolicy: 'NetworkPolicy', ingress: 'Ingress', resourcequota: 'Quota', limitrange: 'LimitRange', poddisruptionbudget: 'Disruption budget', horizontalpodautoscaler: 'Autoscaler',
  cronjob: 'CronJob', role: 'Role', rolebinding: 'RoleBinding', serviceaccount: 'Service account', deployment: 'Deployment', statefulset: 'StatefulSet', daemonset: 'DaemonSet', persistentvolumeclaim: 'Claim',
};

const mechanisms: Record<string, string> = {
  configmap: 'configmap-value-changed', networkpolicy: 'network-policy-changed', ingress: 'ingress-route-changed', resourcequota: 'quota-changed', limitrange: 'limit-range-changed', poddisruptionbudget: 'disruption-budget-changed',
  horizontalpodautoscaler: 'autoscaler-changed', cronjob: 'job-schedule-changed', role: 'permission-changed', rolebinding: 'permission-changed',
};

const workloadMechanisms: Partial<Record<ReturnType<typeof differenceOf>['field'], string>> = {
  probe: 'probe-changed', image: 'image-changed-since-rollout', variable: 'environment-variable-changed', source: 'environment-variable-changed', 'memory-limit': 'memory-limit-changed', 'cpu-limit': 'cpu-limit-changed', command: 'command-changed', volume: 'volume-changed',
  'node-selector': 'node-selector-changed', 'service-account': 'service-account-changed', port: 'container-port-changed', container: 'container-changed', requests: 'requests-changed', label: 'label-changed',
};

function mechanismOf({ kind, fields }: ObjectDrift): string {
  const [first] = fields;
  const path = first?.path ?? '';
  if (kind === 'service') return path.startsWith('spec.selector') ? 'selector-changed' : path.startsWith('spec.externalName') ? 'external-name-changed' : 'target-port-changed';
  if (kind === 'ingress' && path.startsWith('spec.ingressClassName')) return 'ingress-class-changed';
  if (kind === 'deployment' || kind === 'statefulset' || kind === 'daemonset') {
    if (/hostAliases/.test(path)) return 'host-aliases-changed';
    if (/dns(?:Policy|Config)/.test(path)) return 'dns-config-changed';
    if (/initContainers/.test(path)) return 'init-container-changed';
    if (/affinity|tolerations|topologySpread|nodeName/.test(path)) return 'scheduling-changed';
    if (/hostPort/.test(path)) return 'host-port-changed';
    if (/^spec\.(?:strategy|updateStrategy)/.test(path)) return 'rollout-strategy-changed';
    return (first === undefined ? undefined : workloadMechanisms[differenceOf(first).field]) ?? 'workload-changed';
  }
  return (Object.hasOwn(mechanisms, kind) ? mechanisms[kind] : undefined) ?? 'custom-resource-changed';
}
