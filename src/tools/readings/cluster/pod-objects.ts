/** Pods and the templates they are made from. Total: any JSON gives something. */
import type { Condition, Container, ContainerState, Ended, EnvironmentVariable, Pod, PodTemplate, Probe, ValueSource } from '../../../rules/cluster-readings.ts';
import { canonical, child, isTrue, items, nameOf, number, numberOrText, optional, strings, text, texts } from './fields.ts';

/** A pod's own object, or a `template`: both have metadata and spec. */
export function templateOf(object: unknown): PodTemplate {
  const spec = child(object, 'spec');
  return {
    labels: texts(object, 'metadata', 'labels'),
    annotations: texts(object, 'metadata', 'annotations'),
    containers: [...items(spec, 'initContainers').map((one) => containerOf(one, true)), ...items(spec, 'containers').map((one) => containerOf(one, false))],
    volumes: items(spec, 'volumes').flatMap(volumeOf),
    nodeSelector: texts(spec, 'nodeSelector'),
    pullSecrets: items(spec, 'imagePullSecrets').map((one) => text(one, 'name')).filter((name) => name !== ''),
    serviceAccount: text(spec, 'serviceAccountName'),
    fingerprint: canonical(spec ?? null),
  };
}

function containerOf(container: unknown, init: boolean): Container {
  return {
    name: text(container, 'name'), init, image: text(container, 'image'),
    command: [...strings(container, 'command'), ...strings(container, 'args')].join(' '),
    ports: items(container, 'ports').map((port) => ({ port: number(port, 'containerPort'), ...optional('name', text(port, 'name')), ...(number(port, 'hostPort') > 0 ? { host: number(port, 'hostPort') } : {}) })),
    environment: items(container, 'env').map(variableOf),
    environmentFrom: items(container, 'envFrom').flatMap((one) => [...sourceOf(one, 'configMapRef', 'configmap'), ...sourceOf(one, 'secretRef', 'secret')]),
    requests: texts(container, 'resources', 'requests'),
    limits: texts(container, 'resources', 'limits'),
    probes: (['readiness', 'liveness', 'startup'] as const).flatMap((kind) => probeOf(kind, child(container, `${kind}Probe`))),
  };
}

function variableOf(variable: unknown): EnvironmentVariable {
  const value = child(variable, 'value');
  const from = child(variable, 'valueFrom');
  const source = [...sourceOf(from, 'configMapKeyRef', 'configmap'), ...sourceOf(from, 'secretKeyRef', 'secret')][0];
  return { name: text(variable, 'name'), ...(typeof value === 'string' ? { value } : {}), ...(source === undefined ? {} : { from: source }) };
}

function sourceOf(from: unknown, field: string, kind: ValueSource['kind']): ValueSource[] {
  const name = text(from, field, 'name');
  return name === '' ? [] : [{ kind, name, optional: isTrue(from, field, 'optional'), ...optional('key', text(from, field, 'key')) }];
}

function probeOf(kind: Probe['kind'], probe: unknown): Probe[] {
  const port = numberOrText(probe, 'httpGet', 'port') ?? numberOrText(probe, 'tcpSocket', 'port') ?? numberOrText(probe, 'grpc', 'port');
  const path = text(probe, 'httpGet', 'path');
  const command = strings(probe, 'exec', 'command').join(' ');
  if (port === undefined) return command === '' ? [] : [{ kind, text: `run ${command.slice(0, 120)}` }];
  if (child(probe, 'httpGet') !== undefined) return [{ kind, text: `GET :${port}${path}`, port, path }];
  return [{ kind, text: `${child(probe, 'grpc') === undefined ? 'connect to' : 'ask grpc'} :${port}`, port }];
}

function volumeOf(volume: unknown): PodTemplate['volumes'] {
  const name = text(volume, 'name');
  const found = (kind: 'configmap' | 'secret' | 'claim', source: string, isOptional: boolean): PodTemplate['volumes'] => (source === '' ? [] : [{ name, kind, source, optional: isOptional }]);
  return [
    ...found('configmap', text(volume, 'configMap', 'name'), isTrue(volume, 'configMap', 'optional')),
    ...found('secret', text(volume, 'secret', 'secretName'), isTrue(volume, 'secret', 'optional')),
    ...found('claim', text(volume, 'persistentVolumeClaim', 'claimName'), false),
    ...items(volume, 'projected', 'sources').flatMap((source) => [
      ...found('configmap', name.startsWith('kube-api-access-') ? '' : text(source, 'configMap', 'name'), isTrue(source, 'configMap', 'optional')),
      ...found('secret', text(source, 'secret', 'name'), isTrue(source, 'secret', 'optional')),
    ]),
  ];
}

export function podOf(object: unknown): Pod {
  const status = child(object, 'status');
  const conditions = conditionsOf(object);
  const owner = items(object, 'metadata', 'ownerReferences').find((one) => isTrue(one, 'controller'));
  return {
    name: nameOf(object),
    labels: texts(object, 'metadata', 'labels'),
    ...(owner === undefined ? {} : { owner: { kind: text(owner, 'kind'), name: text(owner, 'name') } }),
    ...optional('createdAt', text(object, 'metadata', 'creationTimestamp')),
    deleting: text(object, 'metadata', 'deletionTimestamp') !== '',
    phase: text(status, 'phase'), reason: text(status, 'reason'), message: text(status, 'message'),
    node: text(object, 'spec', 'nodeName'), address: text(status, 'podIP'),
    ready: conditions.some((one) => one.type === 'Ready' && one.status === 'True'),
    conditions,
    containers: [...items(status, 'initContainerStatuses').map((one) => stateOf(one, true)), ...items(status, 'containerStatuses').map((one) => stateOf(one, false))],
    template: templateOf(object),
  };
}

export function conditionsOf(object: unknown): Condition[] {
  return items(object, 'status', 'conditions').map((one) => ({
    type: text(one, 'type'), status: text(one, 'status'), reason: text(one, 'reason'), message: text(one, 'message'),
    ...optional('since', text(one, 'lastTransitionTime')),
  }));
}

function stateOf(status: unknown, init: boolean): ContainerState {
  const waiting = child(status, 'state', 'waiting');
  const running = child(status, 'state', 'running');
  const ended = child(status, 'state', 'terminated');
  const last = child(status, 'lastState', 'terminated');
  return {
    name: text(status, 'name'), init, image: text(status, 'image'), ready: isTrue(status, 'ready'), started: isTrue(status, 'started'), restarts: number(status, 'restartCount'),
    ...(waiting === undefined ? {} : { waiting: { reason: text(waiting, 'reason'), message: text(waiting, 'message') } }),
    ...(running === undefined ? {} : { running: optional('startedAt', text(running, 'startedAt')) }),
    ...(ended === undefined ? {} : { ended: endedOf(ended) }),
    ...(last === undefined ? {} : { last: endedOf(last) }),
  };
}

function endedOf(ended: unknown): Ended {
  const signal = number(ended, 'signal');
  return {
    exitCode: number(ended, 'exitCode'), reason: text(ended, 'reason'), message: text(ended, 'message'),
    ...(signal === 0 ? {} : { signal }), ...optional('startedAt', text(ended, 'startedAt')), ...optional('finishedAt', text(ended, 'finishedAt')),
  };
}
