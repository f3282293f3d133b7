/** Names and claims of a stateful set's pods: `orders-db-0`, `data-orders-db-0`. */
import type { NewObjectOf } from '../../../objects/object.ts';
import { hasLabels } from '../../../objects/selectors.ts';
import type { PersistentVolumeClaim, PodTemplateSpec, Volume } from '../../../objects/types.ts';
import type { Pod, StatefulSet } from '../shared/kinds.ts';
import { podFrom, type NewPod } from '../shared/pod-control.ts';

export const revisionLabel = 'controller-revision-hash';
const nameLabel = 'statefulset.kubernetes.io/pod-name';
const indexLabel = 'apps.kubernetes.io/pod-index';

export const firstOrdinal = (set: StatefulSet): number => set.spec?.ordinals?.start ?? 0;
export const wantedReplicas = (set: StatefulSet): number => set.spec?.replicas ?? 1;
export const podName = (set: StatefulSet, ordinal: number): string => `${set.metadata.name}-${ordinal}`;
export const claimName = (set: StatefulSet, template: PersistentVolumeClaim, ordinal: number): string => `${template.metadata?.name ?? ''}-${set.metadata.name}-${ordinal}`;

/** Undefined for a pod whose name isn't one of the set's. */
export function ordinalOf(set: StatefulSet, { metadata }: Pod): number | undefined {
  const [, parent, ordinal] = /^(.*)-(\d+)$/.exec(metadata.name) ?? [];
  return parent === set.metadata.name && ordinal !== undefined ? Number(ordinal) : undefined;
}

export const isWanted = (set: StatefulSet, ordinal: number): boolean =>
  ordinal >= firstOrdinal(set) && ordinal < firstOrdinal(set) + wantedReplicas(set);

export const revisionOf = (pod: Pod): string => pod.metadata.labels?.[revisionLabel] ?? '';

export function newPod(set: StatefulSet, template: PodTemplateSpec, revision: string, ordinal: number): NewPod {
  const pod = podFrom(template, set);
  const name = podName(set, ordinal);
  return {
    ...pod,
    metadata: { ...pod.metadata, name, labels: { ...pod.metadata.labels, [revisionLabel]: revision, [nameLabel]: name, [indexLabel]: String(ordinal) } },
    spec: {
      containers: [], ...pod.spec,
      hostname: name,
      ...(set.spec?.serviceName === undefined ? {} : { subdomain: set.spec.serviceName }),
      ...volumes(set, ordinal, pod.spec?.volumes ?? []),
    },
  };
}

export const hasIdentity = (pod: Pod, ordinal: number): boolean => hasLabels({ [nameLabel]: pod.metadata.name, [indexLabel]: String(ordinal) }, pod.metadata.labels);

export function withIdentity(labels: Record<string, string> | undefined, name: string, ordinal: number): Record<string, string> {
  return { ...labels, [nameLabel]: name, [indexLabel]: String(ordinal) };
}

export function newClaims(set: StatefulSet, ordinal: number): (NewObjectOf<'persistentvolumeclaims'> & { metadata: { name: string } })[] {
  return (set.spec?.volumeClaimTemplates ?? []).map((template) => ({
    metadata: {
      ...(template.metadata?.annotations === undefined ? {} : { annotations: { ...template.metadata.annotations } }),
      name: claimName(set, template, ordinal),
      namespace: set.metadata.namespace,
      labels: { ...template.metadata?.labels, ...set.spec?.selector.matchLabels },
    },
    spec: structuredClone(template.spec),
  }));
}

function volumes(set: StatefulSet, ordinal: number, fromTemplate: readonly Volume[]): { volumes?: Volume[] } {
  const claims = (set.spec?.volumeClaimTemplates ?? []).map((template): Volume => ({
    name: template.metadata?.name ?? '', persistentVolumeClaim: { claimName: claimName(set, template, ordinal) },
  }));
  const names = new Set(claims.map(({ name }) => name));
  const all = [...claims, ...fromTemplate.filter(({ name }) => !names.has(name))];
  return all.length === 0 ? {} : { volumes: all };
}
