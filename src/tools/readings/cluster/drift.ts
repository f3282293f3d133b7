/** How an object differs from what `kubectl apply` last noted on it, field by field. Total: any JSON gives something. */
import type { DriftedField, ObjectDrift } from '../../../rules/object-readings.ts';
import { bytesOf } from '../../../rules/kubernetes/quantities.ts';
import { canonical, child, items, lastApplied, nameOf, optional, text } from './fields.ts';
import { writersOf } from './writers.ts';
import type { Writers } from './writers.ts';

const mostFields = 40;
const deepest = 16;

/** Undefined where nothing is noted, or nothing differs. */
export function driftOf(object: unknown): ObjectDrift | undefined {
  const applied = lastApplied(object);
  if (applied === undefined || nameOf(object) === '') return undefined;
  const writers = writersOf(object);
  const fields: DriftedField[] = [];
  for (const section of ['spec', 'data', 'rules', 'subjects', 'roleRef']) {
    compare({ noted: child(applied, section), now: child(object, section), tokens: [section], shown: section, found: fields, writers });
  }
  const labels = ['metadata', 'labels'];
  compare({ noted: child(applied, ...labels), now: child(object, ...labels), tokens: labels, shown: 'metadata.labels', found: fields, writers });
  const drifted = fields.filter(({ pointer }) => !isKeptByOthers(pointer)).slice(0, mostFields);
  if (drifted.length === 0) return undefined;
  return { kind: text(object, 'kind').toLowerCase(), apiVersion: text(object, 'apiVersion'), name: nameOf(object), ...optional('createdAt', text(object, 'metadata', 'creationTimestamp')), fields: drifted };
}

/** Counts of replicas have rules of their own; the rest is the API server's and its controllers'. */
function isKeptByOthers(pointer: string): boolean {
  return /^\/spec\/(?:replicas|clusterIPs?|ipFamil\w+|volumeName|storageClassName|finalizers|nodeName)(?:\/|$)|\/(?:nodePort|caBundle|creationTimestamp)$|^\/spec\/template\/metadata\/annotations|^\/metadata\/labels\/(?:pod-template-hash|controller-revision-hash|kubernetes\.io~1)/.test(pointer);
}

interface Comparison {
  noted: unknown;
  now: unknown;
  /** In the live object, where the field is there. */
  tokens: string[];
  shown: string;
  found: DriftedField[];
  writers: Writers;
}

function compare(pair: Comparison): void {
  const { noted, now, tokens, found } = pair;
  if (found.length >= mostFields || tokens.length > deepest || isSame(noted, now)) return;
  if (isPlain(noted) && isPlain(now)) {
    for (const key of new Set([...Object.keys(noted), ...Object.keys(now)])) {
      compareChild(pair, { noted: own(noted, key), now: own(now, key), token: key, shown: `${pair.shown}.${key}` });
    }
    return;
  }
  if (Array.isArray(noted) && Array.isArray(now)) {
    if (hasNames(noted) && hasNames(now)) return compareNamed(pair, noted, now);
    if (noted.length === now.length) return noted.forEach((one, index) => compareChild(pair, { noted: one, now: now[index], token: String(index), shown: `${pair.shown}[${index}]` }));
  }
  keep(pair);
}

/** Containers, variables, volumes: by name, at their place in the live list. Their order says nothing. */
function compareNamed(pair: Comparison, noted: readonly unknown[], now: readonly unknown[]): void {
  const nameAt = (one: unknown): string => text(one, 'name');
  now.forEach((one, index) => compareChild(pair, { noted: noted.find((other) => nameAt(other) === nameAt(one)), now: one, token: String(index), shown: `${pair.shown}[${nameAt(one)}]` }));
  for (const one of noted) if (!now.some((other) => nameAt(other) === nameAt(one))) compareChild(pair, { noted: one, now: undefined, token: '-', shown: `${pair.shown}[${nameAt(one)}]` });
}

function compareChild(pair: Comparison, { noted, now, token, shown }: { noted: unknown; now: unknown; token: string; shown: string }): void {
  compare({ ...pair, noted, now, tokens: [...pair.tokens, token], shown });
}

/** What is there and not in the note counts only where somebody else wrote it: the rest are defaults. */
function keep({ noted, now, tokens, shown, found, writers }: Comparison): void {
  const writer = writers(tokens);
  if (isNothing(noted) && (writer === undefined || !writer.foreign)) return;
  found.push({
    pointer: tokens.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''), path: shown,
    ...(isNothing(noted) ? {} : { noted }), ...(isNothing(now) ? {} : { now }),
    ...(writer === undefined ? {} : { at: writer.at, manager: writer.manager }),
  });
}

/** The server writes `500m` for `0.5`, leaves out what is empty, and takes a number for its text. */
function isSame(left: unknown, right: unknown): boolean {
  if (isNothing(left) && isNothing(right)) return true;
  if (typeof left !== 'object' && typeof right !== 'object') {
    const [one, other] = [String(left), String(right)];
    return one === other || (isNothing(left) === isNothing(right) && quantity(one) !== undefined && quantity(one) === quantity(other));
  }
  return canonical(left) === canonical(right);
}

/** A bare number beside text is left to be compared as text. */
function quantity(value: string): number | undefined {
  return /^\d/.test(value) ? bytesOf(value) : undefined;
}

function isNothing(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === undefined || value === null || value === '' || (typeof value === 'object' && Object.values(value).every(isNothing));
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(value: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function hasNames(list: readonly unknown[]): boolean {
  const names = list.map((one) => text(one, 'name'));
  return names.every((name) => name !== '') && new Set(names).size === names.length;
}

/** Drift of all objects, the newest write first. */
export function driftsOf(objects: readonly unknown[]): ObjectDrift[] {
  const newest = (one: ObjectDrift): string => one.fields.map(({ at = '' }) => at).sort().at(-1) ?? '';
  return objects.filter((one) => !items(one, 'metadata', 'ownerReferences').some((owner) => child(owner, 'controller') === true)).flatMap((one) => driftOf(one) ?? []).sort((left, right) => (newest(left) < newest(right) ? 1 : newest(left) > newest(right) ? -1 : 0));
}
