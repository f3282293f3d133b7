import { describe, expect, test } from 'vitest';
import { sliceTable } from '../../../src/tools/kubectl/endpoint-slices.ts';
import { createKubectlTools } from '../../../src/tools/kubectl/kubectl-tools.ts';
import { leftOut } from '../../../src/tools/kubectl/left-out.ts';
import { conditionsOfAll } from '../../../src/tools/kubectl/list-lines.ts';
import { ownedLines, ownersOf, stateLines } from '../../../src/tools/kubectl/owner-tree.ts';
import { usageTable } from '../../../src/tools/kubectl/top.ts';
import type { RunOptions } from '../../../src/process/run.ts';
import { cluster, ended, recorded, recordedJson, recordedRun, use } from './support.ts';

const list = (file: string, what: string): unknown[] => (JSON.parse(recordedJson(file, `kubectl -n shop get ${what} -o json`)) as { items: unknown[] }).items;
const custom = (name: string, conditions: object[]): object => ({ kind: 'Certificate', metadata: { name }, status: { conditions } });

/** Answers by the arguments; what is not listed ends with an error. */
function answering(answers: [RegExp, string][]): ReturnType<typeof recordedRun> {
  const started: RunOptions[] = [];
  return Object.assign(async (options: RunOptions) => {
    started.push(options);
    const found = answers.find(([pattern]) => pattern.test(options.argv.join(' ')));
    return found === undefined ? ended({ exitCode: 1, stderr: 'Error from server (NotFound): not found' }) : ended({ stdout: found[1] });
  }, { started });
}
const toolsOf = (run: ReturnType<typeof recordedRun>): ReturnType<typeof createKubectlTools> => createKubectlTools({ clusters: [cluster()], binary: '/opt/kubectl', run });

describe('lists say what the table leaves out', () => {
  test('each endpoint with its readiness', () => {
    const slices = list('objects.json.txt', 'endpointslices');
    expect(sliceTable(slices)).toMatch(/^NAME .*\| READY \| SERVING \| TERMINATING \|[^]*\| 10\.244\.0\.59 +\| 8080\/TCP \| no +\| no +\| no +\| pod catalog-8694cb994b-mjckb \| node1$/m);
  });

  test('conditions of custom resources, the unwell first', async () => {
    const lines = conditionsOfAll([custom('good', [{ type: 'Ready', status: 'True' }]), custom('bad', [{ type: 'Ready', status: 'False', reason: 'Expired', message: 'it expired\nyesterday', lastTransitionTime: '2026-11-22T10:00:00Z' }])]);
    expect(lines).toEqual(['', 'Conditions:', 'certificate bad', '  Ready=False Expired since 2026-11-22T10:00:00Z: it expired yesterday', 'certificate good', '  Ready=True']);
    const run = answering([[/--output=wide/, 'NAME\nbad\n'], [/--output=json/, JSON.stringify({ items: [custom('bad', [{ type: 'Ready', status: 'False' }])] })]]);
    expect((await use(toolsOf(run), 'kubectl_get', { kind: 'certificates.cert-manager.io' })).output).toBe('NAME\nbad\n\nConditions:\ncertificate bad\n  Ready=False');
  });

  test.each(['pods', 'deploy', 'deployments.apps', 'deployments.v1.apps', 'ingresses.networking.k8s.io', 'nodes', 'all', 'cm'])('%s is asked for once', async (kind) => {
    const run = recordedRun({ stdout: 'NAME\n' });
    await use(toolsOf(run), 'kubectl_get', { kind });
    expect(run.started).toHaveLength(1);
  });
});

describe('descriptions say what kubectl leaves out', () => {
  test('fields that are set, defaults not', () => {
    const spec = { dnsPolicy: 'None', dnsConfig: { nameservers: ['192.0.2.1'] }, hostAliases: [{ ip: '10.0.0.1', hostnames: ['store'] }], restartPolicy: 'Always', securityContext: {}, terminationGracePeriodSeconds: 30, containers: [{ name: 'a', image: 'x', imagePullPolicy: 'Always', terminationMessagePath: '/dev/termination-log' }] };
    expect(leftOut({ kind: 'Deployment', spec: { template: { spec } } })).toEqual({ dnsPolicy: 'None', dnsConfig: { nameservers: ['192.0.2.1'] }, hostAliases: [{ ip: '10.0.0.1', hostnames: ['store'] }], containers: [{ name: 'a', imagePullPolicy: 'Always' }] });
    expect(leftOut({ kind: 'CronJob', spec: { jobTemplate: { spec: { template: { spec: { hostNetwork: true } } } } } })).toEqual({ hostNetwork: true });
  });

  test('nothing of a plain pod of a real cluster', () => expect(leftOut(list('pods.json.txt', 'pod -l app=catalog')[0])).toBeUndefined());

  test('and stand alone where the object could not be read', async () => {
    const run = answering([[/^describe /, 'Name: front-1\n']]);
    expect(await use(toolsOf(run), 'kubectl_describe', { kind: 'pods', name: 'front' })).toMatchObject({ output: 'Name: front-1' });
  });
});

describe('owners', () => {
  const sets = list('objects.json.txt', 'rs');
  const deployment = JSON.parse(recordedJson('objects.json.txt', 'kubectl -n shop get deploy/checkout -o json')) as object;
  const pods = list('pods.json.txt', 'pod -l app=checkout');

  test('of a real deployment: what it owns, down to the pods, former revisions last', () => {
    const lines = ownedLines(deployment, [...sets, ...pods]);
    expect(lines[0]).toMatch(/^ {2}replicaset checkout-\w+: replicas wanted 1/);
    expect(lines.some((line) => /^ {4}pod checkout-\S+: /.test(line))).toBe(true);
    expect(lines.findLastIndex((line) => /^ {2}replicaset/.test(line))).toBeGreaterThan(0);
    expect(stateLines(deployment)).toEqual(expect.arrayContaining([expect.stringMatching(/^deployment checkout: replicas wanted 1/), expect.stringMatching(/^ {2}Available=/)]));
  });

  test('a deletion that waits, and a controller that is behind, are told', () => {
    expect(stateLines({ kind: 'Backup', metadata: { name: 'b', generation: 3, deletionTimestamp: '2026-11-22T10:00:00Z', finalizers: ['example.com/cleanup'] }, status: { observedGeneration: 2, phase: 'Failed' } }))
      .toEqual(['backup b: phase Failed', '  being deleted since 2026-11-22T10:00:00Z, waits for the finalizers example.com/cleanup', '  its controller has not seen the newest spec (generation 3, observed 2)']);
  });

  test('rings end', () => {
    const ring = ['a', 'b'].map((uid, index) => ({ kind: 'X', metadata: { name: uid, uid, ownerReferences: [{ uid: index === 0 ? 'b' : 'a' }] } }));
    expect(ownedLines(ring[0], ring).length).toBeLessThan(20);
  });

  test.each([
    ['a Secret', { apiVersion: 'v1', kind: 'Secret', name: 'x' }],
    ['a kind of the whole cluster', { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: 'x' }],
    ['a flag', { apiVersion: 'v1', kind: 'Pod', name: '--raw=/api/v1/secrets' }],
    ['a list of kinds', { apiVersion: 'v1', kind: 'Pod,secrets', name: 'x' }],
    ['a path', { apiVersion: '../v1', kind: 'Pod', name: 'x' }],
  ])('a reference to %s is not followed', async (_what, reference) => {
    expect(ownersOf({ metadata: { ownerReferences: [reference] } })).toEqual([reference]);
    const run = answering([[/^get pods x /, JSON.stringify({ kind: 'Pod', metadata: { name: 'x', ownerReferences: [{ ...reference, controller: true }] } })], [/^(?:api-resources|get replicasets)/, '{"items":[]}']]);
    const { output } = await use(toolsOf(run), 'kubectl_owner', { kind: 'pods', name: 'x' });
    expect(output).toMatch(/of a kind that is not looked at here/);
    expect(run.started.map(({ argv }) => argv.slice(0, 3).join(' ')).filter((one) => one.startsWith('get '))).toEqual(['get pods x', expect.stringMatching(/^get replicasets\.apps,/)]);
  });
});

describe('rights, kinds and usage', () => {
  test('a no is an answer, with what a real cluster prints', async () => {
    const { output, exitCode } = recorded('rbac.txt', 'kubectl --token=TOKEN auth can-i delete pods -n shop');
    expect(await use(toolsOf(recordedRun({ exitCode, stdout: output })), 'kubectl_can_i', { verb: 'delete', kind: 'pods' })).toEqual({ command: 'kubectl -n shop auth can-i delete pods', output: 'no' });
    const all = await use(toolsOf(recordedRun({ stdout: recorded('rbac.txt', 'kubectl --token=TOKEN auth can-i --list -n shop').output })), 'kubectl_can_i', {});
    expect(all.output).toMatch(/\nconfigmaps +\[\] +\[\] +\[get list watch\]\n/);
    expect(all.output).not.toContain('/healthz');
  });

  test('kinds that hold a text, without verbs and without what is not offered', async () => {
    const table = ['NAME   SHORTNAMES   APIVERSION                NAMESPACED   KIND         VERBS      CATEGORIES', 'clusterroles                                      rbac.authorization.k8s.io/v1 false ClusterRole get,list', 'certificates   cert   cert-manager.io/v1   true   Certificate   get,list   all'].join('\n');
    const { output } = await use(toolsOf(recordedRun({ stdout: table })), 'kubectl_api_resources', { contains: 'CERT' });
    expect(output.split('\n')).toHaveLength(2);
    expect(output).toMatch(/^NAME .*KIND\ncertificates/);
    expect((await use(toolsOf(recordedRun({ stdout: table })), 'kubectl_api_resources', { contains: 'nope' })).output).toMatch(/none of the 2 kinds/);
  });

  test('usage beside limits, fullest first', () => {
    const pods = [{ metadata: { name: 'a-1' }, spec: { containers: [{ name: 'main', resources: { requests: { memory: '64Mi' }, limits: { memory: '128Mi' } } }] } }, { metadata: { name: 'b-1' }, spec: { containers: [{ name: 'main', resources: { limits: { cpu: '1', memory: '100Mi' } } }] } }];
    const lines = usageTable('POD   NAME   CPU(cores)   MEMORY(bytes)\na-1   main   5m   32Mi\nb-1   main   950m   20Mi\n', pods).split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
    expect(lines.slice(1)).toEqual([['b-1', 'main', '950m', '-', '1', '95%', '20Mi', '-', '100Mi', '20%'], ['a-1', 'main', '5m', '-', '-', '(no limit)', '32Mi', '64Mi', '128Mi', '25%']]);
  });

  test('no metrics are said to be no metrics', async () => {
    expect(await use(toolsOf(recordedRun({ exitCode: 1, stderr: 'error: Metrics API not available' })), 'kubectl_top', {})).toMatchObject({ failed: true, output: expect.stringMatching(/This cluster measures no usage/) });
  });
});

describe('the cluster\'s DNS', () => {
  test('is read in the namespace of its Corefile; what may not be read is said', async () => {
    const coredns = { items: [{ kind: 'Service', metadata: { name: 'kube-dns' }, spec: { clusterIP: '10.96.0.10', selector: { 'k8s-app': 'kube-dns' }, ports: [{ name: 'dns', port: 53 }] } }] };
    const run = answering([[/^get services,/, JSON.stringify(coredns)]]);
    const { output, failed } = await use(toolsOf(run), 'kubectl_cluster_dns', {});
    expect(failed).toBeUndefined();
    expect(output).toMatch(/service kube-dns: ClusterIP[^]*Corefile \(ConfigMap coredns\):\n\(could not be read: [^]*Log, the newest 60 lines of each pod:\n\(could not be read/);
    expect(run.started.every(({ argv }) => argv.includes('--namespace=kube-system'))).toBe(true);
    expect(await use(toolsOf(answering([])), 'kubectl_cluster_dns', {})).toMatchObject({ failed: true, output: expect.stringMatching(/asking the cluster's resolver from outside is what is left/) });
  });
});
