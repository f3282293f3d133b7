/** A container's environment: service links, envFrom, env, in this order, each able to refer to what came before. */
import type { ObjectOf } from '../objects/object.ts';
import type { Container, EnvVar } from '../objects/types.ts';
import { expand } from './expansion.ts';
import { fieldValue, resourceValue } from './fields.ts';

/** The container can't be created until what the message names is there: CreateContainerConfigError. */
export class ConfigError extends Error {}

export interface Sources {
  pod: ObjectOf<'pods'>;
  /** What a container without limits may use at most. */
  allocatable: Record<string, string>;
  /** Variables for services. */
  links: Record<string, string>;
  configMap(name: string): ObjectOf<'configmaps'> | undefined;
  secret(name: string): ObjectOf<'secrets'> | undefined;
}

export function containerEnvironment(container: Container, sources: Sources): Record<string, string> {
  const result: Record<string, string> = {};
  const known: Record<string, string> = { ...sources.links };
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const values = configMapRef === undefined ? secretRef === undefined ? {} : secretValues(secretRef, sources) : configMapValues(configMapRef, sources);
    for (const [name, value] of Object.entries(values)) result[`${prefix}${name}`] = known[`${prefix}${name}`] = value;
  }
  for (const variable of container.env ?? []) {
    const value = valueOf(variable, container, sources, known);
    if (value !== undefined) result[variable.name] = known[variable.name] = value;
  }
  return { ...sources.links, ...result };
}

function valueOf(variable: EnvVar, container: Container, sources: Sources, known: Record<string, string>): string | undefined {
  const from = variable.valueFrom;
  if (from === undefined) return expand(variable.value ?? '', (name) => known[name]);
  if (from.fieldRef !== undefined) return fieldValue(sources.pod, from.fieldRef.fieldPath);
  if (from.resourceFieldRef !== undefined) return resourceValue(sources.pod, container, from.resourceFieldRef, sources.allocatable);
  if (from.configMapKeyRef !== undefined) {
    const { name = '', key, optional } = from.configMapKeyRef;
    const map = sources.configMap(name);
    if (map === undefined) return missing(optional, `configmap "${name}" not found`);
    return map.data?.[key] ?? missing(optional, `couldn't find key ${key} in ConfigMap ${sources.pod.metadata.namespace}/${name}`);
  }
  if (from.secretKeyRef !== undefined) {
    const { name = '', key, optional } = from.secretKeyRef;
    const secret = sources.secret(name);
    if (secret === undefined) return missing(optional, `secret "${name}" not found`);
    const value = secret.data?.[key];
    return value === undefined ? missing(optional, `couldn't find key ${key} in Secret ${sources.pod.metadata.namespace}/${name}`) : decode(value);
  }
  return '';
}

function configMapValues({ name = '', optional }: { name?: string; optional?: boolean }, sources: Sources): Record<string, string> {
  const map = sources.configMap(name);
  if (map === undefined) missing(optional, `configmap "${name}" not found`);
  return map?.data ?? {};
}

function secretValues({ name = '', optional }: { name?: string; optional?: boolean }, sources: Sources): Record<string, string> {
  const secret = sources.secret(name);
  if (secret === undefined) missing(optional, `secret "${name}" not found`);
  return Object.fromEntries(Object.entries(secret?.data ?? {}).map(([key, value]) => [key, decode(value)]));
}

function missing(optional: boolean | undefined, message: string): undefined {
  if (optional !== true) throw new ConfigError(message);
  return undefined;
}

const decode = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');
