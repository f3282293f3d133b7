/** The way back of a failing workload by what was last applied to it, where no earlier revision shows one. */
import type { Workload } from '../cluster-readings.ts';
import type { DriftedField } from '../object-readings.ts';
import type { Difference, DifferenceField } from './differences.ts';
import { driftFor, driftQuotes, restoring } from './drift.ts';
import { driftText } from './drift-words.ts';
import { list } from '../words.ts';
import { isOfRevision, podsOf } from './pods.ts';
import type { Scope } from './scope.ts';
import type { WayBack } from './trouble-words.ts';

/** Undefined unless the drifted fields bear on the failure, all pods have them, and none of them served before. */
export function driftBack(scope: Scope, workload: Workload, bears: (difference: Difference) => boolean): WayBack | undefined {
  const drift = driftFor(scope, workload.kind, workload.name);
  if (drift === undefined || workload.paused || !onlyNewest(scope, workload)) return undefined;
  const fields = drift.fields.filter((one) => bears(differenceOf(one)));
  const remedy = restoring(scope, drift, fields);
  if (remedy === undefined) return undefined;
  const changes = list(fields.slice(0, 3).map(driftText));
  return { remedy, words: `It is not as it was last applied: ${changes}.`, serving: false, changes, quotes: driftQuotes(scope, { ...drift, fields }), differences: fields.map(differenceOf) };
}

/** A failure that older pods share did not come with the newest template. */
function onlyNewest(scope: Scope, workload: Workload): boolean {
  const newest = workload.revisions.at(-1);
  return newest === undefined || podsOf(workload, scope.namespace).every((pod) => pod.ready || isOfRevision(pod, workload, newest));
}

const fields: [RegExp, DifferenceField][] = [
  [/\/(?:readiness|liveness|startup)Probe(?:\/|$)/, 'probe'], [/\/image$/, 'image'], [/\/(?:command|args)(?:\/|$)/, 'command'], [/\/env\//, 'variable'], [/\/envFrom(?:\/|$)/, 'source'],
  [/\/resources\/limits\/memory$/, 'memory-limit'], [/\/resources\/limits\/cpu$/, 'cpu-limit'], [/\/resources(?:\/|$)/, 'requests'], [/\/ports(?:\/|$)/, 'port'], [/\/(?:volumes|volumeMounts)(?:\/|$)/, 'volume'],
  [/\/nodeSelector(?:\/|$)/, 'node-selector'], [/\/serviceAccount(?:Name)?$/, 'service-account'], [/\/labels(?:\/|$)/, 'label'], [/\/(?:containers|initContainers)\/(?:\d+|-)$/, 'container'],
];

/** In the words of what differs between two revisions. */
export function differenceOf(one: DriftedField): Difference {
  const field = one.pointer.startsWith('/spec/template/') ? (fields.find(([pattern]) => pattern.test(one.pointer))?.[1] ?? 'other') : 'other';
  const container = /[cC]ontainers\[([^\]]+)\]/.exec(one.path)?.[1];
  const name = field === 'probe' ? /(readiness|liveness|startup)Probe/.exec(one.pointer)?.[1] : field === 'variable' ? /\.env\[([^\]]+)\]/.exec(one.path)?.[1] : field === 'requests' ? /(?:cpu|memory)$/.exec(one.pointer)?.[0] : undefined;
  const shown = (value: unknown): string | undefined => (value === undefined ? undefined : typeof value === 'string' ? value : JSON.stringify(value));
  const [before, after] = [shown(one.noted), shown(one.now)];
  return { field, ...(container === undefined ? {} : { container }), ...(name === undefined ? {} : { name }), ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }), text: driftText(one) };
}
