/** The downward API: fields of the pod and resources of its containers as text. */
import type { ObjectOf } from '../objects/object.ts';
import type { Container, ResourceFieldSelector } from '../objects/types.ts';
import { quantityValue } from '../objects/quantity.ts';

export function fieldValue(pod: ObjectOf<'pods'>, path: string): string {
  const { metadata, spec, status } = pod;
  const single = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (single !== null) return metadata[single[1] as 'labels' | 'annotations']?.[single[2] ?? ''] ?? '';
  const fields: Record<string, string | undefined> = {
    'metadata.name': metadata.name,
    'metadata.namespace': metadata.namespace,
    'metadata.uid': metadata.uid,
    'metadata.labels': lines(metadata.labels),
    'metadata.annotations': lines(metadata.annotations),
    'spec.nodeName': spec?.nodeName,
    'spec.serviceAccountName': spec?.serviceAccountName,
    'status.hostIP': status?.hostIP,
    'status.hostIPs': status?.hostIPs?.map(({ ip }) => ip).join(','),
    'status.podIP': status?.podIP,
    'status.podIPs': status?.podIPs?.map(({ ip }) => ip).join(','),
  };
  return fields[path] ?? '';
}

/** In units of the divisor, rounded up. Limits that are missing are what the node has. */
export function resourceValue(pod: ObjectOf<'pods'>, container: Container, { containerName, resource, divisor }: ResourceFieldSelector, allocatable: Record<string, string>): string {
  const of = containerName === undefined || containerName === '' ? container : pod.spec?.containers.find(({ name }) => name === containerName) ?? container;
  const [kind = 'limits', name = 'cpu'] = resource.split(/\.(.*)/s);
  const set = kind === 'requests' ? of.resources?.requests?.[name] : of.resources?.limits?.[name] ?? allocatable[name];
  const unit = quantityValue(divisor ?? '1');
  return String(Math.ceil(quantityValue(set) / (unit === 0 ? 1 : unit)));
}

const lines = (values: Record<string, string> | undefined): string =>
  Object.entries(values ?? {}).sort(([left], [right]) => (left < right ? -1 : 1)).map(([key, value]) => `${key}=${JSON.stringify(value)}`).join('\n');
