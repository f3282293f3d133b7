/** A custom resource that asks for far more or less than its like, in force since shortly before those who read its outcome are refused. */
import type { Action } from '../../changes/action.ts';
import type { FindingBody } from '../../incident/types.ts';
import type { CustomResource, PodLog, Workload } from '../cluster-readings.ts';
import type { Observed } from '../readings.ts';
import { quoteLine } from '../quotes.ts';
import { looksLikeError } from '../service/errors.ts';
import { list } from '../words.ts';
import { customResourceOf } from './custom-resources.ts';
import { driftFor, restoring } from './drift.ts';
import { operatorsOf, readersOf, writtenLately } from './operators.ts';
import { logsOf, podsOf } from './pods.ts';
import { at, namespaceRule } from './scope.ts';
import type { Scope } from './scope.ts';
import { short, wordsOf } from './trouble-words.ts';
import { isSettled } from './who-wrote.ts';

export const extremeResource = namespaceRule('extreme-custom-resource', (scope) => {
  const all = scope.namespace.customResources.value;
  const suspects = all.filter((one) => writtenLately(scope, one)).flatMap((one) => {
    const unlike = extremes(one, all.filter((other) => other !== one && other.kind === one.kind && other.apiVersion === one.apiVersion));
    return unlike.length === 0 ? [] : [{ resource: one, unlike }];
  });
  // Of several nothing says which it is.
  const [first, ...rest] = suspects;
  if (first === undefined || rest.length > 0) return [];
  const readers = operatorsOf(scope, first.resource).flatMap((one) => readersOf(scope, one));
  const refusals = refusalsOf(scope, readers, writtenTime(first.resource));
  return refusals.length < leastRefusals ? [] : [describe(scope, first.resource, first.unlike, readers, refusals)];
});

const leastRefusals = 2;
/** Beyond all of its like by this factor. */
const far = 2;

interface Extreme {
  path: string;
  text: string;
}

function extremes(one: CustomResource, others: readonly CustomResource[]): Extreme[] {
  if (others.length === 0) return [];
  const known = others.map(({ spec }) => new Map(measures(spec)));
  return measures(one.spec).flatMap(([path, value]): Extreme[] => {
    const values = known.flatMap((map) => map.get(path) ?? []);
    if (values.length === 0) return [];
    const [least, most] = [Math.min(...values), Math.max(...values)];
    return value > most * far || value < least / far ? [{ path, text: `${path} ${value}, where the others have ${least === most ? least : `${least} to ${most}`}` }] : [];
  });
}

/** Numbers by their path, and how long lists are. */
function measures(value: unknown, path = 'spec', depth = 0): [string, number][] {
  if (typeof value === 'number' && Number.isFinite(value)) return [[path, value]];
  if (Array.isArray(value)) return [[`${path} (entries)`, value.length]];
  if (typeof value !== 'object' || value === null || depth > 6) return [];
  return Object.entries(value).flatMap(([key, one]) => measures(one, `${path}.${key}`, depth + 1));
}

const writtenTime = ({ changes = [], createdAt }: CustomResource): number => Date.parse(changes.find((one) => one.subresource === undefined)?.at ?? createdAt ?? '');

/** A value was not taken: no timeout, no lost connection, nothing of a database. */
const refusal = /\b(?:answered|HTTP|status"?:?) ?4(?:00|09|22)\b|\bmust be\b|\bpositive\b|\bnot a number\b|\bNaN\b|out of range|\bINVALID\b/;

function refusalsOf({ namespace }: Scope, readers: readonly Workload[], since: number): { line: string; log: Observed<PodLog> }[] {
  return readers.flatMap((one) => logsOf(namespace, podsOf(one, namespace))).flatMap((log) => log.value.lines.filter((line) => looksLikeError(line) && refusal.test(line) && !(timeOf(line) < since)).map((line) => ({ line, log })));
}

function timeOf(line: string): number {
  return Date.parse(/"(?:time|ts|timestamp|@timestamp)":\s*"([^"]+)"/.exec(line)?.[1] ?? '');
}

function describe(scope: Scope, resource: CustomResource, unlike: readonly Extreme[], readers: readonly Workload[], refusals: readonly { line: string; log: Observed<PodLog> }[]): FindingBody {
  const last = refusals.at(-1);
  const remedy = repair(scope, resource);
  const made = isNew(resource);
  return {
    severity: 'critical',
    resource: customResourceOf(scope, resource),
    mechanism: 'custom-resource-invalid',
    title: `${resource.kind} ${resource.name}, ${made ? 'made' : 'changed'} ${new Date(writtenTime(resource)).toISOString().slice(0, 19)}Z, is unlike all others: ${short(unlike[0]?.text ?? '', 100)}`,
    explanation: `It is in force: ${list(unlike.slice(0, 3).map(({ text }) => text))}. ${list(readers.slice(0, 3).map((one) => one.name))} ${readers.length === 1 ? 'reads' : 'read'} what follows from it and ${readers.length === 1 ? 'is' : 'are'} refused since: ${short(wordsOf(last?.line.trim() ?? ''), 160)}.`,
    confidence: 0.8,
    quotes: [...quoteLine(scope.namespace.customResources.evidence, `${resource.kind} ${resource.name} asks for`), ...(last === undefined ? [] : quoteLine(last.log.evidence, last.line.trim()))],
    ...(remedy === undefined ? {} : { remedy }),
  };
}

const isNew = (resource: CustomResource): boolean => Math.abs(writtenTime(resource) - Date.parse(resource.createdAt ?? '')) < 5_000;

/** What was changed goes back; what was made goes, and can be made again just as it is. */
function repair(scope: Scope, resource: CustomResource): Action | undefined {
  const drift = driftFor(scope, resource.kind, resource.name);
  if (drift !== undefined) return restoring(scope, drift);
  const [group, version] = (resource.apiVersion ?? '').split('/');
  if (!isNew(resource) || !isHarmlessToDelete(scope, resource) || resource.plural === undefined || group === undefined || version === undefined) return undefined;
  return { kind: 'kubectl.delete_object', ...at(scope), resource: `${resource.plural}.${version}.${group}`, name: resource.name };
}

/** A person made it, nothing is to be done before it goes, and nothing in the namespace goes with it. */
function isHarmlessToDelete(scope: Scope, { kind, name, finalizers = 0, changes = [] }: CustomResource): boolean {
  const { workloads, customResources } = scope.namespace;
  const owned = workloads.value.some(({ owner }) => owner?.kind === kind && owner.name === name) || customResources.value.some(({ spec, ...one }) => one.name !== name && JSON.stringify(spec ?? null).includes(JSON.stringify(name)));
  return finalizers === 0 && !owned && !isSettled(scope, changes.find((one) => one.subresource === undefined));
}
