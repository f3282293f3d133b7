/** What is in a new cluster before anybody puts something into it. */
import type { ClusterClient } from './client.ts';

const namespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

export function bootstrapObjects(client: ClusterClient, url: string): void {
  for (const name of namespaces) client.create('namespaces', { metadata: { name } });
  const port = Number(new URL(url).port);
  client.create('services', {
    metadata: { name: 'kubernetes', namespace: 'default', labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      clusterIP: '127.96.0.1', clusterIPs: ['127.96.0.1'], ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: port }],
      type: 'ClusterIP', sessionAffinity: 'None', ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack', internalTrafficPolicy: 'Cluster',
    },
  });
  client.create('endpoints', {
    metadata: { name: 'kubernetes', namespace: 'default', labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip: '127.0.0.1' }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
  });
  client.create('endpointslices.discovery.k8s.io', {
    metadata: { name: 'kubernetes', namespace: 'default', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4', endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready: true } }], ports: [{ name: 'https', port, protocol: 'TCP' }],
  });
  client.create('storageclasses.storage.k8s.io', {
    metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: 'playground.local/directory', reclaimPolicy: 'Delete', volumeBindingMode: 'WaitForFirstConsumer',
  });
  client.create('priorityclasses.scheduling.k8s.io', { metadata: { name: 'system-cluster-critical' }, value: 2_000_000_000, description: 'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.' });
  client.create('priorityclasses.scheduling.k8s.io', { metadata: { name: 'system-node-critical' }, value: 2_000_001_000, description: 'Used for system critical pods that must not be moved from their current node.' });
}
