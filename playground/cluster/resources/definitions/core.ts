/** The core group, as /api/v1 lists it. */
import { group, scale, status } from './build.ts';
import type { Group } from './build.ts';

const proxy = (kind: string): { name: string; kind: string; verbs: ('create' | 'delete' | 'get' | 'patch' | 'update')[] } =>
  ({ name: 'proxy', kind, verbs: ['create', 'delete', 'get', 'patch', 'update'] });

export const core: Group = group('', 'v1', {
  namespaced: [
    { plural: 'bindings', kind: 'Binding', verbs: ['create'] },
    { plural: 'configmaps', kind: 'ConfigMap', shortNames: ['cm'], hash: 'qFsyl6wFWjQ=' },
    { plural: 'endpoints', kind: 'Endpoints', shortNames: ['ep'], hash: 'fWeeMqaN/OA=' },
    { plural: 'events', kind: 'Event', shortNames: ['ev'], hash: 'r2yiGXH7wu8=' },
    { plural: 'limitranges', kind: 'LimitRange', shortNames: ['limits'], hash: 'EBKMFVe6cwo=' },
    { plural: 'persistentvolumeclaims', kind: 'PersistentVolumeClaim', shortNames: ['pvc'], hash: 'QWTyNDq0dC4=', subresources: [status('PersistentVolumeClaim')] },
    {
      plural: 'pods', kind: 'Pod', shortNames: ['po'], categories: ['all'], hash: 'xPOwRZ+Yhw8=',
      subresources: [
        { name: 'attach', kind: 'PodAttachOptions', verbs: ['create', 'get'] },
        { name: 'binding', kind: 'Binding', verbs: ['create'] },
        { name: 'ephemeralcontainers', kind: 'Pod', verbs: ['get', 'patch', 'update'] },
        { name: 'eviction', kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] },
        { name: 'exec', kind: 'PodExecOptions', verbs: ['create', 'get'] },
        { name: 'log', kind: 'Pod', verbs: ['get'] },
        { name: 'portforward', kind: 'PodPortForwardOptions', verbs: ['create', 'get'] },
        proxy('PodProxyOptions'),
        { name: 'resize', kind: 'Pod', verbs: ['get', 'patch', 'update'] },
        status('Pod'),
      ],
    },
    { plural: 'podtemplates', kind: 'PodTemplate', hash: 'LIXB2x4IFpk=' },
    { plural: 'replicationcontrollers', kind: 'ReplicationController', shortNames: ['rc'], categories: ['all'], hash: 'Jond2If31h0=', subresources: [scale('spec.selector'), status('ReplicationController')] },
    { plural: 'resourcequotas', kind: 'ResourceQuota', shortNames: ['quota'], hash: '8uhSgffRX6w=', subresources: [status('ResourceQuota')] },
    { plural: 'secrets', kind: 'Secret', hash: 'S6u1pOWzb84=' },
    {
      plural: 'serviceaccounts', kind: 'ServiceAccount', shortNames: ['sa'], hash: 'pbx9ZvyFpBE=',
      subresources: [{ name: 'token', kind: 'TokenRequest', group: 'authentication.k8s.io', version: 'v1', verbs: ['create'] }],
    },
    { plural: 'services', kind: 'Service', shortNames: ['svc'], categories: ['all'], hash: '0/CO1lhkEBI=', subresources: [proxy('ServiceProxyOptions'), status('Service')] },
  ],
  cluster: [
    { plural: 'componentstatuses', kind: 'ComponentStatus', shortNames: ['cs'], verbs: ['get', 'list'] },
    {
      plural: 'namespaces', kind: 'Namespace', shortNames: ['ns'], hash: 'Q3oi5N2YM8M=', verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
      subresources: [{ name: 'finalize', kind: 'Namespace', verbs: ['update'] }, status('Namespace')],
    },
    { plural: 'nodes', kind: 'Node', shortNames: ['no'], hash: 'XwShjMxG9Fs=', subresources: [proxy('NodeProxyOptions'), status('Node')] },
    { plural: 'persistentvolumes', kind: 'PersistentVolume', shortNames: ['pv'], hash: 'HN/zwEC+JgM=', subresources: [status('PersistentVolume')] },
  ],
});
