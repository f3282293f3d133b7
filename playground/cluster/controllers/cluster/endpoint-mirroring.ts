/** Endpoints that somebody wrote for a service without a selector, as EndpointSlices. */
import type { ClusterClient } from '../../client.ts';
import type { ObjectOf } from '../../objects/object.ts';
import { createController, keyOfObject, splitKey } from '../controller.ts';
import { applySlices, inChunks, serviceName, sliceManagedBy, slicesOf, type SliceContent } from './endpoint-slices.ts';
import { hasSelector } from './service-pods.ts';
import { failureLog, managed, stopAll, type ClusterControllerSettings, type Running } from './settings.ts';

type Endpoints = ObjectOf<'endpoints'>;

const ours = 'endpointslicemirroring-controller.k8s.io';
const skip = 'endpointslice.kubernetes.io/skip-mirror';

export function startEndpointMirroring(asAdmin: ClusterClient, settings: ClusterControllerSettings): Running {
  const client = asAdmin.as(managed('endpoint-slice-mirroring-controller'));
  const reconcile = (key: string): void => {
    const { namespace = '', name } = splitKey(key);
    const endpoints = client.get('endpoints', namespace, name);
    const service = client.get('services', namespace, name);
    const wanted = endpoints !== undefined && endpoints.metadata.labels?.[skip] !== 'true' && service !== undefined && !hasSelector(service) && service.spec?.type !== 'ExternalName';
    const slices = slicesOf(client, namespace, name, ours);
    applySlices(client, namespace, `${name}-`, slices, wanted ? contentsOf(endpoints) : [], {
      labels: { ...endpoints?.metadata.labels, [sliceManagedBy]: ours, [serviceName]: name }, annotations: {},
      ownerReferences: endpoints === undefined ? [] : [{ apiVersion: 'v1', blockOwnerDeletion: true, controller: true, kind: 'Endpoints', name, uid: endpoints.metadata.uid }],
    });
  };
  const controller = createController({ name: 'endpoint-mirroring', reconcile, failed: failureLog(settings, 'endpoint-mirroring') });
  const enqueue = (object: { metadata: { namespace?: string; name: string } }): void => controller.enqueue(keyOfObject(object));
  const handler = { added: enqueue, modified: enqueue, deleted: enqueue };
  return stopAll(client.watch('endpoints', handler), client.watch('services', handler), controller);
}

const contentsOf = ({ subsets = [] }: Endpoints): SliceContent[] => subsets.flatMap(({ addresses = [], notReadyAddresses = [], ports = [] }) => {
  const endpoints = [...addresses.map((address) => ({ address, ready: true })), ...notReadyAddresses.map((address) => ({ address, ready: false }))].map(({ address: { ip, hostname, nodeName, targetRef }, ready }) => ({
    addresses: [ip], conditions: { ready },
    ...(hostname === undefined ? {} : { hostname }), ...(nodeName === undefined ? {} : { nodeName }), ...(targetRef === undefined ? {} : { targetRef }),
  }));
  return inChunks(endpoints).map((chunk) => ({
    endpoints: chunk, ports: ports.map(({ name = '', port, protocol = 'TCP', appProtocol }) => ({ name, port, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) })),
  }));
});
