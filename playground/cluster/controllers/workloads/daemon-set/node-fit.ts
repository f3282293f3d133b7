/** Which nodes a daemon set's pod belongs on, and what the pod must say to get there. */
import { matchesPodsNodeAffinity } from '../../../scheduler/node-affinity.ts';
import { untolerated } from '../../../scheduler/taints.ts';
import type { PodSpec, Toleration } from '../../../objects/types.ts';
import type { DaemonSet, Node, Pod } from '../shared/kinds.ts';
import { podFrom, type NewPod } from '../shared/pod-control.ts';

export interface Fit {
  shouldRun: boolean;
  /** What runs there already may stay. */
  mayContinue: boolean;
}

export function fitOf(set: DaemonSet, node: Node): Fit {
  const template = set.spec?.template.spec;
  const { name } = node.metadata;
  const labels = node.metadata.labels ?? {};
  const named = (template?.nodeName ?? '') === '' || template?.nodeName === name;
  if (!named || !matchesPodsNodeAffinity({ spec: template } as Pod, { name, labels })) return { shouldRun: false, mayContinue: false };
  const tolerations = withDaemonTolerations(template);
  const refused = (effects: string[]): boolean => untolerated(node.spec?.taints, tolerations, effects).length > 0;
  return { shouldRun: !refused(['NoSchedule', 'NoExecute']), mayContinue: !refused(['NoExecute']) };
}

export function newDaemonPod(set: DaemonSet, node: string, hash: string): NewPod {
  const pod = podFrom(set.spec?.template ?? {}, set);
  const generation = set.metadata.annotations?.['deprecated.daemonset.template.generation'];
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      labels: { ...pod.metadata.labels, 'controller-revision-hash': hash, ...(generation === undefined ? {} : { 'pod-template-generation': generation }) },
    },
    spec: { containers: [], ...pod.spec, affinity: pinnedTo(node, pod.spec), tolerations: withDaemonTolerations(pod.spec) },
  };
}

/** Where it runs, or where it asks to run; undefined for one that names no node. */
export function targetNode({ spec }: Pod): string | undefined {
  if (spec?.nodeName !== undefined && spec.nodeName !== '') return spec.nodeName;
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  return terms.flatMap(({ matchFields = [] }) => matchFields).find(({ key, operator }) => key === 'metadata.name' && operator === 'In')?.values?.[0];
}

function pinnedTo(node: string, spec: PodSpec | undefined): NonNullable<PodSpec['affinity']> {
  const requiredDuringSchedulingIgnoredDuringExecution = { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }] };
  return { ...spec?.affinity, nodeAffinity: { ...spec?.affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution } };
}

function withDaemonTolerations(spec: PodSpec | undefined): Toleration[] {
  const exists = (key: string, effect: string): Toleration => ({ effect, key: `node.kubernetes.io/${key}`, operator: 'Exists' });
  const added = [
    exists('not-ready', 'NoExecute'), exists('unreachable', 'NoExecute'), exists('disk-pressure', 'NoSchedule'), exists('memory-pressure', 'NoSchedule'),
    exists('pid-pressure', 'NoSchedule'), exists('unschedulable', 'NoSchedule'),
    ...(spec?.hostNetwork === true ? [exists('network-unavailable', 'NoSchedule')] : []),
  ];
  const own = (spec?.tolerations ?? []).filter((toleration) => !added.some(({ key, effect }) => toleration.key === key && toleration.effect === effect));
  return [...own, ...added];
}
