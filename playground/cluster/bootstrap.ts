/** What is in a new cluster before anybody puts something into it. Roles, priority classes and storage classes come from those who know them. */
import type { ClusterClient } from './client.ts';

const namespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** `url` of the API server, `address` of the service `kubernetes`. */
export function bootstrapObjects(client: ClusterClient, { url, address }: { url: string; address: string }): void {
  for (const name of namespaces) client.create('namespaces', { metadata: { name } });
  const port = Number(new URL(url).port);
  client.create('services', {
    metadata: { name: 'kubernetes', namespace: 'default', labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: { clusterIP: address, ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: port }], type: 'ClusterIP', sessionAffinity: 'None' },
  });
  client.create('endpoints', {
    metadata: { name: 'kubernetes', namespace: 'default', labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip: '127.0.0.1' }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
  });
  client.create('endpointslices.discovery.k8s.io', {
    metadata: { name: 'kubernetes', namespace: 'default', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4', endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready: true } }], ports: [{ name: 'https', port, protocol: 'TCP' }],
  });
}
