/** The Prometheus text format, and OpenMetrics as far as it is the same. Takes any text in linear time; lines that are neither are counted. */

export type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary' | 'unknown';

export interface Sample {
  /** With its suffix: _bucket, _sum, _count, _total. */
  name: string;
  /** Sorted by name. */
  labels: (readonly [name: string, value: string])[];
  /** May be NaN or infinite. */
  value: number;
}

export interface Family {
  name: string;
  type: MetricType;
  samples: Sample[];
}

export interface Exposition {
  families: Family[];
  /** Lines that could not be read. */
  malformed: number;
}

/** In the order in which they appear. */
export function parseMetrics(text: string): Exposition {
  const types = new Map<string, MetricType>();
  const families = new Map<string, Family>();
  let malformed = 0;
  for (const line of text.split('\n')) {
    const trimmed = line.trim();
    if (trimmed.startsWith('#')) {
      const declared = /^#\s+TYPE\s+([a-zA-Z_:][\w:]*)\s+(\w+)$/.exec(trimmed);
      if (declared?.[1] !== undefined) types.set(declared[1], typeOf(declared[2] ?? ''));
      continue;
    }
    if (trimmed === '') continue;
    const sample = parseSample(trimmed);
    if (sample === undefined) {
      malformed += 1;
      continue;
    }
    const { name, type } = familyOf(sample.name, types);
    const family = families.get(name) ?? { name, type, samples: [] };
    families.set(name, family);
    family.samples.push(sample);
  }
  return { families: [...families.values()], malformed };
}

function typeOf(word: string): MetricType {
  return word === 'counter' || word === 'gauge' || word === 'histogram' || word === 'summary' ? word : 'unknown';
}

function familyOf(sample: string, types: ReadonlyMap<string, MetricType>): { name: string; type: MetricType } {
  const own = types.get(sample);
  if (own !== undefined) return { name: sample, type: own };
  const base = sample.replace(/_(?:bucket|sum|count|total|created)$/, '');
  const type = types.get(base);
  if (type !== undefined && base !== sample) return { name: base, type };
  return { name: sample, type: sample.endsWith('_total') ? 'counter' : 'unknown' };
}

function parseSample(line: string): Sample | undefined {
  const name = /^[a-zA-Z_:][\w:]*/.exec(line)?.[0];
  if (name === undefined) return undefined;
  const rest = line.slice(name.length).trimStart();
  const read = rest.startsWith('{') ? parseLabels(rest) : { labels: [], end: 0 };
  if (read === undefined) return undefined;
  const number = /^\s*(\S+)/.exec(rest.slice(read.end))?.[1];
  const value = number === undefined ? undefined : parseValue(number);
  return value === undefined ? undefined : { name, labels: read.labels.sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0)), value };
}

/** As Prometheus writes numbers: 1e-3, +Inf, NaN. */
export function parseValue(text: string): number | undefined {
  if (/^[+-]?Inf(?:inity)?$/i.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^NaN$/i.test(text)) return Number.NaN;
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

/** From its `{`; `end` is behind its `}`. */
function parseLabels(text: string): { labels: (readonly [string, string])[]; end: number } | undefined {
  const labels: (readonly [string, string])[] = [];
  // One pair at a time, from where the last one ended.
  const pair = /\s*([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*,?/y;
  const end = /\s*\}/y;
  let at = 1;
  for (;;) {
    end.lastIndex = at;
    if (end.test(text)) return { labels, end: end.lastIndex };
    pair.lastIndex = at;
    const match = pair.exec(text);
    if (match === null) return undefined;
    labels.push([match[1] ?? '', (match[2] ?? '').replaceAll(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character))]);
    at = pair.lastIndex;
  }
}
