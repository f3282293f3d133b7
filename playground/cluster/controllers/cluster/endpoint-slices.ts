/** EndpointSlices of services with a selector. */
import { isDeepStrictEqual } from 'node:util';
import type { ClusterClient } from '../../client.ts';
import type { ObjectOf } from '../../objects/object.ts';
import type { Endpoint, SliceEndpointPort } from '../../objects/types.ts';
import { splitKey } from '../controller.ts';
import { hasSelector, hostnameFor, isHeadless, isReady, podsBehind, portOf, referenceTo, triggerTime, watchServices, type Pod, type Service } from './service-pods.ts';
import { managed, stopAll, type ClusterControllerSettings, type Running } from './settings.ts';

export type Slice = ObjectOf<'endpointslices.discovery.k8s.io'>;

export const serviceName = 'kubernetes.io/service-name';
export const sliceManagedBy = 'endpointslice.kubernetes.io/managed-by';
const ours = 'endpointslice-controller.k8s.io';
const lastChange = 'endpoints.kubernetes.io/last-change-trigger-time';
const mostEndpoints = 100;

export interface SliceContent {
  ports: SliceEndpointPort[];
  endpoints: Endpoint[];
}

export function startEndpointSlices(asAdmin: ClusterClient, settings: ClusterControllerSettings): Running {
  const client = asAdmin.as(managed('endpointslice-controller'));
  const reconcile = (key: string): void => {
    const { namespace, name } = splitKey(key);
    const service = client.get('services', namespace, name);
    const slices = slicesOf(client, namespace ?? '', name, ours);
    if (service === undefined || service.metadata.deletionTimestamp !== undefined || !hasSelector(service)) {
      if (service === undefined) for (const slice of slices) client.delete('endpointslices.discovery.k8s.io', namespace, slice.metadata.name, { uid: slice.metadata.uid });
      return;
    }
    const pods = podsBehind(client, service);
    const metadata = {
      labels: { ...service.metadata.labels, [sliceManagedBy]: ours, [serviceName]: name, ...(isHeadless(service) ? { 'service.kubernetes.io/headless': '' } : {}) },
      annotations: { [lastChange]: triggerTime(service, pods) },
      ownerReferences: [{ apiVersion: 'v1', blockOwnerDeletion: true, controller: true, kind: 'Service', name, uid: service.metadata.uid }],
    };
    applySlices(client, namespace ?? '', `${name}-`, slices, contentsOf(service, pods), metadata);
  };
  const { running, enqueue } = watchServices(client, settings, 'endpointslices', reconcile);
  const again = ({ metadata }: Slice): void => {
    if (metadata.labels?.[sliceManagedBy] === ours) enqueue(`${metadata.namespace ?? ''}/${metadata.labels[serviceName] ?? ''}`);
  };
  return stopAll(client.watch('endpointslices.discovery.k8s.io', { modified: again, deleted: again }), running);
}

export const slicesOf = (client: ClusterClient, namespace: string, service: string, manager: string): Slice[] =>
  client.list('endpointslices.discovery.k8s.io', { namespace, labels: { [serviceName]: service, [sliceManagedBy]: manager } }).filter(({ metadata }) => metadata.deletionTimestamp === undefined);

/** Keeps slices that have the right ports, changes what differs, removes what is too many. */
export function applySlices(client: ClusterClient, namespace: string, generateName: string, existing: readonly Slice[], contents: readonly SliceContent[], metadata: Pick<Slice['metadata'], 'labels' | 'annotations' | 'ownerReferences'>): void {
  const free = [...existing];
  const missing: SliceContent[] = [];
  for (const content of contents) {
    const at = free.findIndex(({ ports }) => isDeepStrictEqual(ports ?? [], content.ports));
    const [slice] = at < 0 ? [] : free.splice(at, 1);
    if (slice === undefined) missing.push(content);
    else change(client, slice, content, metadata);
  }
  for (const content of missing) {
    const spare = free.shift();
    if (spare !== undefined) change(client, spare, content, metadata);
    else client.create('endpointslices.discovery.k8s.io', { metadata: { generateName, namespace, ...metadata }, addressType: 'IPv4', ...content });
  }
  for (const slice of free) client.delete('endpointslices.discovery.k8s.io', namespace, slice.metadata.name, { uid: slice.metadata.uid });
}

function change(client: ClusterClient, slice: Slice, content: SliceContent, { labels = {}, annotations = {}, ownerReferences = [] }: Pick<Slice['metadata'], 'labels' | 'annotations' | 'ownerReferences'>): void {
  if (isDeepStrictEqual(slice.ports ?? [], content.ports) && isDeepStrictEqual(slice.endpoints ?? [], content.endpoints) && isDeepStrictEqual(slice.metadata.labels, labels)) return;
  client.modify('endpointslices.discovery.k8s.io', slice.metadata.namespace, slice.metadata.name, (copy) => {
    Object.assign(copy, content);
    Object.assign(copy.metadata, { labels, annotations: { ...copy.metadata.annotations, ...annotations }, ownerReferences });
  });
}

/** One slice at least, however empty; endpoints with other ports are in another one. */
export function contentsOf(service: Service, pods: readonly Pod[]): SliceContent[] {
  const byPorts = new Map<string, SliceContent>();
  for (const pod of pods) {
    const ports = portsOf(service, pod);
    const key = JSON.stringify(ports);
    const content = byPorts.get(key) ?? { ports, endpoints: [] };
    byPorts.set(key, content);
    content.endpoints.push(endpointOf(service, pod));
  }
  const contents = [...byPorts.values()].flatMap(({ ports, endpoints }) => inChunks(endpoints).map((chunk) => ({ ports, endpoints: chunk })));
  return contents.length === 0 ? [{ ports: [], endpoints: [] }] : contents;
}

export function inChunks<Item>(items: readonly Item[]): Item[][] {
  const chunks: Item[][] = [];
  for (let from = 0; from < items.length; from += mostEndpoints) chunks.push(items.slice(from, from + mostEndpoints));
  return chunks;
}

function endpointOf(service: Service, pod: Pod): Endpoint {
  const serving = isReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  return {
    addresses: [pod.status?.podIP ?? ''],
    conditions: { ready: service.spec?.publishNotReadyAddresses === true || (serving && !terminating), serving, terminating },
    ...hostnameFor(pod, service),
    ...(pod.spec?.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
    targetRef: referenceTo(pod),
  };
}

function portsOf(service: Service, pod: Pod): SliceEndpointPort[] {
  return (service.spec?.ports ?? []).flatMap((servicePort) => {
    const port = portOf(pod, servicePort);
    if (port === undefined) return [];
    return [{ name: servicePort.name ?? '', port, protocol: servicePort.protocol ?? 'TCP', ...(servicePort.appProtocol === undefined ? {} : { appProtocol: servicePort.appProtocol }) }];
  });
}
