/** Endpoints: the older form of what is behind a service. */
import type { ClusterClient } from '../../client.ts';
import type { EndpointAddress, EndpointPort, EndpointSubset } from '../../objects/types.ts';
import { splitKey } from '../controller.ts';
import { hasSelector, hostnameFor, isHeadless, isReady, podsBehind, portOf, referenceTo, triggerTime, watchServices, type Pod, type Service } from './service-pods.ts';
import { managed, stopAll, type ClusterControllerSettings, type Running } from './settings.ts';

const lastChange = 'endpoints.kubernetes.io/last-change-trigger-time';
const managedBy = 'endpoints.kubernetes.io/managed-by';

export function startEndpoints(asAdmin: ClusterClient, settings: ClusterControllerSettings): Running {
  const client = asAdmin.as(managed('endpoint-controller'));
  const reconcile = (key: string): void => {
    const { namespace, name } = splitKey(key);
    const service = client.get('services', namespace, name);
    const existing = client.get('endpoints', namespace, name);
    if (service === undefined) {
      if (existing !== undefined && existing.metadata.labels?.[managedBy] === 'endpoint-controller') client.delete('endpoints', namespace, name, { uid: existing.metadata.uid });
      return;
    }
    if (!hasSelector(service) || service.metadata.deletionTimestamp !== undefined) return;
    const pods = podsBehind(client, service).filter(({ metadata }) => metadata.deletionTimestamp === undefined || service.spec?.publishNotReadyAddresses === true);
    const subsets = subsetsOf(service, pods);
    const labels = { ...service.metadata.labels, [managedBy]: 'endpoint-controller', ...(isHeadless(service) ? { 'service.kubernetes.io/headless': '' } : {}) };
    const trigger = triggerTime(service, pods);
    if (existing === undefined) {
      client.create('endpoints', {
        metadata: { name, namespace: namespace ?? '', labels, annotations: { [lastChange]: trigger } },
        ...(subsets.length === 0 ? {} : { subsets }),
      });
      return;
    }
    client.modify('endpoints', namespace, name, (copy) => {
      if (JSON.stringify(sorted(copy.subsets ?? [])) === JSON.stringify(sorted(subsets)) && JSON.stringify(ordered(copy.metadata.labels)) === JSON.stringify(ordered(labels))) return;
      copy.metadata.labels = labels;
      copy.metadata.annotations = { ...copy.metadata.annotations, [lastChange]: trigger };
      if (subsets.length === 0) delete copy.subsets;
      else copy.subsets = subsets;
    });
  };
  const { running, enqueue } = watchServices(client, settings, 'endpoints', reconcile);
  const again = ({ metadata }: { metadata: { namespace?: string; name: string } }): void => enqueue(`${metadata.namespace ?? ''}/${metadata.name}`);
  return stopAll(client.watch('endpoints', { added: again, modified: again, deleted: again }), running);
}

/** Addresses with the same ports share a subset. */
export function subsetsOf(service: Service, pods: readonly Pod[]): EndpointSubset[] {
  const subsets = new Map<string, EndpointSubset>();
  for (const pod of pods) {
    const ports = portsOf(service, pod);
    if (ports.length === 0 && (service.spec?.ports ?? []).length > 0) continue;
    const key = JSON.stringify(ports);
    const subset: EndpointSubset = subsets.get(key) ?? {};
    subsets.set(key, subset);
    const address: EndpointAddress = { ip: pod.status?.podIP ?? '', ...hostnameFor(pod, service), ...(pod.spec?.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }), targetRef: referenceTo(pod) };
    if (isReady(pod) || service.spec?.publishNotReadyAddresses === true) (subset.addresses ??= []).push(address);
    else (subset.notReadyAddresses ??= []).push(address);
    if (ports.length > 0) subset.ports = ports;
  }
  return [...subsets.values()];
}

function portsOf(service: Service, pod: Pod): EndpointPort[] {
  return (service.spec?.ports ?? []).flatMap((servicePort) => {
    const port = portOf(pod, servicePort);
    if (port === undefined) return [];
    return [{
      ...(servicePort.name === undefined || servicePort.name === '' ? {} : { name: servicePort.name }), port, protocol: servicePort.protocol ?? 'TCP',
      ...(servicePort.appProtocol === undefined ? {} : { appProtocol: servicePort.appProtocol }),
    }];
  });
}

/** Objects with their fields in one order, for comparing. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  return typeof value === 'object' && value !== null ? Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)).map(([name, inner]) => [name, sorted(inner)]) : value;
}

const ordered = (labels: Record<string, string> | undefined): unknown => sorted(labels ?? {});
