/** The pods behind a service, and which of their ports it means. */
import type { ClusterClient } from '../../client.ts';
import type { ObjectOf } from '../../objects/object.ts';
import { hasLabels } from '../../objects/selectors.ts';
import type { ServicePort } from '../../objects/types.ts';
import { createController, keyOfObject } from '../controller.ts';
import { failureLog, stopAll, type ClusterControllerSettings, type Running } from './settings.ts';

export type Service = ObjectOf<'services'>;
export type Pod = ObjectOf<'pods'>;

export const hasSelector = ({ spec }: Service): boolean => spec?.type !== 'ExternalName' && Object.keys(spec?.selector ?? {}).length > 0;
export const isHeadless = ({ spec }: Service): boolean => spec?.clusterIP === 'None';
export const isReady = ({ status }: Pod): boolean => status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;

/** With an address and not finished, in the order of their addresses. */
export function podsBehind(client: ClusterClient, service: Service): Pod[] {
  return client.list('pods', { namespace: service.metadata.namespace ?? '' })
    .filter(({ metadata, status }) => hasLabels(service.spec?.selector, metadata.labels) && (status?.podIP ?? '') !== '' && status?.phase !== 'Succeeded' && status?.phase !== 'Failed')
    .sort((left, right) => compareAddresses(left.status?.podIP ?? '', right.status?.podIP ?? ''));
}

/** Undefined when the pod has no port of that name. */
export function portOf(pod: Pod, { targetPort, port, protocol = 'TCP' }: ServicePort): number | undefined {
  if (typeof targetPort === 'number') return targetPort === 0 ? port : targetPort;
  if (targetPort === undefined || targetPort === '') return port;
  const sidecars = (pod.spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  for (const { ports = [] } of [...(pod.spec?.containers ?? []), ...sidecars]) {
    const found = ports.find((candidate) => candidate.name === targetPort && (candidate.protocol ?? 'TCP') === protocol);
    if (found !== undefined) return found.containerPort;
  }
  return undefined;
}

export const referenceTo = ({ metadata }: Pod) => ({ kind: 'Pod', namespace: metadata.namespace ?? '', name: metadata.name, uid: metadata.uid });

/** Only for a pod that asked for a name under this service. */
export const hostnameFor = (pod: Pod, service: Service): { hostname?: string } =>
  (pod.spec?.hostname !== undefined && pod.spec.hostname !== '' && pod.spec.subdomain === service.metadata.name ? { hostname: pod.spec.hostname } : {});

/** When what the endpoints show last came about. */
export const triggerTime = (service: Service, pods: readonly Pod[]): string =>
  [service.metadata.creationTimestamp, ...pods.flatMap(({ status }) => status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? [])].sort().at(-1) ?? service.metadata.creationTimestamp;

/** Calls `reconcile` with the key of each service that changed, or whose pods did. */
export function watchServices(client: ClusterClient, settings: ClusterControllerSettings, name: string, reconcile: (key: string) => void): { running: Running; enqueue(key: string): void } {
  const controller = createController({ name, reconcile, failed: failureLog(settings, name) });
  const enqueue = (service: Service): void => controller.enqueue(keyOfObject(service));
  const podChanged = (pod: Pod): void => {
    for (const service of client.list('services', { namespace: pod.metadata.namespace ?? '' })) {
      if (hasSelector(service) && hasLabels(service.spec?.selector, pod.metadata.labels)) enqueue(service);
    }
  };
  const running = stopAll(
    client.watch('services', { added: enqueue, modified: enqueue, deleted: enqueue }),
    client.watch('pods', {
      added: podChanged,
      modified: (pod, previous) => {
        if (essence(pod) === essence(previous)) return;
        podChanged(pod);
        if (JSON.stringify(pod.metadata.labels) !== JSON.stringify(previous.metadata.labels)) podChanged(previous);
      },
      deleted: podChanged,
    }),
    controller,
  );
  return { running, enqueue: (key) => controller.enqueue(key) };
}

const essence = (pod: Pod): string =>
  JSON.stringify([pod.metadata.labels, pod.metadata.deletionTimestamp !== undefined, pod.status?.podIP, pod.status?.phase, isReady(pod), pod.spec?.nodeName, pod.spec?.hostname, pod.spec?.subdomain]);

function compareAddresses(left: string, right: string): number {
  const number = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return number(left) - number(right);
}
