/** Metrics as an engineer reads them: rates of counters, quantiles of histograms, the largest series first. Pure. */
import { quantile, since } from './histogram.ts';
import type { Bucket } from './histogram.ts';
import type { Exposition, Family, Sample } from './parse-metrics.ts';

export interface MetricsView {
  first: Exposition;
  /** A later reading, for rates. */
  second?: Exposition;
  /** Between the two. */
  seconds: number;
  /** Names that begin with it. */
  prefix?: string | undefined;
  /** Series with this text in a label's name or value, in any case. */
  label?: string | undefined;
}

const mostSeries = 12;
const mostSeriesOfAll = 3;
const mostFamilies = 120;

export function metricsText({ first, second, seconds, prefix = '', label }: MetricsView): string {
  const newest = second ?? first;
  const families = newest.families.filter(({ name }) => name.startsWith(prefix));
  if (newest.families.length === 0) return `There are no metrics in this answer${newest.malformed === 0 ? '' : `; ${newest.malformed} lines are not in the Prometheus text format`}.`;
  if (families.length === 0) return `None of the ${newest.families.length} metrics begins with ${prefix}. There are: ${namesOf(newest.families)}`;
  const most = prefix === '' && label === undefined ? mostSeriesOfAll : mostSeries;
  const older = second === undefined ? undefined : new Map(first.families.map((family) => [family.name, family]));
  const blocks = families.map((family) => seriesOf(family, { older: older?.get(family.name), compared: older !== undefined, seconds, label })).map((lines, index) => block(families[index], lines, most)).filter((lines) => lines.length > 0);
  if (blocks.length === 0) return `No series of these ${families.length} metrics has ${JSON.stringify(label)} in a label.`;
  const notes = [
    ...(blocks.length > mostFamilies ? [`${blocks.length - mostFamilies} more metrics; narrow it with a prefix`] : []),
    ...(newest.malformed === 0 ? [] : [`${newest.malformed} lines could not be read`]),
  ];
  return [
    ...blocks.slice(0, mostFamilies).flat(),
    `(${blocks.length} of ${newest.families.length} metrics${second === undefined ? '' : `, rates over ${seconds.toFixed(1)} s`}${notes.map((note) => `; ${note}`).join('')})`,
  ].join('\n');
}

function namesOf(families: readonly Family[]): string {
  return `${families.slice(0, 100).map(({ name }) => name).join(', ')}${families.length > 100 ? ', ...' : ''}`;
}

interface Line {
  text: string;
  /** The largest are shown. */
  weight: number;
}

function block(family: Family | undefined, lines: readonly Line[], most: number): string[] {
  if (family === undefined || lines.length === 0) return [];
  const sorted = [...lines].sort((left, right) => right.weight - left.weight);
  return [`${family.name} (${family.type === 'unknown' ? 'untyped' : family.type}${lines.length > 1 ? `, ${lines.length} series` : ''})`, ...sorted.slice(0, most).map(({ text }) => `  ${text}`), ...(sorted.length > most ? [`  ... and ${sorted.length - most} series with less`] : [])];
}

interface Compared {
  older: Family | undefined;
  compared: boolean;
  seconds: number;
  label: string | undefined;
}

function seriesOf(family: Family, how: Compared): Line[] {
  const chosen = family.samples.filter(({ labels }) => matches(labels, how.label));
  const before = new Map(how.older?.samples.map((sample) => [keyOf(sample), sample.value]));
  if (family.type === 'histogram' || family.type === 'summary') return distributions(family.type, chosen, { ...how, before });
  return chosen.filter(({ name }) => family.type !== 'counter' || !name.endsWith('_created')).map((sample): Line => {
    const old = before.get(keyOf(sample));
    const shown = `${labelText(sample.labels)}${number(sample.value)}`;
    if (family.type !== 'counter') return { text: `${shown}${old === undefined || Object.is(old, sample.value) ? '' : ` (was ${number(old)})`}`, weight: weight(sample.value) };
    if (!how.compared) return { text: shown, weight: weight(sample.value) };
    const rate = rateOf(old, sample.value, how.seconds);
    return { text: `${shown}, ${number(rate)} per second${(old ?? 0) > sample.value ? ' (it began anew: a restart)' : ''}`, weight: weight(rate) * 1e6 + Math.min(1e6, weight(sample.value)) };
  });
}

/** One line for each set of labels: how many, how long on average, and quantiles; of what came in between the readings where there are two. */
function distributions(type: 'histogram' | 'summary', samples: readonly Sample[], { before, compared, seconds }: Compared & { before: ReadonlyMap<string, number> }): Line[] {
  const groups = new Map<string, { labels: Sample['labels']; count?: Sample; sum?: Sample; parts: { at: number; sample: Sample }[] }>();
  const special = type === 'histogram' ? 'le' : 'quantile';
  for (const sample of samples) {
    const labels = sample.labels.filter(([name]) => name !== special);
    const key = JSON.stringify(labels);
    const group = groups.get(key) ?? { labels, parts: [] };
    groups.set(key, group);
    const bound = sample.labels.find(([name]) => name === special)?.[1];
    if (bound !== undefined) group.parts.push({ at: /^\+?Inf$/i.test(bound) ? Number.POSITIVE_INFINITY : Number(bound), sample });
    else if (sample.name.endsWith('_count')) group.count = sample;
    else if (sample.name.endsWith('_sum')) group.sum = sample;
  }
  return [...groups.values()].map(({ labels, count, sum, parts }): Line => {
    const buckets = parts.map(({ at, sample }): Bucket => ({ upTo: at, count: sample.value }));
    const older = parts.map(({ at, sample }): Bucket => ({ upTo: at, count: before.get(keyOf(sample)) ?? 0 }));
    const total = count?.value ?? (type === 'histogram' ? buckets.find(({ upTo }) => upTo === Number.POSITIVE_INFINITY)?.count : undefined) ?? 0;
    const grown = compared && count !== undefined ? rateOf(before.get(keyOf(count)), count.value, seconds) : undefined;
    const mean = sum === undefined || total === 0 ? '' : `, mean ${number(sum.value / total)}`;
    const whole = `count ${number(total)}${mean}${type === 'histogram' ? quantiles(buckets) : given(parts)}`;
    const recent = grown === undefined ? '' : `; now ${number(grown)} per second${type === 'histogram' ? quantiles(since(older, buckets)) : ''}`;
    return { text: `${labelText(labels)}${whole}${recent}`, weight: (grown ?? 0) * 1e6 + Math.min(1e6, weight(total)) };
  });
}

function quantiles(buckets: readonly Bucket[]): string {
  return [0.5, 0.9, 0.99].map((share) => {
    const found = quantile(share, buckets);
    return found === undefined ? '' : `, p${share * 100} ${found.above ? 'over ' : ''}${number(found.value)}`;
  }).join('');
}

function given(parts: readonly { at: number; sample: Sample }[]): string {
  return [...parts].sort((left, right) => left.at - right.at).map(({ at, sample }) => `, p${number(at * 100)} ${number(sample.value)}`).join('');
}

function rateOf(before: number | undefined, now: number, seconds: number): number {
  const grown = before === undefined || now < before ? now : now - before;
  return before === undefined ? 0 : grown / Math.max(seconds, 0.001);
}

function weight(value: number): number {
  return Number.isFinite(value) ? Math.abs(value) : 0;
}

function matches(labels: Sample['labels'], text: string | undefined): boolean {
  const wanted = text?.toLowerCase();
  return wanted === undefined || labels.some(([name, value]) => `${name}="${value}"`.toLowerCase().includes(wanted));
}

function keyOf({ name, labels }: Sample): string {
  return `${name}${JSON.stringify(labels)}`;
}

function labelText(labels: Sample['labels']): string {
  return labels.length === 0 ? '' : `{${labels.map(([name, value]) => `${name}=${JSON.stringify(value.slice(0, 120))}`).join(', ')}} `;
}

/** Enough digits to compare, none to stumble over. */
export function number(value: number): string {
  if (!Number.isFinite(value) || Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(4)));
}
