import { describe, expect, test } from 'vitest';
import type { FindingBody } from '../../../src/incident/types.ts';
import { broken, service as serviceReading, silent, times } from '../readings-support.ts';
import { ago, deployment, event, findings, healthyNode, pod, read, service, well } from './objects.ts';
import { detectAll } from '../../../src/rules/detect-all.ts';
import { targets } from '../readings-support.ts';

type Json = Record<string, unknown>;
const of = (found: readonly FindingBody[], resource: string): FindingBody | undefined => found.find((one) => one.resource === resource);
const note = 'kubectl.kubernetes.io/last-applied-configuration';

describe('an ingress of a class that nobody serves', () => {
  const ingress = ({ name = 'web', className = 'ngnix', annotation = false, noted, created = 7200, edited, addresses = [] }: { name?: string; className?: string; annotation?: boolean; noted?: string; created?: number; edited?: number; addresses?: Json[] }): Json => ({
    kind: 'Ingress', apiVersion: 'networking.k8s.io/v1',
    metadata: {
      name, creationTimestamp: ago(created),
      annotations: { ...(annotation ? { 'kubernetes.io/ingress.class': className } : {}), ...(noted === undefined ? {} : { [note]: JSON.stringify({ spec: { ingressClassName: noted } }) }) },
      ...(edited === undefined ? {} : { managedFields: [{ manager: 'kubectl-edit', operation: 'Update', time: ago(edited), fieldsV1: { 'f:spec': { 'f:ingressClassName': {} } } }] }),
    },
    spec: { ...(annotation ? {} : { ingressClassName: className }), rules: [{ host: 'web.example', http: { paths: [{ path: '/', backend: { service: { name: 'web', port: { number: 80 } } } }] } }] },
    status: { loadBalancer: { ingress: addresses } },
  });
  const found = async (objects: Json[], classes: string[] = ['nginx', 'public']): Promise<FindingBody | undefined> => {
    const readings = await read(objects);
    for (const cluster of readings.clusters ?? []) cluster.ingressClasses = classes;
    return detectAll(readings, targets()).map(({ finding }) => finding).find((one) => one.mechanism === 'ingress-class-missing');
  };

  test('a name that is only near is no remedy', async () => {
    const one = await found([ingress({})]);
    expect(one).toMatchObject({ severity: 'warning', explanation: expect.stringContaining('Which it should be is not noted') as string });
    expect(one).not.toHaveProperty('remedy');
  });
  test('what was noted goes back where a hand changed it lately, and that class is served', async () => {
    expect(await found([ingress({ noted: 'nginx', edited: 60 })])).toMatchObject({ severity: 'warning', remedy: { kind: 'kubectl.patch', resource: 'ingress' } });
    expect(await found([ingress({ noted: 'haproxy', edited: 60 })])).not.toHaveProperty('remedy');
    expect(await found([ingress({ noted: 'nginx', edited: 8 * 3600 })])).not.toHaveProperty('remedy');
  });
  test('one that stood for long, that has an address, or whose controller needs no class is a remark', async () => {
    expect(await found([ingress({ created: 9 * 3600 })])).toMatchObject({ severity: 'info' });
    expect(await found([ingress({ addresses: [{ ip: '10.1.1.1' }] })])).toMatchObject({ severity: 'info' });
    expect(await found([ingress({ annotation: true, className: 'gce' })])).toMatchObject({ severity: 'info' });
  });
});

describe('a cordoned node', () => {
  const message = (more: string): string => `0/2 nodes are available: 1 node(s) were unschedulable, ${more}. preemption: 0/2 nodes are available`;
  const lost = '1 node(s) had untolerated taint {node.kubernetes.io/unreachable: }';
  const waiting = (text: string): Json => pod('cart', { phase: 'Pending', node: '', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: text }] });
  const node = ({ taints = [], manager = 'kubectl-cordon', seconds = 600, ready = 'True' }: { taints?: Json[]; manager?: string; seconds?: number; ready?: string } = {}): Json => ({
    kind: 'Node', metadata: { name: 'node1', managedFields: [{ manager, operation: 'Update', time: ago(seconds), fieldsV1: { 'f:spec': { 'f:unschedulable': {} } } }] },
    spec: { unschedulable: true, taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }, ...taints] }, status: { conditions: [{ type: 'Ready', status: ready, reason: 'KubeletReady', message: '' }] },
  });
  const other: Json = { ...healthyNode, metadata: { name: 'node2' } };
  const found = async (first: Json, text = message(lost)): Promise<FindingBody | undefined> => (await findings([...deployment('cart', [{}]), waiting(text)], { nodes: [first, other] })).find((one) => one.mechanism === 'node-cordoned');

  test('takes pods again where no other node fits, and says who cordoned it', async () => {
    expect(await found(node())).toMatchObject({ remedy: { kind: 'kubectl.uncordon', name: 'node1' }, explanation: expect.stringContaining(`kubectl-cordon cordoned node1 at ${ago(600)}`) as string });
  });
  test.each([
    ['other nodes are only full', node(), message('1 Insufficient cpu')],
    ['it is to be deleted', node({ taints: [{ key: 'ToBeDeletedByClusterAutoscaler', effect: 'NoSchedule' }] }), undefined],
    ['it is a candidate', node({ taints: [{ key: 'DeletionCandidateOfClusterAutoscaler', effect: 'PreferNoSchedule' }] }), undefined],
    ['it is being emptied', node({ taints: [{ key: 'hardware-check', effect: 'NoExecute' }] }), undefined],
    ['a program cordoned it', node({ manager: 'kured' }), undefined],
    ['it was cordoned yesterday', node({ seconds: 86_400 }), undefined],
    ['it is not ready', node({ ready: 'False' }), undefined],
  ])('is left to people where %s', async (_why, first, text) => {
    const one = await found(first, text);
    expect(one).toMatchObject({ mechanism: 'node-cordoned' });
    expect(one).not.toHaveProperty('remedy');
  });
});

describe('zero replicas', () => {
  const scaled = ([object, ...sets]: Json[], { seconds = 60, manager = 'kubectl', metadata = {} }: { seconds?: number; manager?: string; metadata?: Json } = {}): Json[] => [{
    ...object, metadata: { ...(object?.['metadata'] as Json), managedFields: [{ manager, subresource: 'scale', operation: 'Update', time: ago(seconds), fieldsV1: { 'f:spec': { 'f:replicas': {} } } }], ...metadata },
  }, ...sets];
  const stopped = (more: Parameters<typeof scaled>[1] = {}): Json[] => [...scaled(deployment('api', [{}], { replicas: 0 }), more), ...service('api', { ready: 0 })];
  const events = [event('Deployment', 'api', 'ScalingReplicaSet', 'Scaled down replica set api-r1 from 3 to 0', { type: 'Normal' })];
  const caller = [...deployment('web', [{ environment: { API_URL: 'http://api:8080' } }], { available: [1] }), well('web'), ...service('web')];
  const down = { services: [serviceReading('api', { samples: times(6, silent('ECONNREFUSED')) })], events };
  const api = (found: readonly FindingBody[]): FindingBody | undefined => of(found, 'deployment/shop/api');

  test('a variable, a budget or an autoscaler alone is a remark: who did it, when, and what is noted on it', async () => {
    const budget = { kind: 'PodDisruptionBudget', metadata: { name: 'api' }, spec: { minAvailable: 1, selector: { matchLabels: { app: 'api' } } } };
    for (const referring of [caller, [budget]]) {
      const found = api(await findings([...stopped({ metadata: { annotations: { 'ops.example/reason': 'stock count until Friday' } } }), ...referring], { events }));
      expect(found).toMatchObject({ severity: 'info', mechanism: 'scaled-to-zero', explanation: expect.stringContaining(`kubectl wrote its replicas at ${ago(60)}`) as string });
      expect(found?.explanation).toContain('ops.example/reason: "stock count until Friday"');
      expect(found).not.toHaveProperty('remedy');
    }
  });
  test('a watched service that fails, stopped lately: it gets back what it had', async () => {
    expect(api(await findings(stopped(), down, [{ name: 'api' }]))).toMatchObject({ severity: 'critical', remedy: { kind: 'kubectl.scale', replicas: 3 } });
  });
  test('a caller that fails and names it', async () => {
    const services = [serviceReading('web', { samples: times(6, broken('api: connect ECONNREFUSED', 502)) })];
    expect(api(await findings([...stopped(), ...caller], { services, events }, [{ name: 'web' }]))).toMatchObject({ remedy: { kind: 'kubectl.scale', replicas: 3 } });
  });
  test('what was stopped long before the trouble, or by a program, stays', async () => {
    for (const more of [{ seconds: 8 * 3600 }, { manager: 'sleep-schedule' }, { metadata: { annotations: { 'ops.example/maintenance': 'scaled to 0 on purpose until Friday' } } }]) {
      const found = api(await findings(stopped(more), { ...down, events: [] }, [{ name: 'api' }]));
      expect(found).toMatchObject({ mechanism: 'scaled-to-zero' });
      expect(found).not.toHaveProperty('remedy');
    }
  });
  test('KEDA, Argo Rollouts and owners scale it themselves', async () => {
    const keda = { kind: 'ScaledObject', apiVersion: 'keda.sh/v1alpha1', metadata: { name: 'api' }, spec: { scaleTargetRef: { name: 'api' }, minReplicaCount: 0 } };
    const rollout = { kind: 'Rollout', apiVersion: 'argoproj.io/v1alpha1', metadata: { name: 'api' }, spec: { workloadRef: { kind: 'Deployment', name: 'api' } } };
    for (const one of [keda, rollout]) {
      const found = api(await findings(stopped(), { ...down, custom: [one] }, [{ name: 'api' }]));
      expect(found).toMatchObject({ severity: 'warning', explanation: expect.stringMatching(/(?:ScaledObject|Rollout) api scales it/) as string });
      expect(found).not.toHaveProperty('remedy');
    }
    const owned = api(await findings(stopped({ metadata: { ownerReferences: [{ kind: 'StoreCluster', name: 'main', controller: true }] } }), down, [{ name: 'api' }]));
    expect(owned).not.toHaveProperty('remedy');
  });
});

describe('a controller without replicas', () => {
  const access: Json[] = [
    { kind: 'Role', metadata: { name: 'op' }, rules: [{ apiGroups: ['offers.example'], resources: ['offers'], verbs: ['list'] }] },
    { kind: 'RoleBinding', metadata: { name: 'op' }, roleRef: { kind: 'Role', name: 'op' }, subjects: [{ kind: 'ServiceAccount', name: 'op', namespace: 'shop' }] },
  ];
  const operator = (seconds: number, more: Json = {}): Json[] => deployment('op', [{}], { replicas: 0, available: [0] }).map((one, index) => {
    const spec = one['spec'] as Json;
    const template = spec['template'] as Json;
    const metadata = { ...(one['metadata'] as Json), annotations: { ...((one['metadata'] as Json)['annotations'] as Json | undefined), ...(index === 0 ? { [note]: JSON.stringify({ spec: { replicas: 1 } }) } : {}) }, ...(index === 0 ? { managedFields: [{ manager: 'kubectl', subresource: 'scale', time: ago(seconds), fieldsV1: { 'f:spec': { 'f:replicas': {} } } }], ...more } : {}) };
    return { ...one, metadata, spec: { ...spec, template: { ...template, spec: { ...(template['spec'] as Json), serviceAccountName: 'op' } } } };
  });
  const stale = { kind: 'Offer', apiVersion: 'offers.example/v1', metadata: { name: 'sale', generation: 2, creationTimestamp: ago(9000), managedFields: [{ manager: 'kubectl', time: ago(90), fieldsV1: { 'f:spec': {} } }] }, spec: { percent: 30 }, status: { observedGeneration: 1 } };
  const found = async (objects: Json[]): Promise<FindingBody | undefined> => of(await findings([...access, ...objects], { custom: [stale] }), 'deployment/shop/op');

  test('comes back where it was stopped lately and resources wait for it', async () => {
    expect(await found(operator(120))).toMatchObject({ mechanism: 'controller-scaled-to-zero', remedy: { kind: 'kubectl.scale', replicas: 1 }, explanation: expect.stringContaining(`kubectl wrote its replicas at ${ago(120)}`) as string });
  });
  test('stays where it was stopped long before, or something else scales it', async () => {
    expect(await found(operator(9 * 3600))).not.toHaveProperty('remedy');
    expect(await found(operator(120, { ownerReferences: [{ kind: 'ClusterServiceVersion', name: 'op.v1', controller: true }] }))).not.toHaveProperty('remedy');
  });
});
