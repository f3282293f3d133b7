import { describe, expect, test } from 'vitest';
import type { FindingBody } from '../../../src/incident/types.ts';
import { broken, service as serviceReading, times } from '../readings-support.ts';
import { ago, configMap, crashing, deployment, event, findings, healthyNode, pod, service, well } from './objects.ts';

type Json = Record<string, unknown>;
const of = (found: readonly FindingBody[], resource: string): FindingBody | undefined => found.find((one) => one.resource === resource);
const serious = (found: readonly FindingBody[]): FindingBody[] => found.filter((one) => one.severity !== 'info');

describe('init containers', () => {
  const init = (command: string): Json => ({ name: 'wait', image: 'tools:1', command: ['sh', '-c', command] });
  const waiting = (command: string, seconds: number, revision = 1): Json => {
    const made = pod('web', { revision, seconds, phase: 'Pending', state: { waiting: { reason: 'PodInitializing', message: '' } }, conditions: [{ type: 'Initialized', status: 'False', reason: 'ContainersNotInitialized', message: '' }] });
    return { ...made, spec: { ...(made['spec'] as Json), initContainers: [init(command)] }, status: { ...(made['status'] as Json), initContainerStatuses: [{ name: 'wait', image: 'tools:1', ready: false, restartCount: 0, state: { running: { startedAt: ago(seconds) } } }] } };
  };
  const withInit = (sets: Json[], command: string, which: number[]): Json[] => sets.map((one, index) => {
    if (!which.includes(index)) return one;
    const spec = one['spec'] as Json;
    const template = spec['template'] as Json;
    return { ...one, spec: { ...spec, template: { ...template, spec: { ...(template['spec'] as Json), initContainers: [init(command)] } } } };
  });
  const command = 'until nslookup config-server; do sleep 1; done';

  test('one that waits for a name that no Service has, and that the newest revision brought', async () => {
    const objects = withInit(deployment('web', [{}, {}], { replicas: 2, available: [1, 0] }), command, [0, 2]);
    const found = await findings([...objects, well('web'), waiting(command, 40, 2)]);
    expect(serious(found)).toMatchObject([{ mechanism: 'init-container-blocked', title: expect.stringContaining('waits for config-server, and there is no such Service') as string, remedy: { kind: 'kubectl.rollout_undo', to_revision: 1 } }]);
  });

  test('one that waits for a Service whose workload is down blames that', async () => {
    const found = await findings([...withInit(deployment('web', [{}]), 'nc -z store 80', [0, 1]), waiting('nc -z store 80', 40), ...service('store', { ready: 0 }), ...deployment('store', [{}]), crashing('store')]);
    expect(of(found, 'deployment/shop/web')).toMatchObject({ blames: 'deployment/shop/store' });
  });

  test('a migration that takes its time is no finding yet', async () => {
    expect(serious(await findings([...withInit(deployment('web', [{}]), 'run-migrations', [0, 1]), waiting('run-migrations', 40)]))).toEqual([]);
  });
});

describe('a disruption budget', () => {
  const budget = (spec: Json, status: Json): Json => ({ kind: 'PodDisruptionBudget', metadata: { name: 'web' }, spec: { selector: { matchLabels: { app: 'web' } }, ...spec }, status });
  const cordonedNode: Json = { ...healthyNode, spec: { unschedulable: true } };
  const web = [...deployment('web', [{}], { replicas: 2, available: [2] }), well('web')];
  const all = { currentHealthy: 2, desiredHealthy: 2, expectedPods: 2, disruptionsAllowed: 0 };

  test('that lets no pod go keeps a node from being emptied; one at a time may go', async () => {
    const found = await findings([...web, budget({ minAvailable: 2 }, all)], { nodes: [cordonedNode] });
    expect(of(found, 'poddisruptionbudget/shop/web')).toMatchObject({ severity: 'warning', mechanism: 'disruption-budget-blocks', remedy: { kind: 'kubectl.patch', patch: '{"spec":{"minAvailable":null,"maxUnavailable":1}}' } });
  });
  test('that nobody waits for is a remark, and one that protects a pod that is left does its work', async () => {
    expect(of(await findings([...web, budget({ minAvailable: 2 }, all)]), 'poddisruptionbudget/shop/web')).toMatchObject({ severity: 'info' });
    expect(of(await findings([...web, budget({ minAvailable: 2 }, { ...all, currentHealthy: 1 })], { nodes: [cordonedNode] }), 'poddisruptionbudget/shop/web')).toBeUndefined();
  });
});

describe('rights', () => {
  const access = (verbs: string[]): Json[] => [
    { kind: 'ServiceAccount', metadata: { name: 'operator' } },
    { kind: 'Role', metadata: { name: 'operator' }, rules: [{ apiGroups: [''], resources: ['configmaps'], verbs }] },
    { kind: 'RoleBinding', metadata: { name: 'operator' }, roleRef: { kind: 'Role', name: 'operator' }, subjects: [{ kind: 'ServiceAccount', name: 'operator', namespace: 'shop' }] },
  ];
  const line = 'Error: configmaps "sales" is forbidden: User "system:serviceaccount:shop:operator" cannot update resource "configmaps" in API group "" in the namespace "shop"';

  test('what a program is refused, its log says; the Role bound to it lacks it, and no right is given from here', async () => {
    const found = await findings([...access(['get']), ...deployment('operator', [{}], { available: [1] }), well('operator')], { logs: { 'operator-r1-abcde': [line] } });
    expect(of(found, 'role/shop/operator')).toMatchObject({ mechanism: 'permission-missing', title: expect.stringContaining('may not update configmaps') as string });
    expect(of(found, 'role/shop/operator')).not.toHaveProperty('remedy');
  });
  test('a refusal of another namespace\'s account is not ours', async () => {
    expect(await findings([...access(['get'])], { logs: { 'operator-r1-abcde': [line.replace('serviceaccount:shop', 'serviceaccount:other')] } })).toEqual([]);
  });

  const accountless = (name: string): Json[] => deployment('web', [{}], { conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: `pods "web-1" is forbidden: error looking up service account shop/${name}: serviceaccount "${name}" not found` }] }).map((one) => {
    const spec = one['spec'] as Json;
    const template = spec['template'] as Json;
    return { ...one, spec: { ...spec, template: { ...template, spec: { ...(template['spec'] as Json), serviceAccountName: name } } } };
  });
  test('an account that went away is made again, if every revision names it and accounts can be read', async () => {
    const found = await findings([...accountless('web'), ...access([])]);
    expect(of(found, 'deployment/shop/web')).toMatchObject({ mechanism: 'service-account-missing', remedy: { kind: 'kubectl.create_object', manifest: '{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"web"}}' } });
    expect(of(await findings(accountless('web')), 'deployment/shop/web')).not.toHaveProperty('remedy');
  });
});

test('a webhook that does not answer keeps pods from being made: what is behind it is the cause', async () => {
  const message = 'Internal error occurred: failed calling webhook "gate.example": failed to call webhook: Post "https://gate.shop.svc:443/validate?timeout=10s": no endpoints available for service "gate"';
  const found = await findings([...deployment('web', [{}], { conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message }] }), ...service('gate', { ready: 0 }), ...deployment('gate', [{}], { replicas: 0, available: [0] })]);
  expect(of(found, 'deployment/shop/web')).toMatchObject({ mechanism: 'admission-webhook-failing', blames: 'deployment/shop/gate' });
  expect(of(found, 'deployment/shop/gate')).toMatchObject({ severity: 'critical', mechanism: 'scaled-to-zero', remedy: { kind: 'kubectl.scale' } });
});

describe('egress without DNS', () => {
  const policy = (egress: Json[]): Json => ({ kind: 'NetworkPolicy', metadata: { name: 'web' }, spec: { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Egress'], egress } });
  const inside: Json = { to: [{ podSelector: {} }] };
  const lookups = (ports: Json[]): Json => ({ to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }], ports });
  const web = [...deployment('web', [{}]), crashing('web')];
  const logs = { 'web-r1-abcde': ['Error: getaddrinfo EAI_AGAIN store'] };

  test('every name hangs: the policy is the cause, and lookups are all that is added', async () => {
    for (const egress of [[inside], [inside, lookups([{ protocol: 'TCP', port: 53 }])], [inside, lookups([{ protocol: 'UDP', port: 5353 }])]]) {
      const found = await findings([...web, policy(egress)], { logs });
      expect(of(found, 'networkpolicy/shop/web')).toMatchObject({ severity: 'critical', mechanism: 'network-policy-blocks-dns', remedy: { kind: 'kubectl.patch', type: 'json' } });
      expect(of(found, 'deployment/shop/web')).toMatchObject({ blames: 'networkpolicy/shop/web' });
    }
  });
  test('a policy that lets lookups through, or nothing at all out on purpose, is not it', async () => {
    for (const egress of [[inside, lookups([{ protocol: 'UDP', port: 53 }])], [{}], [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }], []]) expect(of(await findings([...web, policy(egress)], { logs }), 'networkpolicy/shop/web')).toBeUndefined();
  });
});

describe('custom resources', () => {
  const sale = (name: string, spec: Json, more: { phase?: string; ready?: string; seen?: number; generation?: number; seconds?: number; metadata?: Json } = {}): Json => ({
    kind: 'FlashOffer', apiVersion: 'offers.example/v1', metadata: { name, generation: more.generation ?? 1, creationTimestamp: ago(more.seconds ?? 7200), managedFields: [{ manager: 'kubectl', time: ago(more.seconds ?? 7200), fieldsV1: { 'f:spec': {} } }], ...more.metadata }, spec,
    status: { phase: more.phase ?? 'Active', observedGeneration: more.seen ?? 1, conditions: [{ type: 'Ready', status: more.ready ?? 'True', reason: more.phase ?? 'Applied', message: '', lastTransitionTime: ago(30) }] },
  });
  const edited = (spec: Json): Json => ({ annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ spec }) }, managedFields: [{ manager: 'kubectl-edit', time: ago(60), fieldsV1: { 'f:spec': { 'f:from': {} } } }] });
  const access: Json[] = [
    { kind: 'Role', metadata: { name: 'op' }, rules: [{ apiGroups: ['offers.example'], resources: ['flashoffers'], verbs: ['list'] }, { apiGroups: [''], resources: ['configmaps'], resourceNames: ['offers'], verbs: ['update'] }] },
    { kind: 'RoleBinding', metadata: { name: 'op' }, roleRef: { kind: 'Role', name: 'op' }, subjects: [{ kind: 'ServiceAccount', name: 'op', namespace: 'shop' }] },
  ];
  const operator = (replicas: number): Json[] => deployment('op', [{}], { replicas, available: [replicas] }).map((one) => {
    const spec = one['spec'] as Json;
    const template = spec['template'] as Json;
    return { ...one, spec: { ...spec, template: { ...template, spec: { ...(template['spec'] as Json), serviceAccountName: 'op' } } } };
  });

  test('one that is no longer in force since it was changed by hand', async () => {
    const [only] = serious(await findings([], { custom: [sale('members', { from: '2052-01-01' }, { phase: 'Scheduled', ready: 'False', metadata: edited({ from: '2025-01-01' }) })] }));
    expect(only).toMatchObject({ mechanism: 'custom-resource-invalid', resource: 'flashoffer/shop/members' });
  });
  test('one that waits for its day as it was applied is well', async () => {
    expect(serious(await findings([], { custom: [sale('new-year', { from: '2035-01-01' }, { phase: 'Scheduled', ready: 'False' })] }))).toEqual([]);
  });
  test('a change that the controller has not taken up points at the controller', async () => {
    const found = await findings([...access, ...operator(0)], { custom: [sale('members', { percent: 30 }, { generation: 2, seen: 1, seconds: 90 })] });
    expect(of(found, 'flashoffer/shop/members')).toMatchObject({ blames: 'deployment/shop/op' });
    expect(of(found, 'deployment/shop/op')).toMatchObject({ mechanism: 'controller-scaled-to-zero' });
  });

  const readers = [...access, ...operator(1), ...deployment('till', [{ from: ['offers'] }], { available: [1] }), well('till', { parts: { from: ['offers'] } }), configMap('offers', { list: '[]' })];
  const others = [sale('autumn', { percent: 20 }), sale('spring', { percent: 30 })];
  const refused = { 'till-r1-abcde': ['Error: payments answered 400: amount must be positive', 'Error: payments answered 400: amount must be positive'] };
  test('a new one that is unlike all others, since which its readers are refused', async () => {
    const found = await findings(readers, { custom: [...others, sale('clearance', { percent: 100 }, { seconds: 120 })], logs: refused });
    expect(of(found, 'flashoffer/shop/clearance')).toMatchObject({ severity: 'critical', mechanism: 'custom-resource-invalid', title: expect.stringContaining('spec.percent 100, where the others have 20 to 30') as string });
  });
  test('without a refusal, without anything unlike, or long in force, it is left alone', async () => {
    for (const [custom, logs] of [[[...others, sale('clearance', { percent: 100 }, { seconds: 120 })], {}], [[...others, sale('clearance', { percent: 40 }, { seconds: 120 })], refused], [[...others, sale('clearance', { percent: 100 })], refused]] as const) expect(serious(await findings(readers, { custom: [...custom], logs }))).toEqual([]);
  });
});

test('a port of the nodes that another workload took later: it goes back', async () => {
  const porter = (objects: Json[], ports: (number | undefined)[]): Json[] => objects.map((one, index) => {
    const spec = one['spec'] as Json;
    const template = spec['template'] as Json;
    const [container] = (template['spec'] as Json)['containers'] as Json[];
    const port = ports[index];
    return { ...one, spec: { ...spec, template: { ...template, spec: { containers: [{ ...container, ports: [{ containerPort: 80, ...(port === undefined ? {} : { hostPort: port }) }] }] } } } };
  });
  const waitingPod = { ...pod('feed', { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: "0/2 nodes are available: 2 node(s) didn't have free ports for the requested pod ports." }] }) };
  const found = await findings([...porter(deployment('feed', [{}]), [9100, 9100]), waitingPod, ...porter(deployment('agent', [{}, {}], { available: [0, 1] }), [9100, undefined, 9100]), well('agent', { revision: 2 })]);
  expect(of(found, 'deployment/shop/feed')).toMatchObject({ mechanism: 'host-port-conflict', blames: 'deployment/shop/agent' });
  expect(of(found, 'deployment/shop/agent')).toMatchObject({ mechanism: 'host-port-conflict', remedy: { kind: 'kubectl.rollout_undo', to_revision: 1 } });
});

test('a target port that no container has, where calls are refused', async () => {
  const objects = [...service('api', { target: 9090 }), ...deployment('api', [{ port: { name: 'http', port: 8080 } }], { available: [1] }), well('api', { parts: { port: { name: 'http', port: 8080 } } })];
  const refusedSample = { status: undefined, milliseconds: 2, error: 'ECONNREFUSED' };
  const found = await findings(objects, { services: [serviceReading('api', { samples: times(6, refusedSample as never) })] }, [{ name: 'api' }]);
  expect(of(found, 'kube-service/shop/api')).toMatchObject({ mechanism: 'target-port-missing', remedy: { kind: 'kubectl.patch' } });
  expect(of(await findings(objects, { services: [serviceReading('api', { samples: times(6, broken('x', 503)) })] }, [{ name: 'api' }]), 'kube-service/shop/api')).toBeUndefined();
});

test('a rollout that may take all pods away at once is named where it did harm', async () => {
  const [object, ...sets] = deployment('web', [{ image: 'a:1' }, { image: 'a:2' }], { replicas: 2, available: [0, 0] });
  const strategy = { strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '100%', maxSurge: 0 } } };
  const live = { ...object, spec: { ...(object?.['spec'] as Json), ...strategy } };
  const found = await findings([live, ...sets, pod('web', { revision: 2, phase: 'Pending', state: { waiting: { reason: 'ImagePullBackOff', message: 'a:2: not found' } } })], { events: [event('Pod', 'web-r2-abcde', 'Failed', 'a:2: not found')] });
  expect(found.map((one) => [one.severity, one.mechanism])).toEqual(expect.arrayContaining([['critical', 'image-not-found'], ['warning', 'bad-rollout-strategy']]));
  // What was repaired first does not take the reason away from the second repair; where nothing failed it is a remark.
  const [again, ...rest] = deployment('web', [{ image: 'a:1' }, { image: 'a:2' }, { image: 'a:1' }], { replicas: 2, available: [0, 0, 2] });
  const healed = [{ ...again, spec: { ...(again?.['spec'] as Json), ...strategy } }, ...rest, well('web', { revision: 3 })];
  expect(await findings(healed, { events: [event('Pod', 'web-r2-abcde', 'Failed', 'a:2: not found')] })).toMatchObject([{ severity: 'warning', mechanism: 'bad-rollout-strategy' }]);
  expect(await findings(healed)).toMatchObject([{ severity: 'info', mechanism: 'bad-rollout-strategy' }]);
});

test('a quota that wants limits: the container gets what its neighbours have, and the quota stands', async () => {
  const message = 'pods "web-1" is forbidden: failed quota: fair: must specify limits.memory for: main';
  const refused = deployment('web', [{ image: 'a:1' }, { image: 'a:2' }], { conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message }, { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', message: '' }] });
  const others = ['a', 'b', 'c'].flatMap((name, index) => [...deployment(name, [{ memory: `${64 * (index + 1)}Mi` }], { available: [1] }), well(name)]);
  const found = await findings([...refused, ...others]);
  expect(of(found, 'deployment/shop/web')).toMatchObject({ mechanism: 'quota-wants-limits', remedy: { kind: 'kubectl.set_resources', container: 'main', limits: { memory: '128Mi' } } });
  // Its pods were of this template before: an older one is not the way back.
  expect(of(await findings(refused), 'deployment/shop/web')).not.toHaveProperty('remedy');
});

test('an autoscaler is blind because a container asks for nothing: what it asked for comes back', async () => {
  const requests = (objects: Record<string, unknown>[]): Json[] => objects.map((one, index) => {
    const spec = one['spec'] as Json;
    const template = spec['template'] as Json;
    const [container] = (template['spec'] as Json)['containers'] as Json[];
    return { ...one, spec: { ...spec, template: { ...template, spec: { containers: [{ ...container, ...(index === 1 ? { resources: { requests: { cpu: '100m' } } } : {}) }] } } } };
  });
  const autoscaler = { kind: 'HorizontalPodAutoscaler', metadata: { name: 'web' }, spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, minReplicas: 1, maxReplicas: 5 }, status: { currentReplicas: 1, conditions: [{ type: 'ScalingActive', status: 'False', reason: 'FailedGetResourceMetric', message: 'failed to get cpu utilization: missing request for cpu in container main of Pod web-1', lastTransitionTime: ago(20) }] } };
  const found = await findings([...requests(deployment('web', [{}, {}], { available: [0, 1] })), well('web', { revision: 2 }), autoscaler]);
  expect(of(found, 'deployment/shop/web')).toMatchObject({ mechanism: 'autoscaler-without-metrics', remedy: { kind: 'kubectl.rollout_undo', to_revision: 1 } });
});

test('what an operator makes of a custom resource is changed in that resource', async () => {
  const [object, ...sets] = deployment('store', [{}], { replicas: 3 });
  const owned = { ...object, metadata: { ...(object?.['metadata'] as Json), ownerReferences: [{ kind: 'StoreCluster', name: 'main', controller: true }] } };
  const cluster = (replicas: number, noted: number): Json => ({ kind: 'StoreCluster', apiVersion: 'stores.example/v1', metadata: { name: 'main', generation: 2, annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ spec: { size: noted } }) }, managedFields: [{ manager: 'kubectl-edit', time: ago(60), fieldsV1: { 'f:spec': { 'f:size': {} } } }] }, spec: { size: replicas }, status: { observedGeneration: 2 } });
  const waiting = pod('store', { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes are available: 1 Insufficient cpu.' }] });
  const found = await findings([owned, ...sets, waiting], { custom: [cluster(300, 3)] });
  expect(of(found, 'deployment/shop/store')).toMatchObject({ blames: 'storecluster/shop/main' });
  expect(of(found, 'storecluster/shop/main')).toMatchObject({ severity: 'warning', mechanism: 'custom-resource-changed' });
});

describe('a password that a database refuses', () => {
  const withSecret = (objects: Json[]): Json[] => objects.map((one) => {
    const spec = one['spec'] as Json;
    const template = spec['template'] as Json;
    const [container] = (template['spec'] as Json)['containers'] as Json[];
    return { ...one, spec: { ...spec, template: { ...template, spec: { containers: [{ ...container, env: [{ name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: 'web-db', key: 'password' } } }] }] } } } };
  });
  const line = 'database not reachable yet: password authentication failed for user "web_service"';

  test('the Secret it comes from is named, its value is not read, and nothing is proposed', async () => {
    const found = await findings([...withSecret(deployment('web', [{}])), crashing('web')], { logs: { 'web-r1-abcde': [line] } });
    expect(of(found, 'secret/shop/web-db')).toMatchObject({ mechanism: 'credentials-refused', title: expect.stringContaining('for web_service') as string });
    expect(of(found, 'secret/shop/web-db')).not.toHaveProperty('remedy');
    expect(of(found, 'deployment/shop/web')).toMatchObject({ blames: 'secret/shop/web-db' });
  });
  test('also where the pods are ready and every request fails', async () => {
    const found = await findings([...service('web'), ...withSecret(deployment('web', [{}], { available: [1] })), well('web')], { logs: { 'web-r1-abcde': [line] }, services: [serviceReading('web', { samples: times(6, broken('no database', 503)) })] }, [{ name: 'web' }]);
    expect(of(found, 'service/web')).toMatchObject({ blames: 'secret/shop/web-db' });
  });
  test('a refusal that was got over is none', async () => {
    const found = await findings([...withSecret(deployment('web', [{}])), crashing('web')], { logs: { 'web-r1-abcde': [line, ...Array.from({ length: 20 }, () => 'Error: something else')] } });
    expect(of(found, 'secret/shop/web-db')).toBeUndefined();
  });
});
