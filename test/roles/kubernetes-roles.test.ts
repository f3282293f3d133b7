/** The identities of deploy/kubernetes on a playground cluster: what each can do, by its own list, and what the self-test says to each. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { Cluster } from '../../playground/cluster/cluster.ts';
import { busyboxImages } from '../../playground/cluster/kubelet/busybox.ts';
import { startCluster } from '../../playground/cluster/start.ts';
import { createSecret } from '../../src/config/secret.ts';
import { kubectlEnvironment, privateHome } from '../../src/process/environment.ts';
import { openSandbox } from '../../src/process/open-sandbox.ts';
import { runProcess, useSandbox } from '../../src/process/run.ts';
import type { RunResult } from '../../src/process/run.ts';
import { lookAtCluster, lookAtProbes } from '../../src/roles/self-test/kubernetes.ts';
import { excessOf, probeExcessOf, questions } from '../../src/roles/self-test/kubernetes-rules.ts';
import type { ResourceRule } from '../../src/roles/self-test/kubernetes-rules.ts';
import { selfTest } from '../../src/roles/self-test/self-test.ts';
import { silentLogger } from '../../src/telemetry/log.ts';
import { secret } from '../support/changes.ts';
import { manifestOf } from '../support/deploy.ts';
import { findProgram, requirement } from '../support/requirements.ts';

describe.skipIf(!requirement('kubectl'))('the shipped roles', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'sre-agent-roles-'));
  const kubeconfigs: Record<string, string> = {};
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await startCluster({ directory: path.join(directory, 'cluster'), port: 0, images: busyboxImages(), nodes: [{ name: 'node1' }], bare: true });
    cluster.apply('{ apiVersion: v1, kind: Namespace, metadata: { name: shop } }\n---\n{ apiVersion: v1, kind: Namespace, metadata: { name: other } }');
    for (const file of ['read', 'read-cluster', 'write', 'write-nodes', 'probe']) cluster.apply(manifestOf(file, 'shop'));
    cluster.apply(readFileSync('playground/shop/manifests/sre-agent.yaml', 'utf8'));
    for (const [name, namespace] of [['sre-read', 'shop'], ['sre-write', 'shop'], ['sre-probe', 'shop'], ['reader', 'sre-agent']] as const) kubeconfigs[name] = await cluster.kubeconfigFor({ namespace, name }, path.join(directory, name));
    kubeconfigs['admin'] = cluster.adminKubeconfig;
  });
  afterAll(async () => {
    await cluster?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const kubectl = (identity: string, ...argv: string[]): Promise<RunResult> => {
    const kubeconfig = kubeconfigs[identity] ?? '';
    return runProcess({ file: findProgram('kubectl') ?? '', argv: [...argv, `--kubeconfig=${kubeconfig}`], environment: kubectlEnvironment(privateHome(), kubeconfig), timeoutMilliseconds: 30_000, maxBytes: 1_000_000 });
  };

  /** `resource: verbs`, without the questions that everybody may ask of themselves. */
  async function listOf(identity: string, namespace: string): Promise<string[]> {
    const { stdout } = await kubectl(identity, 'auth', 'can-i', '--list', '-n', namespace, '--no-headers');
    return stdout.split('\n').flatMap((line) => {
      const [, resource = '', names = '', verbs = ''] = /^(\S*)\s+\[[^\]]*\]\s+\[([^\]]*)\]\s+\[([^\]]*)\]/.exec(line) ?? [];
      return resource === '' || resource.includes('reviews') ? [] : [`${resource}${names === '' ? '' : ` (${names})`}: ${verbs}`];
    }).sort();
  }

  test('read: looks at what is named, and nothing else anywhere', async () => {
    const looked = ['configmaps', 'controllerrevisions.apps', 'cronjobs.batch', 'daemonsets.apps', 'deployments.apps', 'endpoints', 'endpointslices.discovery.k8s.io', 'events', 'events.events.k8s.io', 'horizontalpodautoscalers.autoscaling', 'ingresses.networking.k8s.io', 'jobs.batch', 'limitranges', 'networkpolicies.networking.k8s.io', 'persistentvolumeclaims', 'poddisruptionbudgets.policy', 'pods', 'pods/log', 'replicasets.apps', 'replicationcontrollers', 'resourcequotas', 'services', 'statefulsets.apps'];
    expect(await listOf('sre-read', 'shop')).toEqual([...looked.map((resource) => `${resource}: get list watch`), 'pods.metrics.k8s.io: get list'].sort());
    expect(await listOf('sre-read', 'other')).toEqual([]);
  });

  test('write: looks, patches and deletes what its actions need; one Secret by name; no role, no exec', async () => {
    const list = await listOf('sre-write', 'shop');
    expect(list.filter((line) => /^(deployments|statefulsets|daemonsets)\.apps:/.test(line))).toHaveLength(3);
    expect(list.filter((line) => line.startsWith('secrets'))).toEqual(['secrets (checkout-secrets): get update']);
    expect(list.filter((line) => /\*|exec|attach|portforward|proxy|token|role|impersonate|escalate|bind|serviceaccounts/.test(line))).toEqual([]);
    expect(await listOf('sre-write', 'other')).toEqual([]);
  });

  test.each([
    ['sre-read', 'no', [['get', 'secrets'], ['list', 'secrets'], ['watch', 'secrets'], ['get', 'pods', '--subresource=exec'], ['create', 'pods', '--subresource=exec'], ['get', 'nodes', '--subresource=proxy'], ['create', 'pods'], ['patch', 'deployments.apps'], ['delete', 'pods'], ['create', 'serviceaccounts', '--subresource=token']]],
    ['sre-read', 'yes', [['get', 'pods', '--subresource=log'], ['list', 'deployments.apps']]],
    ['sre-write', 'no', [['get', 'secrets/other'], ['list', 'secrets'], ['create', 'pods', '--subresource=exec'], ['create', 'roles.rbac.authorization.k8s.io'], ['create', 'rolebindings.rbac.authorization.k8s.io'], ['create', 'pods'], ['impersonate', 'serviceaccounts'], ['patch', 'namespaces']]],
    ['sre-write', 'yes', [['patch', 'deployments.apps'], ['get', 'secrets/checkout-secrets']]],
  ] as const)('%s: %s to what matters', async (identity, answer, asked) => {
    const answers = [];
    for (const words of asked) answers.push(`${words.join(' ')}: ${(await kubectl(identity, 'auth', 'can-i', ...words, '-n', 'shop')).stdout.trim()}`);
    expect(answers).toEqual(asked.map((words) => `${words.join(' ')}: ${answer}`));
  });

  const look = (identity: string, namespaces = ['shop', 'other']) => lookAtCluster({ name: 'production', kubeconfig: secret(kubeconfigs[identity] ?? '', 'KUBECONFIG_READ'), namespaces }, { kubectl: findProgram('kubectl'), signal: AbortSignal.timeout(60_000) });

  test("the self-test lets the shipped reader and the playground's through, and nobody else", async () => {
    expect(await look('sre-read')).toEqual({ excess: [] });
    expect(await look('reader', ['shop'])).toEqual({ excess: [] });
    const write = (await look('sre-write', ['shop'])).excess.map(({ right }) => right);
    expect(write).toContainEqual(expect.stringMatching(/^may .*patch.* deployments in namespace shop$/));
    expect(write).toContainEqual(expect.stringMatching(/secrets named checkout-secrets in namespace shop$/));
    expect((await look('admin', ['shop'])).excess.map(({ right }) => right)).toEqual([expect.stringMatching(/^may \* everything in namespace shop$/) as string]);
  });

  test('the identity of probes may look and exec in its namespace: the self-test lets it through there, and no other', async () => {
    expect(await listOf('sre-probe', 'shop')).toEqual(['pods/exec: get create', 'pods: get']);
    expect(await listOf('sre-probe', 'other')).toEqual([]);
    const lookAs = (identity: string, namespaces: string[]) => lookAtProbes({ name: 'production', kubeconfig: secret('/nowhere', 'KUBECONFIG_READ'), probes: secret(kubeconfigs[identity] ?? '', 'KUBECONFIG_PROBES'), namespaces }, { kubectl: findProgram('kubectl'), signal: AbortSignal.timeout(60_000) });
    expect(await lookAs('sre-probe', ['shop', 'other'])).toEqual({ excess: [] });
    expect(await look('sre-probe', ['shop'])).toEqual({ excess: [{ right: 'may create, get pods/exec in namespace shop', remedy: expect.any(String) as string }] });
    const write = (await lookAs('sre-write', ['shop'])).excess.map(({ right }) => right);
    expect(write).toContainEqual(expect.stringMatching(/secrets named checkout-secrets in namespace shop$/));
    cluster.apply('{ apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: { name: exec }, rules: [{ apiGroups: [""], resources: [pods/exec], verbs: [create] }] }\n---\n{ apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: { name: exec }, roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: exec }, subjects: [{ kind: ServiceAccount, name: sre-probe, namespace: shop }] }');
    const { excess } = await lookAs('sre-probe', ['shop']);
    cluster.client.delete('clusterrolebindings.rbac.authorization.k8s.io', undefined, 'exec');
    expect(excess.map(({ right }) => right)).toEqual(['may create pods/exec in namespace kube-system', 'may create pods/exec in namespace default']);
  });

  test('the service does not start with probes that may do more, and without their variable they are off', async () => {
    const start = (probes: ReturnType<typeof secret>) => selfTest({
      targets: { databases: [], services: [], hosts: [], operations: [], resolvers: [], clusters: [{ name: 'production', kubeconfig: secret(kubeconfigs['sre-read'] ?? '', 'KUBECONFIG_READ'), probes, allowPowerfulRead: true, namespaces: ['shop'] }] },
      kubectl: findProgram('kubectl'), log: silentLogger, patienceMilliseconds: 60_000,
    });
    await expect(start(secret(kubeconfigs['sre-write'] ?? '', 'KUBECONFIG_PROBES'))).rejects.toThrow(/The identity for probes of cluster production may [^]*secrets named checkout-secrets[^]*Or leave probes out of this target/);
    for (const probes of [secret(kubeconfigs['sre-probe'] ?? '', 'KUBECONFIG_PROBES'), createSecret('KUBECONFIG_PROBES', 'probes', {})]) {
      const test = await start(probes);
      expect(test.refusal()).toBeUndefined();
      test.stop();
    }
  });

  test.skipIf(!requirement('bwrap'))('kubectl in its sandbox reaches the cluster as well', async () => {
    useSandbox(await openSandbox('require', silentLogger));
    const found = await look('sre-read').finally(() => useSandbox(undefined));
    expect(found).toEqual({ excess: [] });
  });

  test('a right of the whole cluster is found too', async () => {
    cluster.apply('{ apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: { name: peek }, rules: [{ apiGroups: [""], resources: [secrets, pods/exec], verbs: [get] }] }\n---\n{ apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: { name: peek }, roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: peek }, subjects: [{ kind: ServiceAccount, name: sre-read, namespace: shop }] }');
    const { excess } = await look('sre-read', ['other']);
    cluster.client.delete('clusterrolebindings.rbac.authorization.k8s.io', undefined, 'peek');
    expect(excess.map(({ right }) => right)).toEqual(['may get secrets in namespace other, which shows every secret', 'may get pods/exec in namespace other, which reaches into pods']);
    expect(await look('sre-read', ['other'])).toEqual({ excess: [] });
  });

  test('a cluster that is away proves nothing, and its message tells no path', async () => {
    const error = await lookAtCluster({ name: 'production', kubeconfig: secret('/nowhere/kubeconfig', 'KUBECONFIG_READ'), namespaces: ['shop'] }, { kubectl: findProgram('kubectl'), signal: AbortSignal.timeout(60_000) }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'not_asked', message: expect.not.stringContaining('/nowhere') as string });
  });
});

test.each([
  [{ verbs: ['get', 'list'], apiGroups: ['*'], resources: ['*'] }, 1],
  [{ verbs: ['*'], apiGroups: ['apps'], resources: ['deployments'] }, 1],
  [{ verbs: ['watch'], apiGroups: [''], resources: ['secrets'] }, 1],
  [{ verbs: ['get'], apiGroups: [''], resources: ['nodes/proxy', 'services/proxy', 'pods/attach', 'pods/portforward', '*/exec', 'pods/*'] }, 6],
  [{ verbs: ['impersonate'], apiGroups: [''], resources: ['users'] }, 1],
  [{ verbs: ['create'], apiGroups: ['authorization.k8s.io'], resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'] }, 0],
  [{ verbs: ['create'], apiGroups: [''], resources: ['serviceaccounts/token', 'pods/eviction'] }, 2],
  [{ verbs: ['get', 'list', 'watch'], apiGroups: ['', 'apps'], resources: ['pods', 'pods/log', 'deployments/scale', 'configmaps'] }, 0],
])('%j: %i too many', (rule, count) => {
  expect(excessOf([rule], 'shop')).toHaveLength(count);
});

test.each([
  [{ verbs: ['get', 'create'], apiGroups: [''], resources: ['pods', 'pods/exec'] }, 1],
  [{ verbs: ['*'], apiGroups: [''], resources: ['pods/exec'] }, 1],
  [{ verbs: ['get', 'create'], apiGroups: [''], resources: ['pods/exec', 'pods/attach', 'pods/portforward'] }, 2],
  [{ verbs: ['get'], apiGroups: [''], resources: ['secrets', '*/exec', '*'] }, 3],
])('%j: %i too many for probes', (rule, count) => {
  expect(probeExcessOf([rule], 'shop')).toHaveLength(count);
});

test('every question that is asked one by one is about a right too many', () => {
  for (const { verb, group, resource, subresource } of questions) expect(excessOf([{ verbs: [verb], apiGroups: [group], resources: [subresource === undefined ? resource : `${resource}/${subresource}`] }], 'shop')).toHaveLength(1);
});

test('no shipped role has a wildcard; those to read only read', () => {
  const rules = Object.fromEntries(readdirSync('deploy/kubernetes').map((file) => [file, parseAllDocuments(readFileSync(`deploy/kubernetes/${file}`, 'utf8')).flatMap((document) => (document.toJS() as { rules?: ResourceRule[] }).rules ?? [])]));
  expect(Object.entries(rules).filter(([, some]) => some.length === 0 || /"\*/.test(JSON.stringify(some))).map(([file]) => file)).toEqual([]);
  expect(Object.entries(rules).filter(([file]) => file.startsWith('read')).flatMap(([, some]) => excessOf(some, 'shop'))).toEqual([]);
  const escalations = /exec|attach|portforward|proxy|serviceaccounts|role|bind|escalate|impersonate|certificatesigning|webhookconfigurations/;
  expect(Object.entries(rules).filter(([, some]) => escalations.test(JSON.stringify(some))).map(([file]) => file)).toEqual(['probe.yaml']);
  expect(probeExcessOf(rules['probe.yaml'] ?? [], 'shop')).toEqual([]);
});
