/** Containers of a pod: names, images, ports, environment, mounts, probes. */
import type { Container, ContainerPort, EnvFromSource, EnvVar, Lifecycle, Probe, VolumeMount } from '../../../objects/types.ts';
import type { FieldError } from '../../resource.ts';
import { duplicate, forbiddenField, invalidValue, missing, nonNegative, notSupported, oneOf, required, validPort } from './errors.ts';
import { labelProblems } from './names.ts';
import { portNameProblems, validatePortReference } from './ports.ts';
import { validateResources } from './resources.ts';

export interface ContainerSurroundings {
  volumes: ReadonlySet<string>;
  /** Names so far; grows. */
  names: Set<string>;
  /** Init containers that end: probes make no sense there. */
  init: boolean;
}

export function validateContainer(container: Container, field: string, surroundings: ContainerSurroundings): FieldError[] {
  const sidecar = container.restartPolicy === 'Always';
  return [
    ...validateName(container.name, `${field}.name`, surroundings.names),
    ...validateImage(container.image, `${field}.image`),
    ...probeErrors(container, field, surroundings.init && !sidecar),
    ...(container.lifecycle === undefined ? [] : validateLifecycle(container.lifecycle, `${field}.lifecycle`, surroundings.init && !sidecar)),
    ...oneOf(`${field}.terminationMessagePolicy`, container.terminationMessagePolicy, ['File', 'FallbackToLogsOnError']),
    ...validatePorts(container.ports ?? [], `${field}.ports`),
    ...validateEnvironment(container.env ?? [], `${field}.env`),
    ...(container.envFrom ?? []).flatMap((source, index) => validateEnvironmentSource(source, `${field}.envFrom[${index}]`)),
    ...validateMounts(container.volumeMounts ?? [], `${field}.volumeMounts`, surroundings.volumes),
    ...oneOf(`${field}.imagePullPolicy`, container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never']),
    ...validateResources(container.resources ?? {}, `${field}.resources`),
  ];
}

function validateName(name: string | undefined, field: string, names: Set<string>): FieldError[] {
  if (name === undefined || name === '') return [required(field)];
  const problems = labelProblems(name).map((problem) => invalidValue(field, name, problem));
  if (problems.length > 0) return problems;
  if (names.has(name)) return [duplicate(field, name)];
  names.add(name);
  return [];
}

function validateImage(image: string | undefined, field: string): FieldError[] {
  if (image === undefined || image === '') return [required(field)];
  return image === image.trim() ? [] : [invalidValue(field, image, 'must not have leading or trailing whitespace')];
}

function validatePorts(ports: ContainerPort[], field: string): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, index) => {
    const at = `${field}[${index}]`;
    const errors: FieldError[] = [];
    if (port.name !== undefined && port.name !== '') {
      const problems = portNameProblems(port.name);
      if (problems.length > 0) errors.push(...problems.map((problem) => invalidValue(`${at}.name`, port.name, problem)));
      else if (names.has(port.name)) errors.push(duplicate(`${at}.name`, port.name));
      else names.add(port.name);
    }
    errors.push(...(port.containerPort === 0 ? [required(`${at}.containerPort`)] : validPort(`${at}.containerPort`, port.containerPort)));
    if (port.hostPort !== undefined && port.hostPort !== 0) errors.push(...validPort(`${at}.hostPort`, port.hostPort));
    return [...errors, ...oneOf(`${at}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP'])];
  });
}

function validateEnvironment(variables: EnvVar[], field: string): FieldError[] {
  return variables.flatMap((variable, index) => {
    const at = `${field}[${index}]`;
    const name = (variable.name ?? '') === '' ? [required(`${at}.name`)]
      : /^[ -<>-~]+$/.test(variable.name) ? [] : [invalidValue(`${at}.name`, variable.name, "a valid environment variable name must consist only of printable ASCII characters other than '='")];
    return [...name, ...validateValueSource(variable, `${at}.valueFrom`)];
  });
}

function validateValueSource({ value, valueFrom }: EnvVar, field: string): FieldError[] {
  if (valueFrom === undefined) return [];
  const { fieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
  const given = Object.keys(valueFrom).length;
  const errors: FieldError[] = [];
  if (fieldRef !== undefined) errors.push(...validateFieldReference(fieldRef.fieldPath, `${field}.fieldRef.fieldPath`));
  for (const [reference, name] of [[configMapKeyRef, 'configMapKeyRef'], [secretKeyRef, 'secretKeyRef']] as const) {
    if (reference === undefined) continue;
    if ((reference.name ?? '') === '') errors.push(required(`${field}.${name}.name`));
    errors.push(...((reference.key ?? '') === '' ? [required(`${field}.${name}.key`)] : configKeyErrors(reference.key, `${field}.${name}.key`)));
  }
  if (given === 0) errors.push(invalidValue(field, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`'));
  else if (value !== undefined && value !== '') errors.push(invalidValue(field, '', 'may not be specified when `value` is not empty'));
  else if (given > 1) errors.push(invalidValue(field, '', 'may not have more than one field specified at a time'));
  return errors;
}

const fieldPaths = new Set(['metadata.name', 'metadata.namespace', 'metadata.uid', 'spec.nodeName', 'spec.serviceAccountName', 'status.hostIP', 'status.hostIPs', 'status.podIP', 'status.podIPs']);

function validateFieldReference(path: string, field: string): FieldError[] {
  if (path === '') return [required(field)];
  if (fieldPaths.has(path) || /^metadata\.(annotations|labels)\['.+'\]$/.test(path)) return [];
  if (/^metadata\.(annotations|labels)$/.test(path)) return [notSupported(field, path, [...fieldPaths].toSorted())];
  return [invalidValue(field, path, `error converting fieldPath: field label not supported: ${path}`)];
}

export function configKeyErrors(key: string, field: string): FieldError[] {
  return configKeyProblems(key).map((problem) => invalidValue(field, key, problem));
}

export function configKeyProblems(key: string): string[] {
  if (key === '.' || key === '..') return [`must not be '${key}'`];
  return [
    ...(key.length > 253 ? ['must be no more than 253 bytes'] : []),
    ...(/^[-._a-zA-Z0-9]+$/.test(key) ? [] : ["a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"]),
    ...(key.startsWith('..') ? ["must not start with '..'"] : []),
  ];
}

function validateEnvironmentSource({ configMapRef, secretRef }: EnvFromSource, field: string): FieldError[] {
  if (configMapRef === undefined && secretRef === undefined) return [invalidValue(field, '', 'must specify one of: `configMapRef` or `secretRef`')];
  if (configMapRef !== undefined && secretRef !== undefined) return [invalidValue(field, '', 'may not have more than one field specified at a time')];
  const [reference, name] = configMapRef === undefined ? [secretRef, 'secretRef'] : [configMapRef, 'configMapRef'];
  return (reference?.name ?? '') === '' ? [required(`${field}.${name}.name`)] : [];
}

function validateMounts(mounts: VolumeMount[], field: string, volumes: ReadonlySet<string>): FieldError[] {
  const paths = new Set<string>();
  return mounts.flatMap((mount, index) => {
    const at = `${field}[${index}]`;
    const errors: FieldError[] = [];
    if ((mount.name ?? '') === '') errors.push(required(`${at}.name`));
    else if (!volumes.has(mount.name)) errors.push(missing(`${at}.name`, mount.name));
    if ((mount.mountPath ?? '') === '') errors.push(required(`${at}.mountPath`));
    else if (paths.has(mount.mountPath)) errors.push(invalidValue(`${at}.mountPath`, mount.mountPath, 'must be unique'));
    paths.add(mount.mountPath);
    if (mount.subPath !== undefined && mount.subPathExpr !== undefined) errors.push(invalidValue(`${at}.subPathExpr`, mount.subPathExpr, 'subPathExpr and subPath are mutually exclusive'));
    if (mount.subPath?.startsWith('/') === true) errors.push(invalidValue(`${at}.subPath`, mount.subPath, 'must be a relative path'));
    if (mount.subPath?.split('/').includes('..') === true) errors.push(invalidValue(`${at}.subPath`, mount.subPath, "must not contain '..'"));
    return errors;
  });
}

function probeErrors(container: Container, field: string, refused: boolean): FieldError[] {
  return (['livenessProbe', 'readinessProbe', 'startupProbe'] as const).flatMap((name) => {
    const probe = container[name];
    if (probe === undefined) return [];
    if (refused) return [forbiddenField(`${field}.${name}`, 'may not be set for init containers without restartPolicy=Always')];
    const once = name !== 'readinessProbe' && probe.successThreshold !== undefined && probe.successThreshold !== 1 ? [invalidValue(`${field}.${name}.successThreshold`, probe.successThreshold, 'must be 1')] : [];
    const grace = name === 'readinessProbe' && probe.terminationGracePeriodSeconds !== undefined ? [invalidValue(`${field}.${name}.terminationGracePeriodSeconds`, probe.terminationGracePeriodSeconds, 'must not be set for readinessProbes')] : [];
    return [...validateProbe(probe, `${field}.${name}`), ...once, ...grace];
  });
}

function validateProbe(probe: Probe, field: string): FieldError[] {
  const numbers = ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'] as const;
  const grace = probe.terminationGracePeriodSeconds;
  return [
    ...validateHandler(probe, field),
    ...numbers.flatMap((name) => nonNegative(`${field}.${name}`, probe[name])),
    ...(grace !== undefined && grace <= 0 ? [invalidValue(`${field}.terminationGracePeriodSeconds`, grace, 'must be greater than 0')] : []),
  ];
}

function validateLifecycle({ postStart, preStop }: Lifecycle, field: string, refused: boolean): FieldError[] {
  if (refused) return [forbiddenField(field, 'may not be set for init containers without restartPolicy=Always')];
  return [...(postStart === undefined ? [] : validateHandler(postStart, `${field}.postStart`)), ...(preStop === undefined ? [] : validateHandler(preStop, `${field}.preStop`))];
}

type Handler = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> & { sleep?: { seconds: number } };

function validateHandler(handler: Handler, field: string): FieldError[] {
  const kinds = (['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const).filter((kind) => handler[kind] !== undefined);
  if (kinds.length === 0) return [required(field, 'must specify a handler type')];
  return kinds.flatMap((kind, index) => (index > 0 ? [forbiddenField(`${field}.${kind}`, 'may not specify more than 1 handler type')] : handlerErrors(handler, kind, `${field}.${kind}`)));
}

function handlerErrors({ exec, httpGet, tcpSocket, grpc }: Handler, kind: string, field: string): FieldError[] {
  if (kind === 'exec') return (exec?.command ?? []).length === 0 ? [required(`${field}.command`)] : [];
  if (kind === 'tcpSocket') return validatePortReference(tcpSocket?.port ?? 0, `${field}.port`);
  if (kind === 'grpc') return validPort(`${field}.port`, grpc?.port ?? 0);
  if (kind !== 'httpGet' || httpGet === undefined) return [];
  return [
    ...((httpGet.path ?? '') === '' ? [required(`${field}.path`)] : []),
    ...validatePortReference(httpGet.port, `${field}.port`),
    ...(['HTTP', 'HTTPS'].includes(httpGet.scheme ?? '') ? [] : [notSupported(`${field}.scheme`, httpGet.scheme, ['HTTP', 'HTTPS'])]),
  ];
}
