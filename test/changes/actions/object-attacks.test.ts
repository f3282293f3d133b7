/** Whole objects: what must not be created, what would not come back, and what is said when the server does something else. */
import { describe, expect, test } from 'vitest';
import type { ActionOf } from '../../../src/changes/action.ts';
import { kindOf } from '../../../src/changes/actions/kinds.ts';
import type { JsonObject } from '../../../src/changes/actions/kubectl/json-patch.ts';
import type { Kubectl } from '../../../src/changes/actions/kubectl/kubectl.ts';
import { strategicResult } from '../../../src/changes/actions/patch/strategic.ts';
import { RefusedError } from '../../../src/changes/errors.ts';
import { createObjectSchema, deleteObjectSchema, patchCustomSchema } from '../../../src/changes/kubernetes-actions.ts';
import { ended } from '../../tools/kubectl/support.ts';
import { changeFrom, riskOf } from '../../support/changes.ts';
import { describeActionKind } from '../../contracts/action-kind.ts';
import { sentBy } from './cluster-world.ts';
import type { FakeObjects } from './fake-objects.ts';
import { openFakeObjects } from './fake-objects.ts';
import { pod } from './kubectl-samples.ts';

const place = { target: 'production', namespace: 'shop' } as const;
const metadata = (name: string, more: JsonObject = {}): JsonObject => ({ name, namespace: 'shop', ...more });
const configMap: JsonObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata('limits'), data: { LEVEL: 'info' } };
const service: JsonObject = { apiVersion: 'v1', kind: 'Service', metadata: metadata('web'), spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } };
const ingress: JsonObject = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: metadata('web'), spec: { rules: [{ host: 'shop.example' }] } };
const claim: JsonObject = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: metadata('data'), spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'fast' } };
const policy: JsonObject = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: metadata('deny'), spec: { podSelector: { matchLabels: { app: 'checkout' } }, policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: { matchLabels: { app: 'web' } } }], ports: [{ port: 8080 }] }] } };
const widget: JsonObject = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: metadata('gear'), spec: { size: 3 } };
const spec = (object: JsonObject, more: JsonObject): JsonObject => ({ ...object, spec: { ...(object['spec'] as JsonObject), ...more } });
const meta = (object: JsonObject, more: JsonObject): JsonObject => ({ ...object, metadata: { ...(object['metadata'] as JsonObject), ...more } });

type Create = ActionOf<'kubectl.create_object'>;
type Delete = ActionOf<'kubectl.delete_object'>;
const creating = (manifest: JsonObject | string): Create => ({ kind: 'kubectl.create_object', ...place, manifest: typeof manifest === 'string' ? manifest : JSON.stringify(manifest) });
const deleting = (resource: string, name: string): Delete => ({ kind: 'kubectl.delete_object', ...place, resource, name });
const prepare = (action: Create | Delete, world: FakeObjects = openFakeObjects()) => kindOf(action).prepare(action, world.context);

test('nothing is created or deleted in the namespaces of the cluster itself', async () => {
  const { context } = openFakeObjects();
  const [cluster] = context.targets.clusters;
  const wide = { ...context, targets: { ...context.targets, clusters: [{ ...cluster!, namespaces: ['kube-system'] }] } };
  for (const action of [{ ...creating({ ...configMap, metadata: { name: 'aws-auth' } }), namespace: 'kube-system' }, { ...deleting('configmap', 'coredns'), namespace: 'kube-system' }]) await expect(kindOf(action).prepare(action, wide)).rejects.toThrow(/the cluster's own/);
});

describe('creating', () => {
  const pods = { template: { metadata: { labels: {} }, spec: { containers: [{ name: 'a', image: 'b' }] } } };
  test.each<[string, JsonObject | string]>([
    ['no JSON', 'apiVersion: v1'], ['a list', '[]'], ['a List', { apiVersion: 'v1', kind: 'List', metadata: { name: 'a' }, items: [configMap] }], ['no name', { ...configMap, metadata: {} }],
    ['another namespace', meta(configMap, { namespace: 'kube-system' })], ['a generated name', { ...configMap, metadata: { generateName: 'a' } }], ['a name that is a flag', meta(configMap, { name: '--all' })],
    ['owners', meta(configMap, { ownerReferences: [] })], ['finalizers', meta(configMap, { finalizers: ['a/b'] })], ['a uid', meta(configMap, { uid: 'a' })], ['a version', meta(configMap, { resourceVersion: '1' })], ['a status', { ...configMap, status: {} }],
    ...['Secret', 'Pod', 'Namespace', 'Node', 'Endpoints', 'ReplicationController', 'PersistentVolume', 'LimitRange'].map((kind): [string, JsonObject] => [`a ${kind}`, { apiVersion: 'v1', kind, metadata: metadata('a') }]),
    ...['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'].map((kind): [string, JsonObject] => [`a ${kind}`, { apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata: metadata('a') }]),
    ['a webhook', { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration', metadata: metadata('a') }],
    ['a definition', { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: metadata('a') }],
    ['a Job', { apiVersion: 'batch/v1', kind: 'Job', metadata: metadata('a'), spec: pods }],
    ...['Deployment', 'StatefulSet', 'DaemonSet'].map((kind): [string, JsonObject] => [`a ${kind} of no release`, { apiVersion: 'apps/v1', kind, metadata: metadata('a'), spec: pods }]),
    ['a Deployment that names a release', { apiVersion: 'apps/v1', kind: 'Deployment', metadata: metadata('a', { annotations: { 'meta.helm.sh/release-name': 'promotions', 'meta.helm.sh/release-namespace': 'shop' } }), spec: pods }],
    ['a release that is a flag', { apiVersion: 'apps/v1', kind: 'Deployment', metadata: metadata('a', { annotations: { 'meta.helm.sh/release-name': '--post-renderer=sh', 'meta.helm.sh/release-namespace': 'shop' } }), spec: pods }],
    ['a ConfigMap with binary data', { ...configMap, binaryData: { a: 'aa==' } }], ['a ConfigMap with a spec', { ...configMap, spec: {} }],
    ['a password', { ...configMap, data: { DB_PASSWORD: 'hunter2' } }], ['a key', { ...configMap, data: { MY_KEY: 'hunter2' } }], ['a DSN', { ...configMap, data: { URL: 'postgres://app:hunter2@db/shop' } }],
    ['a token', { ...configMap, data: { a: 'xoxb-123456789012-abcdefghijkl' } }], ['a private key', { ...configMap, data: { 'a.pem': '-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----' } }], ['a secret in an annotation', meta(configMap, { annotations: { note: '{"password":"hunter2"}' } })],
    ['what nobody sees', { ...configMap, data: { a: 'x\u202ey' } }], ['a key that nobody sees', { ...configMap, data: { 'a\u200b': 'x' } }],
    ['a label of a controller', meta(configMap, { labels: { 'app.kubernetes.io/managed-by': 'Helm' } })], ['a snippet for a proxy', meta(ingress, { annotations: { 'nginx.ingress.kubernetes.io/configuration-snippet': 'lua' } })], ['an identity', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadata('a', { annotations: { 'eks.amazonaws.com/role-arn': 'x' } }) }],
    ['an account with secrets', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadata('a'), secrets: [{ name: 'database' }] }], ['an account that pulls', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadata('a'), imagePullSecrets: [{ name: 'database' }] }],
    ['a Service from outside', spec(service, { type: 'LoadBalancer' })], ['a Service on nodes', spec(service, { type: 'NodePort' })], ['another host', spec(service, { type: 'ExternalName', externalName: 'evil.example' })],
    ['addresses of others', spec(service, { externalIPs: ['192.0.2.1'] })], ['a Service without selector', spec(service, { selector: {} })], ['a node port', spec(service, { ports: [{ port: 80, nodePort: 30080 }] })],
    ['a volume of others', spec(claim, { volumeName: 'theirs' })], ['data of others', spec(claim, { dataSource: { kind: 'PersistentVolumeClaim', name: 'theirs' } })],
    ['an unknown kind', { ...widget, kind: 'Gadget' }], ['a kind whose name is a flag', { ...widget, kind: 'Flag' }], ['one of the whole cluster', { ...widget, kind: 'World' }], ['an unserved version', { ...widget, apiVersion: 'example.com/v0' }],
    ['a path for an API', { ...widget, apiVersion: '../../api/v1' }], ['a group of Kubernetes', { ...widget, apiVersion: 'metrics.k8s.io/v1' }], ['a group of OpenShift', { ...widget, apiVersion: 'authorization.openshift.io/v1' }],
    ['a custom resource that runs something beside its spec', { ...widget, template: { command: ['sh'] } }], ['one that mounts a secret there', { ...widget, secretName: 'database' }],
    ['a custom resource that makes rights', spec(widget, { forProvider: { manifest: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: 'a' }, roleRef: { name: 'cluster-admin' } } } })],
    ['one that makes rights beside its spec', { ...widget, objects: [{ apiVersion: 'v1', kind: 'Secret', data: {} }] }],
    ['one that makes them of a text', spec(widget, { manifest: 'apiVersion: v1\nkind: Secret\nmetadata: { name: a }' })], ['one that makes them of JSON', spec(widget, { manifest: '{"apiVersion":"v1","metadata":{},"kind":"Pod"}' })],
    ['a custom resource that runs something', spec(widget, { template: { command: ['sh'] } })], ['a custom resource that mounts a secret', spec(widget, { secretName: 'database' })], ['a label of its operator', meta(widget, { labels: { 'example.com/owner': 'a' } })],
    ['what is there already', meta(configMap, { name: 'checkout-config' })],
  ])('%s is refused', async (_words, manifest) => {
    await expect(prepare(creating(manifest))).rejects.toThrow(RefusedError);
  });

  test('keys of data are any words, a custom resource may refer to another object, and a place outside counts wherever it stands', async () => {
    expect((await prepare(creating({ ...configMap, data: { command: 'serve', image: 'small' } }))).undo.kind).toBe('automatic');
    const prepared = await prepare(creating({ ...spec(widget, { target: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'checkout' } }), endpoint: 'http://evil.example' }));
    expect(prepared.facts.newDestinations).toEqual(['evil.example']);
  });

  test('what is shown is the whole of it, and a place outside makes it high', async () => {
    const prepared = await prepare(creating({ ...configMap, data: { URL: 'http://evil.example', HOST: 'bad.example' } }));
    expect(prepared.preview).toContain('URL: http://evil.example');
    expect(riskOf(creating(configMap), prepared, true)).toMatchObject({ level: 'high', reasons: expect.arrayContaining([expect.stringContaining('evil.example, bad.example')]) as string[] });
    expect(prepared.command[0]).toContain("kubectl -n shop create -f - <<'EOF'\n{\n  \"apiVersion\": \"v1\"");
  });

  test('what admission makes of it stands first and is high risk; when it does so only in earnest, a person looks', async () => {
    const admitted = (object: JsonObject): JsonObject => ({ ...object, data: { LEVEL: 'theirs' } });
    const world = openFakeObjects();
    world.admit = admitted;
    const prepared = await prepare(creating(configMap), world);
    expect(prepared.preview.split('\n')[0]).toMatch(/admission changes data\.LEVEL/);
    expect(riskOf(creating(configMap), prepared, true)).toMatchObject({ level: 'high' });
    const later = openFakeObjects();
    const change = changeFrom(creating(configMap), await prepare(creating(configMap), later));
    later.admit = (object, dryRun) => (dryRun ? object : admitted(object));
    await expect(kindOf(change.action).execute(change, later.context)).rejects.toMatchObject({ effect: 'unknown', message: expect.stringContaining('data.LEVEL') as string });
  });

  test.each([[true, 'resolved'], [false, 'unknown']] as const)('no answer came, and it was stored: %s', async (stored, outcome) => {
    const world = openFakeObjects();
    const change = changeFrom(creating(configMap), await prepare(creating(configMap), world));
    world.lost = { stored, result: { exitCode: null, signal: 'SIGKILL', timedOut: true } };
    const seen = await kindOf(change.action).execute(change, world.context).then(({ written }) => (typeof written?.['uid'] === 'string' ? 'resolved' : 'nothing'), (error: { effect: string }) => error.effect);
    expect(seen).toBe(outcome);
  });

  test('its undo leaves alone what another made under that name', async () => {
    const world = openFakeObjects();
    let change = changeFrom(creating(configMap), await prepare(creating(configMap), world));
    const { written } = await kindOf(change.action).execute(change, world.context);
    change = { ...change, ...(written && { written }) };
    world.fake.modify('configmap', 'limits', (copy) => { copy.metadata['uid'] = 'another'; });
    await expect(kindOf(change.action).undo(change, world.context)).rejects.toThrow(/not the one that sre-agent created/);
    await expect(kindOf(change.action).undo({ ...change, undo: { ...change.undo, command: ['kubectl delete ns shop'] } }, world.context)).rejects.toThrow(/Another undo/);
    await expect(kindOf(change.action).execute({ ...change, command: ['kubectl create -f evil'] }, world.context)).rejects.toMatchObject({ effect: 'none' });
  });

  test('a volume is not deleted by an undo', async () => {
    const { undo, facts } = await prepare(creating(claim));
    expect([undo.kind, facts.reversible]).toEqual(['impossible', false]);
  });
});

describe('deleting what would not come back as it is', () => {
  test.each<[string, string, JsonObject]>([
    ['what has a finalizer', 'configmap', meta(configMap, { finalizers: ['a/b'] })],
    ['what belongs to another', 'configmap', meta(configMap, { ownerReferences: [{ kind: 'Deployment', name: 'a', uid: 'u' }] })],
    ['what is going', 'configmap', meta(configMap, { deletionTimestamp: '2026-01-01T00:00:00Z' })],
    ["the cluster's own", 'configmap', meta(configMap, { name: 'kube-root-ca.crt' })],
    ['a password', 'configmap', { ...configMap, data: { PASSWORD: 'hunter2' } }],
    ['a DSN', 'configmap', { ...configMap, data: { URL: 'postgres://app:hunter2@db/shop' } }],
    ['a secret that was last applied', 'configmap', meta(configMap, { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"DB_PASSWORD":"hunter2"}}' } })],
    ['too much to be seen', 'configmap', { ...configMap, data: { a: 'x'.repeat(70_000) } }],
    ['a load balancer', 'service', spec(service, { type: 'LoadBalancer' })],
    ['a node port', 'service', spec(service, { type: 'NodePort' })],
    ['endpoints that somebody wrote', 'service', spec(service, { selector: {} })],
    ['the only one at its address', 'ingress', { ...ingress, status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } }],
  ])('%s is refused', async (_words, resource, object) => {
    const world = openFakeObjects();
    world.fake.put(resource, object);
    await expect(prepare(deleting(resource, String((object['metadata'] as JsonObject)['name'])), world)).rejects.toThrow(RefusedError);
  });

  test('what others hang on, or what could not be looked at, is refused', async () => {
    const world = openFakeObjects();
    world.fake.put('configmap', configMap);
    const uid = String(world.fake.get('configmap', 'limits')?.metadata['uid']);
    world.others = [{ kind: 'Pod', metadata: { name: 'a', ownerReferences: [{ uid }] } }];
    await expect(prepare(deleting('configmap', 'limits'), world)).rejects.toThrow(/Pod\/a would be deleted together/);
    world.others = [];
    const { run } = world.context;
    const blind = { ...world, context: { ...world.context, run: async (options: Parameters<NonNullable<typeof run>>[0]) => (options.argv.some((one) => one.startsWith('pods,')) ? ended({ exitCode: 1, stderr: 'Error from server (Forbidden): pods is forbidden' }) : await (run?.(options) ?? Promise.reject(new Error('no run')))) } };
    await expect(prepare(deleting('configmap', 'limits'), blind)).rejects.toThrow(/could not be read/);
  });

  test('what admission would make something else of is refused', async () => {
    const world = openFakeObjects();
    world.fake.put('configmap', configMap);
    world.admit = (object) => ({ ...object, data: { LEVEL: 'theirs' } });
    await expect(prepare(deleting('configmap', 'limits'), world)).rejects.toThrow(/would not come back as it is: .*data\.LEVEL/);
  });

  test('custom resources of groups that give rights, of the whole cluster, or of no definition', async () => {
    for (const resource of ['rolebindings.v1.rbac.authorization.k8s.io', 'worlds.v1.example.com', 'gadgets.v1.example.com', 'widgets.v0.example.com', 'routes.v1.route.openshift.io']) await expect(prepare(deleting(resource, 'gear'))).rejects.toThrow(RefusedError);
    await expect(prepare(deleting('referencegrants.v1.gateway.networking.k8s.io', 'gear'))).rejects.toThrow(/gives rights to other namespaces/);
  });

  test.each([['widgets.v1.example.com', 'gear', widget], ['configmap', 'limits', configMap], ['networkpolicy', 'deny', policy]] as const)('what others made hang on a %s is let go, not deleted: Secrets and custom resources are not seen', async (resource, name, object) => {
    const world = openFakeObjects();
    world.fake.put(resource, object);
    const { command } = await prepare(deleting(resource, name), world);
    expect(command[0]).toContain('"propagationPolicy":"Orphan"');
  });
});

test.each(['secret', 'deployment', 'pod', 'role', 'serviceaccount', 'persistentvolumeclaim', 'namespace', 'widgets', 'widgets.example.com', '--all', 'configmap,secret', 'configmap/a', 'widgets.v1.example', 'Widgets.v1.example.com', 'widgets.v1.example.com/x', 'a.v1.b.c;d'])('%s is nothing that can be deleted', (resource) => {
  expect(deleteObjectSchema.safeParse(deleting(resource, 'a')).success).toBe(false);
});
test.each([['group', 'example'], ['group', '-x.com'], ['group', 'a/b.com'], ['version', '1'], ['version', '../v1'], ['plural', 'Widgets'], ['plural', 'a.b'], ['name', '--all'], ['namespace', 'a/b']])('a custom resource with %s %s', (field, value) => {
  const action = { kind: 'kubectl.patch_custom', ...place, group: 'example.com', version: 'v1', plural: 'widgets', name: 'gear', patch: '{}' };
  expect(patchCustomSchema.safeParse(action).success).toBe(true);
  expect(patchCustomSchema.safeParse({ ...action, [field]: value }).success).toBe(false);
});
test('a manifest has a limit', () => {
  expect(createObjectSchema.safeParse(creating('x'.repeat(30_001))).success).toBe(false);
});

describeActionKind(kindOf({ kind: 'kubectl.patch_custom' } as never), async () => {
  const { fake, context } = openFakeObjects();
  fake.put('widgets.v1.example.com', widget);
  const edit = (more: JsonObject) => async () => fake.modify('widgets.v1.example.com', 'gear', (copy) => { copy['spec'] = { ...(copy['spec'] as JsonObject), ...more }; });
  const action = { kind: 'kubectl.patch_custom', ...place, group: 'example.com', version: 'v1', plural: 'widgets', name: 'gear', patch: '{"spec":{"size":4}}' } as const;
  return {
    context, action, impossibleAction: { ...action, version: 'v2' },
    snapshot: async () => fake.get('widgets.v1.example.com', 'gear')?.['spec'], sent: () => sentBy(fake.started).replaceAll(/^true /gm, 'kubectl '),
    move: edit({ teeth: 3 }), moveAfter: edit({ size: 9 }), close: async () => undefined,
  };
});

describe('patches of custom resources', () => {
  test.each(['{"status":{"ready":true}}', '{"metadata":{"finalizers":null}}', '{"metadata":{"ownerReferences":[]}}', '{"metadata":{"labels":{"example.com/owner":"x"}}}', '{"spec":null}', '{"data":{"a":"b"}}', '{"spec":{"image":"evil"}}', '{"spec":{"manifest":{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","roleRef":{"name":"admin"}}}}', '{"spec":{"job":{"command":["sh"]}}}', '{"spec":{"serviceAccountName":"admin"}}', '{"spec":{"password":"x"}}', '{"spec":{"env":[{"name":"DB_PASSWORD","value":"x"}]}}', '[]', 'no', '{}', '{"kind":"Other"}'])('%s is refused', async (patch) => {
    const world = openFakeObjects();
    world.fake.put('widgets.v1.example.com', widget);
    const action = { kind: 'kubectl.patch_custom', ...place, group: 'example.com', version: 'v1', plural: 'widgets', name: 'gear', patch } as const;
    await expect(kindOf(action).prepare(action, world.context)).rejects.toThrow(RefusedError);
  });

  test('an operator that says no, or has not looked yet, is no success', async () => {
    const world = openFakeObjects();
    world.fake.put('widgets.v1.example.com', widget);
    const action = { kind: 'kubectl.patch_custom', ...place, group: 'example.com', version: 'v1', plural: 'widgets', name: 'gear', patch: '{"spec":{"size":4}}' } as const;
    const change = changeFrom(action, await kindOf(action).prepare(action, world.context));
    expect(riskOf(action, change, true)).toMatchObject({ level: 'high' });
    await kindOf(action).execute(change, world.context);
    const check = async (status: JsonObject): Promise<boolean> => {
      world.fake.modify('widgets.v1.example.com', 'gear', (copy) => { copy['status'] = status; });
      return (await kindOf(action).check(change, world.context)).ok;
    };
    expect(await check({ conditions: [{ type: 'Ready', status: 'True' }] })).toBe(true);
    expect(await check({ conditions: [{ type: 'Ready', status: 'False', message: 'no such size' }] })).toBe(false);
    expect(await check({ conditions: [{ type: 'Degraded', status: 'True' }] })).toBe(false);
    expect(await check({ observedGeneration: 0 })).toBe(false);
  });
});

test('what admission adds to a strategic patch is told apart from what was asked for', async () => {
  const live: JsonObject = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: metadata('web', { generation: 1 }), spec: { replicas: 1, template: { spec: { containers: [{ name: 'web', env: [{ name: 'A', value: '1' }] }] } } } };
  const patch: JsonObject = { spec: { '$setElementOrder/containers': [{ name: 'web' }], template: { spec: { containers: [{ name: 'web', env: [{ name: 'B', value: '2' }] }] } } } };
  const answered = { ...live, spec: { replicas: 1, template: { spec: { dnsPolicy: 'Default', containers: [{ name: 'web', env: [{ name: 'A', value: '1' }, { name: 'B', value: '2' }] }] } } } };
  const kubectl = { ...({} as Kubectl), write: () => Promise.resolve({ object: answered, warnings: [] }) };
  const { changes, unasked } = await strategicResult({ kind: 'kubectl.patch', ...place, resource: 'deployment', name: 'web', type: 'strategic', patch: '{}' }, patch, live, kubectl);
  expect(changes).toHaveLength(2);
  expect(unasked).toEqual(['spec.template.spec.dnsPolicy']);
});

describe('network policies say which connections open and close', () => {
  const patching = { kind: 'kubectl.patch', ...place, resource: 'networkpolicy', name: 'deny', type: 'merge', patch: '{"spec":{"podSelector":{"matchLabels":{"app":"web"}},"ingress":[{"from":[{"ipBlock":{"cidr":"10.0.0.0/8"}}]}]}}' } as const;
  const opened = (): FakeObjects => {
    const world = openFakeObjects();
    world.fake.put('networkpolicy', policy);
    for (const name of ['web-1', 'web-2']) world.fake.put('pod', { ...pod(name, undefined), metadata: metadata(name, { labels: { app: 'web' } }) });
    return world;
  };

  test('changed', async () => {
    const { preview, facts, blastRadius } = await kindOf(patching).prepare(patching, opened().context);
    expect(preview).toContain('It selects 3 pods (checkout-abc, checkout-def, alone) of 5 now.\nAfterwards 2 pods (web-1, web-2) of 5.');
    expect(preview).toContain('Connections to 2 pods (web-1, web-2) close but for what this policy names');
    expect(preview).toContain('Connections to 3 pods (checkout-abc, checkout-def, alone) open altogether');
    expect(preview).toContain('Closes, unless another rule lets it in: connections to the pods from pods with app=web of the namespace, on TCP 8080.');
    expect(preview).toContain('Opens: connections to the pods from 10.0.0.0/8, on every port.');
    expect(facts.selectedPods).toEqual({ before: 3, after: 2 });
    expect(blastRadius).toContain('the connections of 5 pods');
  });

  test('deleted and created, with another policy for the same pods', async () => {
    const world = opened();
    expect((await prepare(deleting('networkpolicy', 'deny'), world)).preview).toContain('open altogether');
    world.fake.put('networkpolicy', { ...policy, metadata: metadata('other') });
    expect((await prepare(deleting('networkpolicy', 'deny'), world)).preview).not.toContain('open altogether');
    const all = { ...policy, metadata: metadata('all'), spec: { podSelector: {}, policyTypes: ['Egress'] } };
    const { preview, facts } = await prepare(creating(all), world);
    expect(preview).toContain('Connections from 5 pods');
    expect(riskOf(creating(all), { facts, undo: { kind: 'automatic', command: [], description: '' } }, true)).toMatchObject({ level: 'high', reasons: ['it decides which connections of 5 pods are let through'] });
  });
});
