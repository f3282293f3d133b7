import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { StoredObject } from '../../../../../playground/cluster/objects/object.ts';
import { strategyOf } from '../../../../../playground/cluster/resources/strategies/index.ts';
import { decodeObject } from '../../../../../playground/cluster/schema/decode.ts';

const fixtures = join(import.meta.dirname, '../../../../fixtures/kubernetes-1.36');
const keys: Record<string, string> = {
  Deployment: 'deployments.apps', Job: 'jobs.batch', Service: 'services', Pod: 'pods', ConfigMap: 'configmaps', PersistentVolumeClaim: 'persistentvolumeclaims', StatefulSet: 'statefulsets.apps', CronJob: 'cronjobs.batch',
  Secret: 'secrets', RoleBinding: 'rolebindings.rbac.authorization.k8s.io', HorizontalPodAutoscaler: 'horizontalpodautoscalers.autoscaling', NetworkPolicy: 'networkpolicies.networking.k8s.io', Ingress: 'ingresses.networking.k8s.io',
};

function made(kind: string, body: object, uid = 'u'): StoredObject {
  const { object } = decodeObject({ metadata: { name: 'x', namespace: 'shop' }, ...body }, { type: kind }, { apiVersion: 'any', kind, validation: 'Strict' });
  const strategy = strategyOf(keys[kind] ?? kind);
  strategy.setDefaults?.(object);
  object.metadata.uid = uid;
  strategy.prepareForCreate?.(object);
  return object;
}
const errorsOf = (kind: string, body: object): string[] => (strategyOf(keys[kind] ?? kind).validateCreate?.(made(kind, body)) ?? []).map((error) => `${error.field}: ${error.detail}`);
const changeErrors = (kind: string, body: object, change: object): string[] => {
  const previous = made(kind, body);
  const next = { ...structuredClone(previous), ...change };
  strategyOf(keys[kind] ?? kind).prepareForUpdate?.(next, previous);
  return (strategyOf(keys[kind] ?? kind).validateUpdate?.(next, previous) ?? []).map((error) => `${error.field}: ${error.detail}`);
};

const container = { name: 'a', image: 'web:1' };
const template = (containers: unknown[] = [container], more: object = {}): object => ({ metadata: { labels: { app: 'x' } }, spec: { containers, ...more } });
const deployment = (containers?: unknown[], more: object = {}): object => ({ spec: { selector: { matchLabels: { app: 'x' } }, template: template(containers), ...more } });

describe('defaults', () => {
  const recorded = [...readFileSync(join(fixtures, 'objects.json.txt'), 'utf8').matchAll(/^\{\n[\s\S]*?\n\}$/gm)].map((match) => JSON.parse(match[0]) as { kind: string; items?: StoredObject[] } & StoredObject).flatMap((object) => object.items ?? [object]);
  const manifests = parseAllDocuments(readFileSync(join(fixtures, 'manifests.yaml'), 'utf8')).map((document) => document.toJS() as StoredObject);
  const real = (kind: string, name: string): Record<string, unknown> => recorded.find((object) => object.kind === kind && object.metadata.name === name)?.['spec'] as Record<string, unknown>;

  it.each(['Job migrate', 'PersistentVolumeClaim orders-data', 'Deployment payments'])('make of %s what a real cluster makes', (what) => {
    const [kind = '', name] = what.split(' ');
    const manifest = manifests.find((object) => object.kind === kind && object.metadata.name === name);
    expect(manifest).toBeDefined();
    const job = recorded.find((object) => object.kind === 'Job')?.metadata;
    const object = made(kind, { metadata: manifest?.metadata, spec: manifest?.['spec'] }, job?.uid);
    expect(object['spec']).toEqual(real(kind, name ?? ''));
    expect(object.metadata.labels).toEqual(kind === 'Job' ? job?.labels : undefined);
  });

  it('give a pod what a template does not get', () => {
    expect(made('Pod', { spec: { containers: [{ ...container, resources: { limits: { memory: '24Mi' } } }] } })).toMatchObject({
      metadata: { generation: 1 }, status: { phase: 'Pending', qosClass: 'Burstable' },
      spec: { enableServiceLinks: true, containers: [{ imagePullPolicy: 'IfNotPresent', resources: { limits: { memory: '24Mi' }, requests: { memory: '24Mi' } } }] },
    });
    expect(made('Pod', { spec: { containers: [{ name: 'a', image: 'web' }] } })['spec']).toMatchObject({ containers: [{ imagePullPolicy: 'Always' }] });
  });

  it('put plain text of a secret among its data', () => {
    expect(made('Secret', { stringData: { a: 'b' } })).toMatchObject({ data: { a: 'Yg==' }, type: 'Opaque' });
  });
});

describe('generations', () => {
  it('grow with the spec and not with the status', () => {
    const strategy = strategyOf('deployments.apps');
    const previous = made('Deployment', deployment());
    const scaled = { ...structuredClone(previous), spec: { ...(previous['spec'] as object), replicas: 3 }, status: { replicas: 9 } };
    strategy.prepareForUpdate?.(scaled, previous);
    expect(scaled).toMatchObject({ metadata: { generation: 2 }, status: {} });
    const status = { ...structuredClone(previous), spec: {}, status: { replicas: 1 } };
    strategy.prepareForStatusUpdate?.(status, previous);
    expect(status).toMatchObject({ metadata: { generation: 1 }, spec: previous['spec'], status: { replicas: 1 } });
  });
});

describe('what is refused, in the words of the API', () => {
  it.each<[string, object, string[]]>([
    ['Pod', {}, ['spec.containers: Required value']],
    ['Pod', { spec: { containers: [container, container] } }, ['spec.containers[1].name: Duplicate value: "a"']],
    ['Pod', { spec: { containers: [{ name: 'A' }] } }, ["spec.containers[0].name: Invalid value: \"A\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')", 'spec.containers[0].image: Required value']],
    ['Deployment', deployment([{ ...container, resources: { limits: { memory: '32Mi' }, requests: { memory: '64Mi' } } }]), ['spec.template.spec.containers[0].resources.requests: Invalid value: "64Mi": must be less than or equal to memory limit of 32Mi']],
    ['Deployment', deployment([{ ...container, volumeMounts: [{ name: 'data', mountPath: '/x' }] }]), ['spec.template.spec.containers[0].volumeMounts[0].name: Not found: "data"']],
    ['Deployment', deployment([{ ...container, ports: [{ containerPort: 70_000 }] }]), ['spec.template.spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive']],
    ['Deployment', deployment([{ ...container, livenessProbe: {} }]), ['spec.template.spec.containers[0].livenessProbe: Required value: must specify a handler type']],
    ['Deployment', deployment(undefined, { replicas: -1 }), ['spec.replicas: Invalid value: -1: must be greater than or equal to 0']],
    ['Deployment', deployment(undefined, { selector: { matchLabels: { app: 'y' } } }), ['spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`']],
    ['Deployment', deployment(undefined, { template: template(undefined, { restartPolicy: 'Never' }) }), ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"']],
    ['Deployment', deployment(undefined, { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }), ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0']],
    ['Job', { spec: { template: template() } }, ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"']],
    ['CronJob', { spec: { schedule: 'often', jobTemplate: { spec: { template: template(undefined, { restartPolicy: 'Never' }) } } } }, ['spec.schedule: Invalid value: "often": expected exactly 5 fields, found 1: [often]']],
    ['Service', { spec: {} }, ['spec.ports: Required value']],
    ['Service', { spec: { ports: [{ port: 80 }, { port: 81 }] } }, ['spec.ports[0].name: Required value', 'spec.ports[1].name: Required value']],
    ['ConfigMap', { data: { 'a b': 'x' } }, ["data[a b]: Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"]],
    ['ConfigMap', { data: { a: 'x'.repeat(1024 * 1024 + 1) } }, ['[]: Too long: may not be more than 1048576 bytes']],
    ['ConfigMap', { metadata: { name: 'x', namespace: 'shop', labels: { 'a b': '_' } } }, [
      "metadata.labels: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      "metadata.labels: Invalid value: \"_\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    ]],
    ['PersistentVolumeClaim', { spec: {} }, ['spec.accessModes: Required value: at least 1 access mode is required', 'spec.resources[storage]: Required value']],
    ['HorizontalPodAutoscaler', { spec: { minReplicas: 3, maxReplicas: 2, scaleTargetRef: { kind: 'Deployment', name: 'x' } } }, ['spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`']],
    ['Ingress', { spec: { rules: [{ http: { paths: [{ path: '/', backend: { service: { name: 's', port: { number: 80 } } } }] } }] } }, ['spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified']],
    ['NetworkPolicy', { spec: { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0' } }] }] } }, ['spec.ingress[0].from[0].ipBlock.cidr: Invalid value: "10.0.0.0": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)']],
  ])('%s %j', (kind, body, errors) => expect(errorsOf(kind, body)).toEqual(errors));

  it.each<[string, object, object, string]>([
    ['Deployment', deployment(), { spec: { ...(made('Deployment', deployment())['spec'] as object), selector: { matchLabels: { app: 'y' } } } }, 'spec.selector: Invalid value: {"matchLabels":{"app":"y"}}: field is immutable'],
    ['ConfigMap', { immutable: true, data: { a: 'b' } }, { data: { a: 'c' } }, 'data: Forbidden: field is immutable when `immutable` is set'],
    ['Secret', { data: {} }, { type: 'kubernetes.io/basic-auth' }, 'type: Invalid value: "kubernetes.io/basic-auth": field is immutable'],
    ['Pod', { spec: { containers: [container] } }, { spec: { ...(made('Pod', { spec: { containers: [container] } })['spec'] as object), hostname: 'other' } }, 'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n'],
    ['RoleBinding', { roleRef: { apiGroup: '', kind: 'Role', name: 'a' } }, { roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'b' } }, 'roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"Role","Name":"b"}: cannot change roleRef'],
  ])('a change of %s %j', (kind, body, change, error) => expect(changeErrors(kind, body, change).some((text) => text.startsWith(error))).toBe(true));

  it('an image of a pod may change', () => {
    const body = { spec: { containers: [container] } };
    const { spec } = made('Pod', { spec: { containers: [{ ...container, image: 'web:2' }] } });
    expect(changeErrors('Pod', body, { spec })).toEqual([]);
  });
});
