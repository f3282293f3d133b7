/** A namespace of a given size, half of it in trouble, as the API server gives it: for how long and how much memory the rules and readings take. */

type Json = Record<string, unknown>;

export interface Size {
  workloads: number;
  podsEach: number;
}

const began = Date.parse('2026-01-01T10:00:00Z');
const at = (seconds: number): string => new Date(began + seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');

/** Every second workload crashes, and each calls its neighbour. */
export function namespaceOf({ workloads, podsEach }: Size): { objects: Json[]; events: Json[] } {
  const numbers = Array.from({ length: workloads }, (_, index) => index);
  const pods = numbers.flatMap((number) => Array.from({ length: podsEach }, (_, index) => podOf(number, index)));
  return {
    objects: [...numbers.flatMap((number) => workloadOf(number, workloads, podsEach)), ...pods],
    events: numbers.filter(isSick).flatMap((number) => Array.from({ length: podsEach }, (_, index) => eventOf(number, index))),
  };
}

const nameOf = (number: number): string => `service-${number}`;
const isSick = (number: number): boolean => number % 2 === 1;

function template(number: number, workloads: number, revision: number): Json {
  return {
    metadata: { labels: { app: nameOf(number) } },
    spec: {
      containers: [{
        name: 'main', image: `registry.example/${nameOf(number)}:${revision}`, ports: [{ name: 'http', containerPort: 8080 }],
        env: [{ name: 'UPSTREAM_URL', value: `http://${nameOf((number + 1) % workloads)}:8080` }, { name: 'DB_HOST', value: 'orders-db' }, ...Array.from({ length: 12 }, (_, index) => ({ name: `SETTING_${index}`, value: `value ${index}` }))],
        envFrom: [{ configMapRef: { name: `${nameOf(number)}-config` } }],
        readinessProbe: { httpGet: { path: '/healthz', port: 8080 } },
      }],
    },
  };
}

function workloadOf(number: number, workloads: number, podsEach: number): Json[] {
  const name = nameOf(number);
  const available = isSick(number) ? 0 : podsEach;
  const owner = [{ kind: 'Deployment', name, uid: `uid-${name}`, controller: true }];
  return [
    { kind: 'Deployment', metadata: { name, uid: `uid-${name}`, generation: 2, labels: { app: name }, creationTimestamp: at(-7200) }, spec: { replicas: podsEach, selector: { matchLabels: { app: name } }, template: template(number, workloads, 3) }, status: { observedGeneration: 2, availableReplicas: available, readyReplicas: available, updatedReplicas: podsEach, conditions: [] } },
    ...[1, 2, 3].map((revision) => ({
      kind: 'ReplicaSet',
      metadata: { name: `${name}-r${revision}`, creationTimestamp: at(-7200 / revision), annotations: { 'deployment.kubernetes.io/revision': String(revision) }, ownerReferences: owner },
      spec: { replicas: revision === 3 ? podsEach : 0, template: template(number, workloads, revision) },
      status: { availableReplicas: revision === 3 ? available : 0 },
    })),
    { kind: 'Service', metadata: { name }, spec: { type: 'ClusterIP', clusterIP: `10.96.${number >> 8}.${number & 255}`, selector: { app: name }, ports: [{ name: 'http', port: 8080, targetPort: 8080 }] } },
    { kind: 'EndpointSlice', metadata: { name: `${name}-x`, labels: { 'kubernetes.io/service-name': name } }, endpoints: Array.from({ length: podsEach }, () => ({ addresses: ['10.0.0.9'], conditions: { ready: !isSick(number) } })) },
    { kind: 'ConfigMap', metadata: { name: `${name}-config`, creationTimestamp: at(-7200), managedFields: [{ manager: 'kubectl-edit', operation: 'Update', time: at(-60), fieldsV1: { 'f:data': { 'f:POOL_SIZE': {} } } }] }, data: { POOL_SIZE: '12', LEVEL: 'info' } },
    { kind: 'NetworkPolicy', metadata: { name: `${name}-in`, creationTimestamp: at(-7200) }, spec: { podSelector: { matchLabels: { app: name } }, policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: { matchLabels: { app: nameOf((number + workloads - 1) % workloads) } } }] }] } },
  ];
}

function podOf(number: number, index: number): Json {
  const name = nameOf(number);
  const sick = isSick(number);
  return {
    kind: 'Pod',
    metadata: { name: podName(number, index), labels: { app: name, 'pod-template-hash': 'r3' }, creationTimestamp: at(-300), ownerReferences: [{ kind: 'ReplicaSet', name: `${name}-r3`, controller: true }] },
    spec: { ...(template(number, number + 2, 3)['spec'] as Json), nodeName: `node${index % 50}` },
    status: {
      phase: 'Running', podIP: '10.0.0.9', conditions: [{ type: 'Ready', status: sick ? 'False' : 'True' }],
      containerStatuses: [{
        name: 'main', image: `registry.example/${name}:3`, ready: !sick, restartCount: sick ? 5 : 0,
        state: sick ? { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s' } } : { running: { startedAt: at(-280) } },
        ...(sick ? { lastState: { terminated: { exitCode: 1, reason: 'Error', finishedAt: at(-20) } } } : {}),
      }],
    },
  };
}

const podName = (number: number, index: number): string => `${nameOf(number)}-r3-${index.toString(36).padStart(5, 'a')}`;

function eventOf(number: number, index: number): Json {
  const name = podName(number, index);
  return { kind: 'Event', metadata: { name: `${name}.BackOff` }, involvedObject: { kind: 'Pod', name }, reason: 'BackOff', message: `Back-off restarting failed container main in pod ${name}`, type: 'Warning', count: 12, firstTimestamp: at(-300), lastTimestamp: at(-10) };
}
