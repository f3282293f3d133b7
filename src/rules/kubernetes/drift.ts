/** What was changed by hand on an object since it was last applied, and the typed change that puts exactly that back. */
import { rightsWord } from '../../changes/actions/kubectl/rights.ts';
import type { Action } from '../../changes/action.ts';
import { patchable } from '../../changes/kubernetes-actions.ts';
import type { Quote } from '../../incident/types.ts';
import type { NamespaceReading, Workload } from '../cluster-readings.ts';
import type { DriftedField, ObjectDrift } from '../object-readings.ts';
import { isHidden } from '../operations.ts';
import { quoteLine } from '../quotes.ts';
import { list } from '../words.ts';
import { driftText, isSecretPath } from './drift-words.ts';
import { mayGoBack } from './drift-gate.ts';
import { groupBy, once } from './once.ts';
import { holds, parsed, tokensOf, valueAt } from './pointers.ts';
import { at } from './scope.ts';
import type { Scope } from './scope.ts';

const byObject = once((drifts: readonly ObjectDrift[]) => groupBy(drifts, ({ kind, name }) => [`${kind}/${name}`]));

export function driftsOf({ drift }: NamespaceReading): readonly ObjectDrift[] {
  return drift?.value ?? [];
}

export function driftFor({ namespace }: Scope, kind: string, name: string): ObjectDrift | undefined {
  return namespace.drift === undefined ? undefined : byObject(namespace.drift.value).get(`${kind}/${name}`)?.[0];
}

export function driftWords({ fields }: Pick<ObjectDrift, 'fields'>): string {
  return `${list(fields.slice(0, 3).map(driftText))}${fields.length > 3 ? `, and ${fields.length - 3} more` : ''}`;
}

/** Only what the evidence shows as it is: a value may have been hidden there. */
export function driftQuotes({ namespace: { drift } }: Scope, { kind, name, fields }: ObjectDrift): Quote[] {
  return fields.slice(0, 3).flatMap((one) => quoteLine(drift?.evidence, `${kind} ${name}: ${driftText(one).slice(0, 200)}`));
}

/** Undefined where no kind of change may do it, a value is not to be seen, or it may not go back (drift-gate.ts). `fields`: those that are to go back. */
export function restoring(scope: Scope, drift: ObjectDrift, fields: readonly DriftedField[] = drift.fields): Action | undefined {
  if (fields.length === 0 || !mayGoBack(scope, drift, fields)) return undefined;
  const known = fields.every((one) => !isSecretPath(one.path) && !isHidden(JSON.stringify([one.noted, one.now]) ?? ''));
  const place = { ...at(scope), name: drift.name };
  const workload = scope.namespace.workloads.value.find((one) => one.kind === drift.kind && one.name === drift.name);
  if (workload !== undefined) return (known ? single(place, workload, fields) ?? patch(place, drift, fields) : undefined) ?? undo(place, workload, fields);
  if (!known) return undefined;
  if (drift.kind === 'configmap') return ofConfigMap(place, fields);
  return patch(place, drift, fields) ?? ofCustom(scope, drift, fields);
}

type Place = { target: string; namespace: string; name: string };

function ofConfigMap(place: Place, fields: readonly DriftedField[]): Action | undefined {
  const entries = fields.map((one) => ({ key: tokensOf(one.pointer)[1] ?? '', value: one.noted ?? null }));
  if (!fields.every((one) => one.pointer.startsWith('/data/')) || !entries.every(({ value }) => value === null || typeof value === 'string')) return undefined;
  const [first, ...rest] = entries;
  if (first === undefined) return undefined;
  if (rest.length === 0) return { kind: 'kubectl.configmap_key', ...place, key: first.key, value: first.value as string | null };
  return asPatch(place, 'configmap', 'merge', { data: Object.fromEntries(entries.map(({ key, value }) => [key, value])) });
}

const amounts = /^\/spec\/template\/spec\/containers\/(\d+)\/resources\/(requests|limits)\/(cpu|memory)$/;

/** The kinds made for one thing: a variable, an image, requests and limits of one container. */
function single(place: Place, workload: Workload, fields: readonly DriftedField[]): Action | undefined {
  const [first] = fields;
  const container = /\.containers\[([^\]]+)\]/.exec(first?.path ?? '')?.[1];
  if (first === undefined || container === undefined) return undefined;
  const base = { ...place, workload: workload.kind, container };
  if (fields.every((one) => amounts.test(one.pointer) && typeof one.noted === 'string' && one.path.includes(`.containers[${container}]`))) {
    const of = (which: string): Record<string, string> => Object.fromEntries(fields.flatMap((one) => { const [, , side = '', what = ''] = amounts.exec(one.pointer) ?? []; return side === which ? [[what, String(one.noted)]] : []; }));
    const [requests, limits] = [of('requests'), of('limits')];
    return { kind: 'kubectl.set_resources', ...base, ...(Object.keys(requests).length > 0 ? { requests } : {}), ...(Object.keys(limits).length > 0 ? { limits } : {}) };
  }
  if (fields.length > 1) return undefined;
  if (/\/containers\/\d+\/image$/.test(first.pointer) && typeof first.noted === 'string') return { kind: 'kubectl.set_image', ...base, image: first.noted };
  const variable = /\/containers\/\d+\/env\/(?:\d+|-)(\/value)?$/.exec(first.pointer);
  const name = /\.env\[([^\]]+)\]/.exec(first.path)?.[1];
  if (variable === null || name === undefined || !first.pointer.startsWith('/spec/template/spec/containers/')) return undefined;
  const value = variable[1] === undefined ? plainValue(first.noted) : first.noted;
  return typeof value === 'string' || value === null ? { kind: 'kubectl.set_env', ...base, variable: name, value } : undefined;
}

/** Of a whole entry: null takes it out; undefined where its value comes from elsewhere. */
function plainValue(entry: unknown): string | null | undefined {
  if (entry === undefined) return null;
  if (typeof entry !== 'object' || entry === null || Object.keys(entry).some((key) => key !== 'name' && key !== 'value')) return undefined;
  const { value } = entry as { value?: unknown };
  return typeof value === 'string' ? value : undefined;
}

function patch(place: Place, { kind }: ObjectDrift, fields: readonly DriftedField[]): Action | undefined {
  const resource = patchable.find((one) => one === kind);
  if (resource === undefined || fields.some((one) => refused(resource, one))) return undefined;
  // Backwards, so that what is taken out of a list moves nothing that is still to come.
  const operations = [...fields].reverse().flatMap((one) => [
    ...(one.now === undefined ? [] : [{ op: 'test', path: one.pointer, value: one.now }]),
    one.noted === undefined ? { op: 'remove', path: one.pointer } : { op: one.now === undefined ? 'add' : 'replace', path: one.pointer, value: one.noted },
  ]);
  return asPatch(place, resource, 'json', operations);
}

/** What kubectl.patch would refuse: see its rules of fields. */
function refused(resource: string, { pointer, noted, now }: DriftedField): boolean {
  if (!pointer.startsWith('/spec/') && !pointer.startsWith('/metadata/labels/')) return true;
  if (/\/(?:containers|initContainers|volumes|volumeMounts|volumeDevices)(?:\/(?:\d+|-))?$/.test(pointer) || /\/volumes\//.test(pointer)) return true;
  if (resource === 'service' && /^\/spec\/type$/.test(pointer)) return true;
  if (resource === 'horizontalpodautoscaler' && pointer.startsWith('/spec/scaleTargetRef')) return true;
  return rightsWord([pointer, ...pathsOf(pointer, noted), ...pathsOf(pointer, now)], resource !== 'ingress') !== undefined;
}

function pathsOf(pointer: string, value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [pointer];
  return Object.entries(value).flatMap(([key, one]) => pathsOf(`${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, one));
}

function asPatch(place: Place, resource: (typeof patchable)[number], type: 'merge' | 'json', value: unknown): Action | undefined {
  const text = JSON.stringify(value);
  return text.length > 10_000 ? undefined : { kind: 'kubectl.patch', ...place, resource, type, patch: text };
}

/** By a merge patch, which takes lists only whole. */
function ofCustom(scope: Scope, drift: ObjectDrift, fields: readonly DriftedField[]): Action | undefined {
  const resource = scope.namespace.customResources.value.find((one) => one.kind === drift.kind && one.name === drift.name && one.apiVersion === drift.apiVersion);
  const [group, version] = drift.apiVersion.split('/');
  if (resource?.plural === undefined || group === undefined || version === undefined || fields.some(({ pointer }) => !pointer.startsWith('/spec/') || /\/(?:\d+|-)(?:\/|$)/.test(pointer))) return undefined;
  const spec: Record<string, unknown> = {};
  for (const { pointer, noted } of fields) put(spec, tokensOf(pointer).slice(1), noted ?? null);
  return { kind: 'kubectl.patch_custom', ...at(scope), group, version, plural: resource.plural, name: drift.name, patch: JSON.stringify({ spec }) };
}

function put(into: Record<string, unknown>, tokens: readonly string[], value: unknown): void {
  const [token = '', ...rest] = tokens;
  if (rest.length === 0) {
    Object.defineProperty(into, token, { value, enumerable: true, configurable: true, writable: true });
    return;
  }
  const inner: Record<string, unknown> = Object.hasOwn(into, token) ? (into[token] as Record<string, unknown>) : {};
  Object.defineProperty(into, token, { value: inner, enumerable: true, configurable: true, writable: true });
  put(inner, rest, value);
}

/** The newest earlier revision whose pods are as they were applied in all of these fields. */
function undo(place: Place, workload: Workload, fields: readonly DriftedField[]): Action | undefined {
  if (workload.paused || !fields.every(({ pointer }) => pointer.startsWith('/spec/template/spec/'))) return undefined;
  const fits = workload.revisions.slice(0, -1).findLast(({ template }) => {
    const spec = parsed(template.fingerprint);
    return fields.every(({ pointer, noted }) => !pointer.endsWith('/-') && holds(valueAt(spec, tokensOf(pointer).slice(3)), noted));
  });
  return fits === undefined ? undefined : { kind: 'kubectl.rollout_undo', ...place, workload: workload.kind, to_revision: fits.revision };
}
