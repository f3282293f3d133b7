import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Cluster } from '../../../playground/cluster/cluster.ts';
import { busyboxImages } from '../../../playground/cluster/kubelet/busybox.ts';
import { startCluster } from '../../../playground/cluster/start.ts';
import type { Targets } from '../../../src/config/targets.ts';
import type { FindingBody } from '../../../src/incident/types.ts';
import { detectAll } from '../../../src/rules/detect-all.ts';
import { verifyByRules } from '../../../src/rules/verify.ts';
import { createKubectlTools } from '../../../src/tools/kubectl/kubectl-tools.ts';
import { collectReadings } from '../../../src/tools/readings/collect.ts';
import { memoryRecorder, targets as targetsOf } from '../../rules/readings-support.ts';
import { manifestOf } from '../../support/deploy.ts';
import { findProgram, requirement } from '../../support/requirements.ts';
import { waitFor } from '../../support/wait-for.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const run = promisify(execFile);

const reader = `apiVersion: v1
kind: Namespace
metadata: { name: demo }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: reader, namespace: demo }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: reader }
rules:
  - { apiGroups: [""], resources: [nodes, namespaces, pods, pods/log, services, configmaps, events, persistentvolumeclaims, resourcequotas], verbs: [get, list] }
  - { apiGroups: [apps, batch, autoscaling, policy, discovery.k8s.io, storage.k8s.io], resources: ["*"], verbs: [get, list] }
  - { apiGroups: [networking.k8s.io], resources: [ingresses], verbs: [get, list] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: reader }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader }
subjects: [{ kind: ServiceAccount, name: reader, namespace: demo }]
`;

const workload = (name: string, { command = 'sleep 100000', image = 'registry.local/busybox:1', more = '', pod = '' } = {}): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: demo }
spec:
  replicas: 1
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      terminationGracePeriodSeconds: 0
      ${pod}
      containers:
        - name: main
          image: ${image}
          command: [/bin/sh, -c, ${JSON.stringify(command)}]
          ${more}
`;
const service = (name: string, app = name): string => `apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: demo }
spec: { selector: { app: ${app} }, ports: [{ port: 80 }] }
`;
const settings = (value: string): string => `env: [{ name: MODE, value: ${value} }, { name: STORE_URL, value: "http://store:80" }]`;
const strict = 'if [ "$MODE" != fast ]; then echo "FATAL: MODE $MODE is not supported"; exit 3; fi; sleep 100000';

const good = [workload('picture'), workload('strict', { command: strict, more: settings('fast') }), workload('store'), service('store'), workload('needy'), workload('wide'), workload('calm')];
const bad = [
  workload('picture', { image: 'registry.local/busybox:nope' }), workload('strict', { command: strict, more: settings('slow') }), service('store', 'storr'),
  workload('needy', { more: 'envFrom: [{ configMapRef: { name: absent } }]' }), workload('wide', { pod: 'nodeSelector: { disk: none }' }),
];

describe.skipIf(process.platform !== 'linux' || !requirement('kubectl'))('a cluster, read with kubectl', () => {
  let directory: string;
  let cluster: Cluster;
  let targets: Targets;
  const look = async (): Promise<{ findings: FindingBody[]; unread: string[]; evidence: Map<string, string> }> => {
    const { record, all } = memoryRecorder();
    const readings = await collectReadings({ targets, record, signal: AbortSignal.timeout(60_000) });
    return { findings: detectAll(readings, targets).map(({ finding }) => finding), unread: (readings.clusters ?? []).flatMap((one) => one.unread.map(({ what, message }) => `${what}: ${message}`)), evidence: new Map(all.map(({ id, text }) => [id, text])) };
  };
  const settled = (names: readonly string[]) => waitFor('the deployments to be available', () => names.every((name) => {
    const found = cluster.client.get('deployments.apps', 'demo', name);
    return found?.status?.observedGeneration === found?.metadata.generation && (found?.status?.availableReplicas ?? 0) >= 1 && (found?.status?.updatedReplicas ?? 0) === 1 && (found?.status?.replicas ?? 0) === 1;
  }), 90);

  beforeAll(async () => {
    process.env['KUBECTL'] ??= findProgram('kubectl');
    directory = await mkdtemp(path.join(tmpdir(), 'cluster-readings-'));
    cluster = await startCluster({ directory: path.join(directory, 'cluster'), port: 0, images: busyboxImages(), timing: { speed: 10 } });
    cluster.apply(reader);
    cluster.apply(good.join('---\n'), 'kubectl');
    const kubeconfig = await cluster.kubeconfigFor({ namespace: 'demo', name: 'reader' }, path.join(directory, 'reader'));
    targets = { ...targetsOf(), clusters: [{ name: 'main', kubeconfig: { variable: 'KUBECONFIG_READ', reveal: () => kubeconfig }, namespaces: ['demo'] }] };
    await settled(['picture', 'strict', 'store', 'needy', 'wide', 'calm']);
    await waitFor('the cluster DNS', () => (cluster.client.get('deployments.apps', 'kube-system', 'coredns')?.status?.availableReplicas ?? 0) > 0, 90);
  });
  afterAll(async () => {
    await cluster?.stop();
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  });

  test('nothing is found while all is well; what may not be read is a gap, and no more', async () => {
    const { findings, unread } = await look();
    expect(findings).toEqual([]);
    expect(unread).toEqual([expect.stringMatching(/^networkpolicies in namespace demo of cluster main: .*forbidden/i)]);
  });

  test('the log of what was reported is read though it is well, and no other; the Corefile as well, where it may be', async () => {
    const { record } = memoryRecorder();
    const readings = await collectReadings({ targets, record, signal: AbortSignal.timeout(60_000), about: 'calm: nothing comes out of it' });
    expect(readings.clusters?.[0]?.namespaces[0]?.logs.map(({ value }) => value.pod)).toEqual([expect.stringMatching(/^calm-/)]);
    expect(readings.clusters?.[0]?.corefile?.value).toMatchObject({ namespace: 'kube-system', map: { name: 'coredns', data: { Corefile: expect.stringContaining('kubernetes cluster.local') as string } } });
    expect(readings.clusters?.[0]?.corefile?.evidence.text).toContain('Corefile: .:53 {');
  });

  test('each break is found with its cause and its way back, and is gone when it is undone', async () => {
    cluster.apply(bad.join('---\n'), 'kubectl');
    const wanted: Record<string, unknown> = {
      'deployment/demo/picture': { kind: 'kubectl.rollout_undo', to_revision: 1, name: 'picture' },
      'deployment/demo/strict': { kind: 'kubectl.rollout_undo', to_revision: 1, name: 'strict' },
      'deployment/demo/needy': { kind: 'kubectl.rollout_undo', to_revision: 1, name: 'needy' },
      'deployment/demo/wide': { kind: 'kubectl.rollout_undo', to_revision: 1, name: 'wide' },
      'kube-service/demo/store': { kind: 'kubectl.patch', patch: '{"spec":{"selector":{"app":"store"}}}' },
    };
    const { findings, evidence } = await waitFor('every break to be found', async () => {
      const seen = await look();
      return Object.keys(wanted).every((resource) => seen.findings.some((one) => one.resource === resource)) && seen;
    }, 90);
    for (const [resource, remedy] of Object.entries(wanted)) expect(findings.find((one) => one.resource === resource)).toMatchObject({ remedy });
    expect(findings.map((one) => one.resource).sort()).toEqual(Object.keys(wanted).sort());
    for (const { quotes } of findings) for (const { evidence: id, quote } of quotes) expect(evidence.get(id)).toContain(quote);
    expect(findings.find((one) => one.resource === 'deployment/demo/strict')?.quotes.some(({ quote }) => quote.includes('FATAL: MODE slow is not supported'))).toBe(true);

    const kubectl = findProgram('kubectl') ?? '';
    for (const name of ['picture', 'strict', 'needy', 'wide']) await run(kubectl, ['--kubeconfig', cluster.adminKubeconfig, '-n', 'demo', 'rollout', 'undo', `deployment/${name}`, '--to-revision=1']);
    await run(kubectl, ['--kubeconfig', cluster.adminKubeconfig, '-n', 'demo', 'patch', 'service/store', '--type=merge', '-p', '{"spec":{"selector":{"app":"store"}}}']);
    const verify = verifyByRules({ targets, record: memoryRecorder().record });
    await waitFor('the findings to be gone', async () => (await verify(AbortSignal.timeout(60_000))).keys.length === 0, 90);
  });

  test('the tools of a reader see the breaks, who made them, and where a path ends', async () => {
    cluster.apply([workload('strict', { command: strict, more: settings('slow') }), service('store', 'storr')].join('---\n'));
    const tools = createKubectlTools({ clusters: targets.clusters, binary: findProgram('kubectl') ?? '', timeoutMilliseconds: 60_000 });
    const use = async (name: string, input: object): Promise<string> => {
      const { output, failed } = (await tools.find((one) => one.name === name)?.run(input, { signal: AbortSignal.timeout(60_000) })) ?? { output: `no tool ${name}` };
      expect({ name, output, failed }).toMatchObject({ failed: undefined });
      return output;
    };
    const [history, changes, path, owned, right, slices, dns] = await Promise.all([
      use('kubectl_rollout_history', { name: 'strict' }), use('kubectl_changes', { minutes: 60 }), use('kubectl_path', { service: 'store', from: 'strict' }), use('kubectl_owner', { kind: 'deployments', name: 'store' }),
      use('kubectl_can_i', { verb: 'list', kind: 'secrets' }), use('kubectl_get', { kind: 'endpointslices' }), use('kubectl_cluster_dns', {}),
    ]);
    expect(history).toMatch(/containers\[main\]\.env\[MODE\]\.value: was "fast", is "slow"/);
    expect(changes).toMatch(/Z deployment strict: revision \d+[^]*env\[MODE\]\.value: was "fast", is "slow"/);
    expect(changes).toMatch(/Z service store: last written by \S+; it owns .*spec\.selector/);
    expect(changes).toMatch(/Secrets may not be listed/);
    expect(path).toMatch(/^Breaks at[^]*no pod and no workload has the labels app=storr[^]*almost: deployment store has app=store[^]*variable STORE_URL of container main names store:80[^]*networkpolicies could not be read/);
    expect(owned).toMatch(/It owns:\n {2}replicaset store-\w+: replicas wanted 1[^]*\n {4}pod store-\S+: Running, ready/);
    expect(right).toBe('no');
    expect(slices).toMatch(/\| READY \|/);
    expect(dns).toMatch(/service kube-dns: ClusterIP[^]*deployment coredns: 1 of 1 pods available[^]*Corefile \(ConfigMap coredns.*\):\n\.:53/);
  });

  test('probes look out from inside a pod, with an identity that may do nothing else', async () => {
    cluster.apply(workload('site', { command: 'mkdir -p /tmp/w; echo all is well > /tmp/w/healthz; httpd -f -p 8080 -h /tmp/w', more: 'env: [{ name: API_KEY, value: "first-line\\nSECOND=hidden-value" }, { name: PARTNER, value: "partner.example" }]' }));
    cluster.apply('{ apiVersion: v1, kind: Service, metadata: { name: site, namespace: demo }, spec: { selector: { app: site }, ports: [{ port: 80, targetPort: 8080 }] } }');
    cluster.apply(manifestOf('probe', 'demo'));
    const kubeconfig = await cluster.kubeconfigFor({ namespace: 'demo', name: 'sre-probe' }, path.join(directory, 'probe'));
    await waitFor('the site', () => (cluster.client.get('deployments.apps', 'demo', 'site')?.status?.availableReplicas ?? 0) >= 1, 90);
    const pod = cluster.client.list('pods', { namespace: 'demo' }).find(({ metadata }) => metadata.labels?.['app'] === 'site')?.metadata.name ?? '';
    const [main] = targets.clusters;
    const tools = createKubectlTools({ clusters: main === undefined ? [] : [{ ...main, probes: { variable: 'KUBECONFIG_PROBES', reveal: () => kubeconfig } }], binary: findProgram('kubectl') ?? '', timeoutMilliseconds: 60_000 });
    const probe = (input: object) => tools.find(({ name }) => name === 'kubectl_probe')?.run({ pod, ...input }, { signal: AbortSignal.timeout(60_000) });
    const [well, absent, unknown, shut, resolver, names, outside] = await Promise.all([
      probe({ probe: 'http', host: 'site', path: '/healthz' }), probe({ probe: 'http', host: 'site.demo.svc', path: '/nope' }), probe({ probe: 'dns', host: 'nobody' }), probe({ probe: 'tcp', host: 'localhost', port: 1 }),
      probe({ probe: 'resolv_conf' }), probe({ probe: 'environment_names' }), probe({ probe: 'http', host: 'elsewhere.example' }),
    ]);
    expect(well).toMatchObject({ command: `kubectl -n demo exec ${pod} -c main -- wget -nv -S -O - -T 5 --tries=1 --max-redirect=0 --no-proxy --content-on-error http://site:80/healthz`, output: expect.stringMatching(/^Answered with HTTP 200 \(wget, ended with 0\)[^]*body:\nall is well$/) as string });
    expect(absent?.output).toMatch(/^Answered with HTTP 404 /);
    expect(unknown?.output).toMatch(/^The name does not resolve: the name is not known to the DNS of this pod \(nslookup, ended with 1\)[^]*NXDOMAIN/);
    expect(shut?.output).toMatch(/^No connection: refused: /);
    expect(resolver?.output).toMatch(/nameserver [\d.]+[^]*search demo\.svc\.cluster\.local|search demo\.svc\.cluster\.local[^]*nameserver/);
    expect(names?.output).toMatch(/\nAPI_KEY\n[^]*\nPARTNER\n[^]*addresses of \d+ Services: .*SITE/);
    expect(names?.output).not.toMatch(/hidden|first-line|SECOND/);
    expect(outside).toMatchObject({ failed: true, output: expect.stringMatching(/^Refused, nothing was run\.\nhost: there is no Service elsewhere\.example here/) as string });
  });

  test('a cluster that is not there is one gap, in words', async () => {
    const kubeconfig = path.join(directory, 'gone');
    await writeFile(kubeconfig, JSON.stringify({ apiVersion: 'v1', kind: 'Config', 'current-context': 'a', contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }], clusters: [{ name: 'a', cluster: { server: 'https://127.0.0.1:9' } }], users: [{ name: 'a', user: { token: 'x' } }] }));
    const { record } = memoryRecorder();
    const readings = await collectReadings({ targets: { ...targets, clusters: [{ name: 'main', kubeconfig: { variable: 'X', reveal: () => kubeconfig }, namespaces: ['demo'] }] }, record, signal: AbortSignal.timeout(60_000) });
    expect(readings.clusters?.[0]?.unread).toEqual([{ what: 'cluster main', message: expect.stringMatching(/refused/) as string }]);
  });
});
