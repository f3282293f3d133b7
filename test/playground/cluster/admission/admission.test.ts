import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { quotaUsage } from '../../../../playground/cluster/admission/quota-usage.ts';
import type { ObjectOf } from '../../../../playground/cluster/objects/object.ts';
import type { PodSpec } from '../../../../playground/cluster/objects/types.ts';
import { recordedObjects } from '../resources/recorded.ts';
import { createPlane, pod, refusal } from './plane.ts';
import type { Plane } from './plane.ts';

let plane: Plane;
beforeEach(() => {
  plane = createPlane();
});
afterEach(() => plane.stop());

const specOf = (object: unknown): PodSpec => (object as { spec: PodSpec }).spec;

describe('a pod', () => {
  test('gets what a recorded one has', () => {
    const recorded = specOf(recordedObjects('pods.json.txt')[0]);
    const spec = specOf(plane.create('pods', pod('web')));
    const [volume] = spec.volumes ?? [];
    expect(volume?.name).toMatch(/^kube-api-access-[a-z0-9]{5}$/);
    const recordedVolume = recorded.volumes?.[0];
    // One source was cut from the recording.
    expect(volume?.projected).toEqual({ ...recordedVolume?.projected, sources: recordedVolume?.projected?.sources?.filter((source) => source !== null) });
    expect(spec.containers[0]?.volumeMounts).toEqual(recorded.containers[0]?.volumeMounts?.map((mount) => ({ ...mount, name: volume?.name })));
    for (const field of ['tolerations', 'priority', 'preemptionPolicy', 'serviceAccount', 'serviceAccountName'] as const) expect(spec[field]).toEqual(recorded[field]);
  });

  test('keeps its own mount and tolerations, and needs no token', () => {
    const own = specOf(plane.create('pods', pod('web', {}, { automountServiceAccountToken: false, tolerations: [{ operator: 'Exists' }] })));
    expect(own.volumes ?? []).toEqual([]);
    expect(own.tolerations).toEqual([{ operator: 'Exists' }]);
  });

  test('needs an account that is there', () => {
    expect(refusal(() => plane.create('pods', pod('web', {}, { serviceAccountName: 'x' })))).toEqual({
      code: 403, reason: 'Forbidden', message: 'pods "web" is forbidden: error looking up service account shop/x: serviceaccount "x" not found',
    });
  });

  test('gets its priority from its class', () => {
    plane.create('priorityclasses.scheduling.k8s.io', { metadata: { name: 'high' }, value: 1000, preemptionPolicy: 'Never' });
    expect(specOf(plane.create('pods', pod('web', {}, { priorityClassName: 'high' })))).toMatchObject({ priority: 1000, preemptionPolicy: 'Never' });
    expect(refusal(() => plane.create('pods', pod('other', {}, { priorityClassName: 'none' }))).message).toBe('pods "other" is forbidden: no PriorityClass with name none was found');
    expect(refusal(() => plane.create('pods', pod('other', {}, { priority: 5 }))).message)
      .toBe('pods "other" is forbidden: the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name');
  });
});

describe('a namespace', () => {
  test('that is not there takes nothing', () => {
    expect(refusal(() => plane.create('pods', pod('web'), { namespace: 'nope' }))).toEqual({ code: 404, reason: 'NotFound', message: 'namespaces "nope" not found' });
  });

  test('that ends takes nothing new', () => {
    plane.create('configmaps', { metadata: { name: 'kept' } });
    plane.remove('namespaces', 'shop');
    expect(refusal(() => plane.create('configmaps', { metadata: { name: 'x' } }))).toEqual({
      code: 403, reason: 'Forbidden', message: 'configmaps "x" is forbidden: unable to create new content in namespace shop because it is being terminated',
    });
  });

  test('of the system stays', () => {
    plane.create('namespaces', { metadata: { name: 'kube-system' } });
    expect(refusal(() => plane.remove('namespaces', 'kube-system')).message).toBe('namespaces "kube-system" is forbidden: this namespace may not be deleted');
  });
});

describe('a quota', () => {
  const quota = (hard: Record<string, string>, more: object = {}) => plane.create('resourcequotas', { metadata: { name: 'compute' }, spec: { hard, ...more } });
  const usage = () => quotaUsage(plane.store.list, 'shop', plane.store.get('resourcequotas', 'shop', 'compute') as unknown as ObjectOf<'resourcequotas'>);

  test('counts pods, and frees what is gone or finished', () => {
    quota({ pods: '2' });
    plane.create('pods', pod('a'));
    plane.create('pods', pod('b'));
    expect(refusal(() => plane.create('pods', pod('c')))).toEqual({
      code: 403, reason: 'Forbidden', message: 'pods "c" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=2, limited: pods=2',
    });
    plane.update('pods', 'a', (copy) => Object.assign(copy, { status: { phase: 'Failed' } }), { subresource: 'status' });
    plane.create('pods', pod('c'));
    expect(usage()).toEqual({ pods: '2' });
  });

  test('adds up what containers ask for, and wants them to say it', () => {
    quota({ 'requests.cpu': '1', 'limits.memory': '1Gi' });
    expect(refusal(() => plane.create('pods', pod('a'))).message).toBe('pods "a" is forbidden: failed quota: compute: must specify limits.memory for: main; requests.cpu for: main');
    const resources = { requests: { cpu: '600m' }, limits: { memory: '512Mi' } };
    plane.create('pods', pod('a', resources));
    expect(refusal(() => plane.create('pods', pod('b', resources))).message)
      .toBe('pods "b" is forbidden: exceeded quota: compute, requested: requests.cpu=600m, used: requests.cpu=600m, limited: requests.cpu=1');
    expect(usage()).toEqual({ 'requests.cpu': '600m', 'limits.memory': '512Mi' });
  });

  test('counts any kind, services by type, and storage', () => {
    quota({ 'count/deployments.apps': '0', configmaps: '1', 'services.nodeports': '0', 'requests.storage': '2Gi' });
    plane.create('configmaps', { metadata: { name: 'a' } });
    const over = (kind: string, body: object) => refusal(() => plane.create(kind, body)).message.replace(/^.*?exceeded quota/, 'exceeded quota');
    expect(over('configmaps', { metadata: { name: 'b' } })).toBe('exceeded quota: compute, requested: configmaps=1, used: configmaps=1, limited: configmaps=1');
    const template = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'main', image: 'i' }] } };
    expect(over('deployments.apps', { metadata: { name: 'a' }, spec: { selector: { matchLabels: { app: 'a' } }, template } }))
      .toBe('exceeded quota: compute, requested: count/deployments.apps=1, used: count/deployments.apps=0, limited: count/deployments.apps=0');
    expect(over('services', { metadata: { name: 'a' }, spec: { type: 'NodePort', ports: [{ port: 80 }] } }))
      .toBe('exceeded quota: compute, requested: services.nodeports=1, used: services.nodeports=0, limited: services.nodeports=0');
    expect(over('persistentvolumeclaims', { metadata: { name: 'a' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '3Gi' } } } }))
      .toBe('exceeded quota: compute, requested: requests.storage=3Gi, used: requests.storage=0, limited: requests.storage=2Gi');
  });

  test('with a scope is about some pods only', () => {
    quota({ pods: '0' }, { scopes: ['BestEffort'] });
    plane.create('pods', pod('a', { requests: { cpu: '1m' } }));
    expect(refusal(() => plane.create('pods', pod('b'))).message).toContain('exceeded quota: compute, requested: pods=1');
  });

  test('of a dry run uses nothing', () => {
    quota({ pods: '1' });
    plane.create('pods', pod('a'), { dryRun: true });
    plane.create('pods', pod('a'));
    expect(usage()).toEqual({ pods: '1' });
  });
});

describe('a limit range', () => {
  const limit = (item: object) => plane.create('limitranges', { metadata: { name: 'limits' }, spec: { limits: [item] } });

  test('fills in what containers leave out', () => {
    limit({ type: 'Container', default: { memory: '64Mi' }, defaultRequest: { cpu: '10m', memory: '32Mi' } });
    const created = plane.create('pods', pod('a', { requests: { cpu: '20m' } }));
    expect(specOf(created).containers[0]?.resources).toEqual({ requests: { cpu: '20m', memory: '32Mi' }, limits: { memory: '64Mi' } });
    expect(created.metadata.annotations).toMatchObject({ 'kubernetes.io/limit-ranger': 'LimitRanger plugin set: memory request for container main; memory limit for container main' });
  });

  test.each([
    [{ type: 'Container', max: { cpu: '800m' } }, { limits: { cpu: '1500m' } }, '[maximum cpu usage per Container is 800m, but limit is 1500m]'],
    [{ type: 'Container', min: { memory: '64Mi' } }, { requests: { memory: '32Mi' } }, '[minimum memory usage per Container is 64Mi, but request is 32Mi]'],
    [{ type: 'Pod', max: { memory: '1Gi' } }, {}, '[maximum memory usage per Pod is 1Gi.  No limit is specified]'],
    [{ type: 'Container', maxLimitRequestRatio: { cpu: '2' } }, { requests: { cpu: '100m' }, limits: { cpu: '300m' } }, '[cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000]'],
  ])('%j', (item, resources, why) => {
    limit(item);
    expect(refusal(() => plane.create('pods', pod('a', resources))).message).toBe(`pods "a" is forbidden: ${why.slice(1, -1)}`);
  });

  test('bounds claims', () => {
    limit({ type: 'PersistentVolumeClaim', max: { storage: '1Gi' } });
    expect(refusal(() => plane.create('persistentvolumeclaims', { metadata: { name: 'a' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } } })).message)
      .toBe('persistentvolumeclaims "a" is forbidden: maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 2Gi');
  });
});

test('a claim gets the default class and is protected', () => {
  plane.create('storageclasses.storage.k8s.io', { metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } }, provisioner: 'playground' });
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  const claim = plane.create('persistentvolumeclaims', { metadata: { name: 'a' }, spec });
  expect(claim).toMatchObject({ metadata: { finalizers: ['kubernetes.io/pvc-protection'] }, spec: { storageClassName: 'standard' } });
  expect(plane.create('persistentvolumeclaims', { metadata: { name: 'b' }, spec: { ...spec, storageClassName: 'fast-ssd' } })).toMatchObject({ spec: { storageClassName: 'fast-ssd' } });
});

describe('giving rights away', () => {
  const user = { username: 'jane', groups: ['sre', 'system:authenticated'] };
  const subjects = [{ kind: 'User', name: 'jane', apiGroup: 'rbac.authorization.k8s.io' }];
  const role = (name: string, verbs: string[], resources: string[]) => ({ metadata: { name }, rules: [{ apiGroups: [''], resources, verbs }] });
  const bindTo = (name: string) => ({ metadata: { name }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name }, subjects });

  test('one can give only what one has', () => {
    plane.create('roles.rbac.authorization.k8s.io', role('pods', ['get', 'list'], ['pods']));
    plane.create('rolebindings.rbac.authorization.k8s.io', bindTo('pods'));
    plane.create('roles.rbac.authorization.k8s.io', role('same', ['get'], ['pods']), { user });
    expect(refusal(() => plane.create('roles.rbac.authorization.k8s.io', role('more', ['get', 'delete'], ['pods', 'secrets']), { user })).message).toBe([
      'roles.rbac.authorization.k8s.io "more" is forbidden: user "jane" (groups=["sre" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:',
      '{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}',
      '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "delete"]}',
    ].join('\n'));
  });

  test('one can bind only what one has, unless one may bind', () => {
    plane.create('roles.rbac.authorization.k8s.io', role('secrets', ['get'], ['secrets']));
    expect(refusal(() => plane.create('rolebindings.rbac.authorization.k8s.io', bindTo('secrets'), { user }))).toMatchObject({ code: 403 });
    plane.create('roles.rbac.authorization.k8s.io', { metadata: { name: 'binder' }, rules: [{ apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'], resourceNames: ['secrets'], verbs: ['bind'] }] });
    plane.create('rolebindings.rbac.authorization.k8s.io', bindTo('binder'));
    expect(plane.create('rolebindings.rbac.authorization.k8s.io', bindTo('secrets'), { user }).metadata.name).toBe('secrets');
  });
});

describe('a webhook nobody answers', () => {
  const configure = (failurePolicy: string) => plane.create('validatingwebhookconfigurations.admissionregistration.k8s.io', {
    metadata: { name: 'policy' },
    webhooks: [{
      name: 'check.example.com', failurePolicy, sideEffects: 'None', admissionReviewVersions: ['v1'], clientConfig: { service: { name: 'policy', namespace: 'shop', path: '/validate' } },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
    }],
  });

  test('stops what it guards, and nothing else', () => {
    configure('Fail');
    expect(refusal(() => plane.create('configmaps', { metadata: { name: 'a' } }))).toEqual({
      code: 500, reason: 'InternalError',
      message: 'Internal error occurred: failed calling webhook "check.example.com": failed to call webhook: Post "https://policy.shop.svc:443/validate?timeout=10s": service "policy" not found',
    });
    expect(plane.create('secrets', { metadata: { name: 'a' } }).metadata.name).toBe('a');
    plane.create('services', { metadata: { name: 'policy' }, spec: { ports: [{ port: 443 }] } });
    expect(refusal(() => plane.create('configmaps', { metadata: { name: 'a' } })).message).toContain('no endpoints available for service "policy"');
  });

  test('is passed over when it may be', () => {
    configure('Ignore');
    expect(plane.create('configmaps', { metadata: { name: 'a' } }).metadata.name).toBe('a');
  });
});
