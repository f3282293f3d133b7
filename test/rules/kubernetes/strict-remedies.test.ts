import { describe, expect, test } from 'vitest';
import type { FindingBody } from '../../../src/incident/types.ts';
import type { HelmRelease } from '../../../src/rules/cluster-readings.ts';
import { detectAll } from '../../../src/rules/detect-all.ts';
import { broken, evidence, service as serviceReading, targets, times } from '../readings-support.ts';
import { ago, crashing, deployment, event, findings, healthyNode, pod, read, service, well } from './objects.ts';

type Json = Record<string, unknown>;
const of = (found: readonly FindingBody[], resource: string): FindingBody | undefined => found.find((one) => one.resource === resource);

/** Every template and pod changed by `change`, which gets the pod's spec and the object's place in the list. */
const withSpec = (objects: Json[], change: (spec: Json, index: number) => Json): Json[] => objects.map((one, index) => {
  const spec = one['spec'] as Json;
  const template = spec['template'] as Json | undefined;
  return template === undefined ? { ...one, spec: change(spec, index) } : { ...one, spec: { ...spec, template: { ...template, spec: change(template['spec'] as Json, index) } } };
});
const inMain = (spec: Json, more: Json): Json => ({ ...spec, containers: (spec['containers'] as Json[]).map((one) => ({ ...one, ...more })) });

describe('memory is raised only as far as there is some', () => {
  const killed = [...deployment('pay', [{ memory: '1Gi' }]), crashing('pay', { last: { exitCode: 137, reason: 'OOMKilled', finishedAt: ago(5) }, parts: { memory: '1Gi' } })];
  const node = (memory: string): Json => ({ ...healthyNode, status: { ...(healthyNode['status'] as Json), allocatable: { memory } } });
  const quota = (hard: string): Json => ({ kind: 'ResourceQuota', metadata: { name: 'fair' }, spec: { hard: { 'limits.memory': hard } }, status: { hard: { 'limits.memory': hard }, used: { 'limits.memory': '3Gi' } } });
  const remedy = async (memory: string, more: Json[] = []): Promise<unknown> => of(await findings([...killed, ...more], { nodes: [node(memory)] }), 'deployment/shop/pay')?.remedy;

  test('a node that is smaller than twice the limit, or a quota that is used up, is the end of it', async () => {
    expect(await remedy('8Gi', [quota('8Gi')])).toMatchObject({ kind: 'kubectl.set_resources', limits: { memory: '2Gi' } });
    expect(await remedy('1900Mi')).toBeUndefined();
    expect(await remedy('8Gi', [quota('3500Mi')])).toBeUndefined();
  });
});

describe('a Helm release', () => {
  const release = (status: string, seconds = 60): HelmRelease => ({ name: 'pay', revision: 2, status, updated: ago(seconds), history: [{ revision: 1, status: 'superseded', updated: ago(9000), chart: 'pay-1', description: 'Install complete' }, { revision: 2, status, updated: ago(seconds), chart: 'pay-2', description: 'timed out waiting for the condition' }] });
  const found = async (objects: Json[], one: HelmRelease): Promise<FindingBody | undefined> => {
    const readings = await read(objects);
    for (const { namespaces } of readings.clusters ?? []) for (const space of namespaces) space.releases = { value: [one], evidence: evidence(`release pay: revision 2, ${one.status}\nrevision 2: ${one.status}`, 'kubernetes') };
    return detectAll(readings, targets()).map(({ finding }) => finding).find(({ resource }) => resource === 'release/shop/pay');
  };
  const owned = ([object, ...rest]: Json[]): Json[] => [{ ...object, metadata: { ...(object?.['metadata'] as Json), labels: { 'app.kubernetes.io/managed-by': 'Helm' }, annotations: { 'meta.helm.sh/release-name': 'pay' } } }, ...rest];

  test('that failed while all its pods are well is a remark', async () => {
    const one = await found([...owned(deployment('pay', [{}], { available: [1] })), well('pay')], release('failed'));
    expect(one).toMatchObject({ severity: 'info', mechanism: 'helm-release-failed' });
    expect(one).not.toHaveProperty('remedy');
  });
  test('is rolled back where what it made fails since, and not days later', async () => {
    const sick = [...owned(deployment('pay', [{ image: 'app:1' }, { image: 'app:2' }])), pod('pay', { revision: 2, phase: 'Pending', state: { waiting: { reason: 'ImagePullBackOff', message: 'app:2: not found' } }, parts: { image: 'app:2' } })];
    expect(await found(sick, release('failed'))).toMatchObject({ remedy: { kind: 'helm.rollback', to_revision: 1 } });
    expect(await found(sick, release('failed', 3 * 86_400))).not.toHaveProperty('remedy');
  });
});

describe('a whole template goes back only for what bears on the trouble', () => {
  const waiting = pod('feed', { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: "0/2 nodes are available: 2 node(s) didn't have free ports for the requested pod ports." }] });
  const port = (spec: Json, host?: number): Json => inMain(spec, { ports: [{ containerPort: 80, ...(host === undefined ? {} : { hostPort: host }) }] });
  const agent = (image: string): Json[] => [...withSpec(deployment('agent', [{}, { image }], { available: [0, 1] }), (spec, index) => port(spec, index === 1 ? undefined : 9100)), well('agent', { revision: 2 })];
  const rival = async (image: string): Promise<FindingBody | undefined> => of(await findings([...withSpec(deployment('feed', [{}]), (spec) => port(spec, 9100)), waiting, ...agent(image)]), 'deployment/shop/agent');

  test('the rival for a port of the node', async () => {
    expect(await rival('registry.local/app:1')).toMatchObject({ mechanism: 'host-port-conflict', remedy: { kind: 'kubectl.rollout_undo' } });
    const other = await rival('registry.local/app:2');
    expect(other).toMatchObject({ mechanism: 'host-port-conflict' });
    expect(other).not.toHaveProperty('remedy');
  });

  const autoscaler = { kind: 'HorizontalPodAutoscaler', metadata: { name: 'web' }, spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, minReplicas: 1, maxReplicas: 5 }, status: { currentReplicas: 1, conditions: [{ type: 'ScalingActive', status: 'False', reason: 'FailedGetResourceMetric', message: 'failed to get cpu utilization: missing request for cpu in container main of Pod web-1', lastTransitionTime: ago(20) }] } };
  test('a blind autoscaler', async () => {
    const remedy = async (image: string): Promise<unknown> => of(await findings([...withSpec(deployment('web', [{}, { image }], { available: [0, 1] }), (spec, index) => (index === 1 ? inMain(spec, { resources: { requests: { cpu: '100m' } } }) : spec)), well('web', { revision: 2 }), autoscaler]), 'deployment/shop/web')?.remedy;
    expect(await remedy('registry.local/app:1')).toMatchObject({ kind: 'kubectl.rollout_undo' });
    // What it asked for is known: that alone comes back.
    expect(await remedy('registry.local/app:2')).toMatchObject({ kind: 'kubectl.set_resources', container: 'main', requests: { cpu: '100m' } });
  });

  test('a call to a Service that is not there: where more changed, the one variable goes back', async () => {
    const call = (name: string, image = 'registry.local/app:1') => ({ image, environment: { CATALOG_URL: `http://${name}:8080` } });
    const objects = (image: string, name = 'catalogue'): Json[] => [...deployment('front', [call('catalog'), call(name, image)], { available: [0, 1] }), well('front', { revision: 2 }), ...service('front'), ...deployment('catalog', [{}], { available: [1] }), well('catalog'), ...service('catalog')];
    const parts = { services: [serviceReading('front', { samples: times(6, broken('upstream failed', 502)) })], logs: { 'front-r2-abcde': ['Error: getaddrinfo ENOTFOUND catalogue'] } };
    const found = async (image: string, more = parts): Promise<FindingBody | undefined> => (await findings(objects(image), more, [{ name: 'front' }])).find((one) => one.mechanism === 'upstream-service-missing');
    expect(await found('registry.local/app:1')).toMatchObject({ remedy: { kind: 'kubectl.rollout_undo', to_revision: 1 } });
    expect(await found('registry.local/app:2')).toMatchObject({ remedy: { kind: 'kubectl.set_env', container: 'main', variable: 'CATALOG_URL', value: 'http://catalog:8080' } });
    // Nobody says that name: what fails may be another thing.
    expect(await found('registry.local/app:1', { ...parts, logs: { 'front-r2-abcde': ['Error: queue is full'] } })).not.toHaveProperty('remedy');
  });
});

describe('a disruption budget', () => {
  const budget = { kind: 'PodDisruptionBudget', metadata: { name: 'web', creationTimestamp: ago(7200) }, spec: { minAvailable: 2, selector: { matchLabels: { app: 'web' } } }, status: { expectedPods: 2, currentHealthy: 2, desiredHealthy: 2, disruptionsAllowed: 0 } };
  const node = (seconds: number, manager = 'kubectl-cordon'): Json => ({ ...healthyNode, spec: { unschedulable: true }, metadata: { name: 'node1', managedFields: [{ manager, time: ago(seconds), fieldsV1: { 'f:spec': { 'f:unschedulable': {} } } }] } });
  const found = async (first: Json): Promise<FindingBody | undefined> => of(await findings([...deployment('web', [{}], { replicas: 2, available: [2] }), well('web'), budget], { nodes: [first] }), 'poddisruptionbudget/shop/web');

  test('gives way to a drain that a person began', async () => {
    expect(await found(node(600))).toMatchObject({ severity: 'warning', mechanism: 'disruption-budget-blocks', remedy: { kind: 'kubectl.patch' } });
  });
  test('and not to an autoscaler, nor because a node was cordoned once', async () => {
    for (const one of [node(600, 'cluster-autoscaler'), node(86_400)]) expect(await found(one)).not.toHaveProperty('remedy');
  });
});

describe('network policies', () => {
  const front = [...deployment('front', [{ environment: { CATALOG_URL: 'http://catalog:8080' } }], { available: [1] }), well('front'), ...service('front'), ...deployment('catalog', [{}], { available: [1] }), well('catalog'), ...service('catalog')];
  const failing = { services: [serviceReading('front', { samples: times(6, broken('upstream failed', 502)), dependsOn: ['catalog'] })] };
  test('a young policy that lets nobody in may be a quarantine: said, and not touched', async () => {
    for (const podSelector of [{}, { matchLabels: { app: 'catalog' } }]) {
      const policy = { kind: 'NetworkPolicy', metadata: { name: 'deny', creationTimestamp: ago(300), managedFields: [{ manager: 'kubectl-create', time: ago(300), fieldsV1: { 'f:spec': {} } }] }, spec: { podSelector, policyTypes: ['Ingress'] } };
      const found = of(await findings([...front, policy], failing, [{ name: 'front', dependsOn: ['catalog'] }]), 'networkpolicy/shop/deny');
      expect(found).toMatchObject({ explanation: expect.stringContaining('may be a quarantine') as string });
      expect(found).not.toHaveProperty('remedy');
    }
  });
  test('a name that is nearly the caller\'s goes back only where it was written lately', async () => {
    const policy = (seconds: number, manager = 'kubectl-edit'): Json => ({ kind: 'NetworkPolicy', metadata: { name: 'catalog', creationTimestamp: ago(90_000), managedFields: [{ manager, time: ago(seconds), fieldsV1: { 'f:spec': { 'f:ingress': {} } } }] }, spec: { podSelector: { matchLabels: { app: 'catalog' } }, policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: { matchLabels: { app: 'front-v2' } } }], ports: [{ port: 8080, protocol: 'TCP' }] }] } });
    const found = async (one: Json): Promise<FindingBody | undefined> => of(await findings([...front, one], failing, [{ name: 'front', dependsOn: ['catalog'] }]), 'networkpolicy/shop/catalog');
    expect(await found(policy(60))).toHaveProperty('remedy');
    expect(await found(policy(40_000))).not.toHaveProperty('remedy');
    expect(await found(policy(60, 'policy-operator'))).not.toHaveProperty('remedy');
  });

  const egress = (rules: Json[]): Json => ({ kind: 'NetworkPolicy', metadata: { name: 'web' }, spec: { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Egress'], egress: [{ to: [{ podSelector: {} }] }, ...rules] } });
  const web = [...deployment('web', [{}]), crashing('web')];
  const dns = async (rules: Json[], line = 'Error: getaddrinfo EAI_AGAIN store'): Promise<FindingBody | undefined> => of(await findings([...web, egress(rules)], { logs: { 'web-r1-abcde': [line] } }), 'networkpolicy/shop/web');
  test('lookups may go to OpenShift\'s DNS and to the one on the node', async () => {
    expect(await dns([{ to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'openshift-dns' } } }], ports: [{ protocol: 'UDP', port: 5353 }] }])).toBeUndefined();
    expect(await dns([{ to: [{ ipBlock: { cidr: '169.254.20.10/32' } }], ports: [{ protocol: 'UDP', port: 53 }] }])).toBeUndefined();
  });
  test('lookups are allowed only where who suffers speaks of a name', async () => {
    expect(await dns([])).toMatchObject({ remedy: { kind: 'kubectl.patch' } });
    const other = await dns([], 'Error: out of cheese');
    expect(other).toMatchObject({ mechanism: 'network-policy-blocks-dns' });
    expect(other).not.toHaveProperty('remedy');
  });
});

test('a signing key: a number in a log is no refusal, and without a caller that is refused nothing restarts', async () => {
  const secret = (objects: Json[]): Json[] => withSpec(objects, (spec) => inMain(spec, { env: [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'signing', key: 'key' } } }] }));
  const objects = [
    ...secret(deployment('check', [{}], { available: [1] })), well('check', { state: { running: { startedAt: ago(5000) } } }), ...service('check'),
    ...secret(deployment('issue', [{}], { available: [1] })), well('issue', { state: { running: { startedAt: ago(60) } } }), ...service('issue'),
  ];
  const found = async (line: string, body?: string): Promise<FindingBody | undefined> => of(await findings(objects, { logs: { 'issue-r1-abcde': [line] }, services: body === undefined ? [] : [serviceReading('issue', { samples: times(6, broken(body, 502)) })] }, [{ name: 'issue' }]), 'deployment/shop/check');
  const refusal = 'check answered 401: signature is invalid';
  expect(await found(refusal, refusal)).toMatchObject({ mechanism: 'signing-key-mismatch', remedy: { kind: 'kubectl.rollout_restart' } });
  expect((await found(refusal))?.remedy).toBeUndefined();
  expect(await found('check took 401 ms to verify a signature', 'queue full')).toBeUndefined();
});

test('a new custom resource is deleted only where nothing was made of it and a hand made it', async () => {
  const offer = (name: string, percent: number, seconds: number, metadata: Json = {}, manager = 'kubectl'): Json => ({ kind: 'Offer', apiVersion: 'offers.example/v1', metadata: { name, generation: 1, creationTimestamp: ago(seconds), managedFields: [{ manager, time: ago(seconds), fieldsV1: { 'f:spec': {} } }], ...metadata }, spec: { percent }, status: { observedGeneration: 1 } });
  const access: Json[] = [
    { kind: 'Role', metadata: { name: 'op' }, rules: [{ apiGroups: ['offers.example'], resources: ['offers'], verbs: ['list'] }, { apiGroups: [''], resources: ['configmaps'], resourceNames: ['offers'], verbs: ['update'] }] },
    { kind: 'RoleBinding', metadata: { name: 'op' }, roleRef: { kind: 'Role', name: 'op' }, subjects: [{ kind: 'ServiceAccount', name: 'op', namespace: 'shop' }] },
  ];
  const operator = withSpec(deployment('op', [{}], { available: [1] }), (spec) => ({ ...spec, serviceAccountName: 'op' }));
  const objects = [...access, ...operator, ...deployment('till', [{ from: ['offers'] }], { available: [1] }), well('till', { parts: { from: ['offers'] } }), { kind: 'ConfigMap', metadata: { name: 'offers' }, data: { list: '[]' } }];
  const line = 'Error: payments answered 400: amount must be positive';
  const found = async (one: Json, more: Json[] = []): Promise<FindingBody | undefined> => {
    const readings = await read([...objects, ...more], { custom: [offer('a', 20, 9000), offer('b', 30, 9000), one], logs: { 'till-r1-abcde': [line, line] } });
    for (const { namespaces } of readings.clusters ?? []) for (const { customResources } of namespaces) for (const each of customResources.value) each.plural = 'offers';
    return of(detectAll(readings, targets()).map(({ finding }) => finding), 'offer/shop/sale');
  };
  expect(await found(offer('sale', 100, 120))).toMatchObject({ remedy: { kind: 'kubectl.delete_object' } });
  expect(await found(offer('sale', 100, 120, { finalizers: ['offers.example/volumes'] }))).not.toHaveProperty('remedy');
  expect(await found(offer('sale', 100, 120, {}, 'sales-desk'))).not.toHaveProperty('remedy');
  const [made, ...sets] = deployment('store', [{}], { available: [1] });
  expect(await found(offer('sale', 100, 120), [{ ...made, metadata: { ...(made?.['metadata'] as Json), ownerReferences: [{ kind: 'Offer', name: 'sale', controller: true }] } }, ...sets, well('store')])).not.toHaveProperty('remedy');
});

test('a quota goes back only where a hand lowered it lately', async () => {
  const message = 'pods "ship-r1-x" is forbidden: exceeded quota: shop, requested: requests.memory=64Mi, used: requests.memory=1Gi, limited: requests.memory=512Mi';
  const quota = (seconds: number): Json => ({ kind: 'ResourceQuota', metadata: { name: 'shop', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ spec: { hard: { 'requests.memory': '2Gi' } } }) }, managedFields: [{ manager: 'kubectl-edit', time: ago(seconds), fieldsV1: { 'f:spec': { 'f:hard': { 'f:requests.memory': {} } } } }] }, spec: { hard: { 'requests.memory': '512Mi' } }, status: { hard: { 'requests.memory': '512Mi' }, used: { 'requests.memory': '1Gi' } } });
  const found = async (seconds: number): Promise<FindingBody | undefined> => of(await findings([...deployment('ship', [{}], { conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message }] }), quota(seconds)], { events: [event('ReplicaSet', 'ship-r1', 'FailedCreate', message)] }), 'resourcequota/shop/shop');
  expect(await found(60)).toHaveProperty('remedy');
  expect(await found(40_000)).not.toHaveProperty('remedy');
});
