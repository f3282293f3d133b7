/** What differs between two pod templates, one line for each thing, in the words that the evidence uses. */
import type { Container, Labels, PodTemplate, ValueSource } from '../cluster-readings.ts';

export type DifferenceField = 'image' | 'command' | 'variable' | 'source' | 'memory-limit' | 'cpu-limit' | 'requests' | 'probe' | 'port' | 'container' | 'node-selector' | 'volume' | 'service-account' | 'label' | 'other';

export interface Difference {
  field: DifferenceField;
  container?: string;
  /** Of the variable, port, probe, label or volume. */
  name?: string;
  before?: string;
  after?: string;
  /** `container api: variable MODE was "a", is "b"` */
  text: string;
}

/** Empty when the templates ask for the same pods; marks of a restart alone are no difference. */
export function differences(before: PodTemplate, after: PodTemplate): Difference[] {
  const names = union(before.containers.map((one) => one.name), after.containers.map((one) => one.name));
  const found = [
    ...names.flatMap((name) => containerDifferences(name, before.containers.find((one) => one.name === name), after.containers.find((one) => one.name === name))),
    ...pairs('node-selector', 'node selector', before.nodeSelector, after.nodeSelector),
    ...values('service-account', 'service account', undefined, before.serviceAccount, after.serviceAccount),
    ...values('volume', 'volumes', undefined, volumes(before), volumes(after)),
  ];
  if (found.length === 0 && before.fingerprint !== after.fingerprint) found.push(...otherFields(before.fingerprint, after.fingerprint));
  return found;
}

/** Fields of the pod's spec by their names; what differs deeper inside of containers or volumes is not told. */
function otherFields(before: string, after: string): Difference[] {
  const [was, is] = [fieldsOf(before), fieldsOf(after)];
  const named = union(Object.keys(was), Object.keys(is)).filter((key) => !/^(?:containers|initContainers|volumes)$/.test(key)).flatMap((key) => values('other', key, key, jsonOf(was, key), jsonOf(is, key)));
  return named.length > 0 ? named : [{ field: 'other', text: 'another field of the pod\'s spec differs' }];
}

function fieldsOf(fingerprint: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(fingerprint);
    return typeof value === 'object' && value !== null ? value as Record<string, unknown> : {};
  } catch {
    return {};
  }
}

function jsonOf(fields: Record<string, unknown>, key: string): string | undefined {
  return Object.hasOwn(fields, key) ? shorten(JSON.stringify(fields[key]) ?? '') : undefined;
}

function containerDifferences(name: string, before: Container | undefined, after: Container | undefined): Difference[] {
  if (before === undefined || after === undefined) return [{ field: 'container', container: name, text: `container ${name} ${before === undefined ? 'is new' : 'is gone'}` }];
  const value = (field: DifferenceField, what: string, was: string | undefined, is: string | undefined, of?: string): Difference[] =>
    values(field, what, of, was, is).map((one) => ({ ...one, container: name, text: `container ${name}: ${one.text}` }));
  const probes = (['readiness', 'liveness', 'startup'] as const).flatMap((kind) => value('probe', `${kind} probe`, probeText(before, kind), probeText(after, kind), kind));
  return [
    ...value('image', 'image', before.image, after.image),
    ...value('command', 'command', shorten(before.command), shorten(after.command)),
    ...union(before.environment.map((one) => one.name), after.environment.map((one) => one.name)).flatMap((variable) => value('variable', `variable ${variable}`, variableText(before, variable), variableText(after, variable), variable)),
    ...value('source', 'variables come', sources(before), sources(after)),
    ...value('memory-limit', 'memory limit', before.limits['memory'], after.limits['memory']),
    ...value('cpu-limit', 'cpu limit', before.limits['cpu'], after.limits['cpu']),
    ...value('requests', 'memory request', before.requests['memory'], after.requests['memory'], 'memory'),
    ...value('requests', 'cpu request', before.requests['cpu'], after.requests['cpu'], 'cpu'),
    ...probes,
    ...value('port', 'ports', ports(before), ports(after)),
  ];
}

function values(field: DifferenceField, what: string, name: string | undefined, before: string | undefined, after: string | undefined): Difference[] {
  const [was, is] = [before === '' ? undefined : before, after === '' ? undefined : after];
  if (was === is) return [];
  return [{ field, ...(name === undefined ? {} : { name }), ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }), text: `${what} was ${was ?? '(none)'}, is ${is ?? '(none)'}` }];
}

function pairs(field: DifferenceField, what: string, before: Labels, after: Labels): Difference[] {
  return union(Object.keys(before), Object.keys(after)).flatMap((key) => values(field, `${what} ${key}`, key, own(before, key), own(after, key)));
}

const own = (labels: Labels, key: string): string | undefined => (Object.hasOwn(labels, key) ? labels[key] : undefined);

export function variableText(container: Container, name: string): string | undefined {
  const found = container.environment.findLast((one) => one.name === name);
  if (found === undefined) return undefined;
  return found.from === undefined ? JSON.stringify(found.value ?? '') : sourceText(found.from);
}

export function sourceText({ kind, name, key }: ValueSource): string {
  return `from ${kind} ${name}${key === undefined ? '' : ` key ${key}`}`;
}

function probeText(container: Container, kind: string): string | undefined {
  return container.probes.find((one) => one.kind === kind)?.text;
}

function sources(container: Container): string {
  return container.environmentFrom.map(sourceText).join(', ');
}

function ports(container: Container): string {
  return container.ports.map((one) => `${one.name === undefined ? '' : `${one.name} `}${one.port}${one.host === undefined ? '' : ` as port ${one.host} of the node`}`).join(', ');
}

function volumes(template: PodTemplate): string {
  return template.volumes.map((one) => `${one.name} from ${one.kind} ${one.source}`).join(', ');
}

function shorten(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 300);
}

function union(left: readonly string[], right: readonly string[]): string[] {
  return [...new Set([...left, ...right])];
}
