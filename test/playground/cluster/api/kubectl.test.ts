import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { findProgram, requirement } from '../../../support/requirements.ts';
import { run, startTestApi } from './api.ts';
import type { TestApi } from './api.ts';

const available = requirement('kubectl');
let api: TestApi;
let namespace = '';
let count = 0;

beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.stop());
beforeEach(() => {
  count += 1;
  namespace = `test-${count}`;
  api.server.plane.client.create('namespaces', { metadata: { name: namespace } });
});

const kubectl = async (parameters: string, input?: string, kubeconfig = api.server.adminKubeconfig) =>
  run(findProgram('kubectl') ?? '', ['-n', namespace, ...parameters.split(' ')], { environment: { KUBECONFIG: kubeconfig, HOME: api.directory }, ...(input === undefined ? {} : { input }) });

const deployment = (replicas: number): string => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: registry.local/busybox:1}]}
`;

test.skipIf(!available)('apply, diff, scale, patch, delete', async () => {
  expect((await kubectl('apply -f -', deployment(2))).stdout).toBe('deployment.apps/web created\n');
  expect((await kubectl('apply -f -', deployment(2))).stdout).toBe('deployment.apps/web unchanged\n');
  expect((await kubectl('diff -f -', deployment(2))).code).toBe(0);
  const diff = await kubectl('diff -f -', deployment(3));
  expect([diff.code, diff.stdout]).toEqual([1, expect.stringContaining('+  replicas: 3')]);
  expect((await kubectl('apply --dry-run=server -f -', deployment(4))).stdout).toBe('deployment.apps/web configured (server dry run)\n');
  expect((await kubectl('scale deploy/web --replicas=5')).stdout).toBe('deployment.apps/web scaled\n');
  expect((await kubectl('get deploy web -o jsonpath={.spec.replicas}/{.metadata.generation}')).stdout).toBe('5/2');
  const conflict = await kubectl('apply --server-side --field-manager=other -f -', deployment(2));
  expect([conflict.code, conflict.stderr]).toEqual([1, expect.stringContaining('conflict with "kubectl" with subresource "scale" using apps/v1: .spec.replicas')]);
  expect((await kubectl('set env deploy/web A=1')).stdout).toBe('deployment.apps/web env updated\n');
  const wrong = await kubectl('patch deploy web --type merge -p {"spec":{"replicas":"three"}}');
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringMatching(/^The request is invalid: patch: Invalid value: .*json: cannot unmarshal string into Go struct field DeploymentSpec\.spec\.replicas of type int32\n$/)]);
  expect((await kubectl('delete deploy web')).stdout).toMatch(/^deployment\.apps "web" deleted/);
  expect((await kubectl('apply --server-side -f -', deployment(1))).stdout).toBe('deployment.apps/web serverside-applied\n');
  await kubectl('delete deploy web');
  expect((await kubectl('get deploy web')).stderr).toBe('Error from server (NotFound): deployments.apps "web" not found\n');
});

test.skipIf(!available)('a server-side apply that changes a value says when, and one that changes nothing leaves the time', async () => {
  const apply = async (value: string): Promise<void> => expect(await kubectl('apply --server-side --field-manager=packer -f -', `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: dated}\ndata: {value: ${value}}\n`)).toMatchObject({ code: 0 });
  const times = async (): Promise<{ version: string; at: string }> => {
    const [version = '', at = ''] = (await kubectl('get configmap dated --show-managed-fields -o jsonpath={.metadata.resourceVersion},{.metadata.managedFields[0].time}')).stdout.split(',');
    return { version, at };
  };
  await apply('one');
  const first = await times();
  expect(first.at).toMatch(/^20.*Z$/);
  await vi.waitFor(() => expect(`${new Date().toISOString().slice(0, 19)}Z` > first.at).toBe(true), 5000);
  await apply('one');
  expect(await times()).toEqual(first);
  await apply('two');
  expect((await times()).at > first.at).toBe(true);
});

test.skipIf(!available)('typed creates, which travel as protobuf', async () => {
  for (const [command, answer] of [
    ['create configmap settings --from-literal=a=b', 'configmap/settings created'], ['create secret generic keys --from-literal=a=b', 'secret/keys created'],
    ['create deployment web --image=registry.local/busybox:1 --replicas=0', 'deployment.apps/web created'], ['create quota compute --hard=pods=3', 'resourcequota/compute created'],
    ['create role reader --verb=get --resource=pods', 'role.rbac.authorization.k8s.io/reader created'], ['create serviceaccount robot', 'serviceaccount/robot created'],
    ['create ingress web --rule=shop.example/*=web:80', 'ingress.networking.k8s.io/web created'],
  ] as const) expect(await kubectl(command)).toMatchObject({ code: 0, stdout: `${answer}\n` });
  expect((await kubectl('get configmap settings -o jsonpath={.data.a}')).stdout).toBe('b');
  expect((await kubectl('get secret keys -o jsonpath={.data.a}')).stdout).toBe('Yg==');
  expect((await kubectl('get deploy web -o jsonpath={.spec.replicas}')).stdout).toBe('0');
  expect((await kubectl('get ingress web -o jsonpath={.spec.rules[0].http.paths[0].backend.service.port.number}')).stdout).toBe('80');
  expect((await kubectl('create configmap settings')).stderr).toBe('error: failed to create configmap: configmaps "settings" already exists\n');
});

test.skipIf(!available)('a service account sees what its role gives and no more', async () => {
  await kubectl('create serviceaccount reader');
  await kubectl(`create rolebinding reader --clusterrole=view --serviceaccount=${namespace}:reader`);
  const file = await api.server.kubeconfigFor({ namespace, name: 'reader' }, `${api.directory}/reader-${namespace}.kubeconfig`);
  expect((await kubectl('get configmaps', undefined, file)).code).toBe(0);
  expect((await kubectl('get secrets', undefined, file)).stderr).toBe(`Error from server (Forbidden): secrets is forbidden: User "system:serviceaccount:${namespace}:reader" cannot list resource "secrets" in API group "" in the namespace "${namespace}"\n`);
  expect(await kubectl('auth can-i delete pods', undefined, file)).toMatchObject({ code: 1, stdout: 'no\n' });
  expect((await kubectl('auth can-i list pods', undefined, file)).stdout).toBe('yes\n');
  expect((await kubectl(`--token=nonsense --kubeconfig=${file} get pods`)).stderr).toContain('Unauthorized');
});

test.skipIf(!available)('discovery, explanations, versions, waiting', async () => {
  const resources = (await kubectl('api-resources --no-headers')).stdout.split('\n').map((line) => line.split(/\s+/)[0]);
  expect(resources).toEqual(expect.arrayContaining(['pods', 'deployments', 'customresourcedefinitions', 'networkpolicies', 'horizontalpodautoscalers']));
  expect((await kubectl('explain deployment.spec.strategy')).stdout).toContain('rollingUpdate\t<RollingUpdateDeployment>');
  expect((await kubectl('version -o json')).stdout).toContain('"gitVersion": "v1.36.2"');
  expect((await kubectl('get widgets')).stderr).toBe('error: the server doesn\'t have a resource type "widgets"\n');
  await kubectl('create configmap settings');
  const waiting = kubectl('wait --for=jsonpath={.data.ready}=yes configmap/settings --timeout=60s');
  api.server.plane.client.modify('configmaps', namespace, 'settings', (copy) => {
    copy.data = { ready: 'yes' };
  });
  expect((await waiting).stdout).toBe('configmap/settings condition met\n');
});
