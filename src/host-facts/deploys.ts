/** A list of what was deployed, as whatever keeps it writes it: JSON, each entry with a time. Pure. */

export interface Deploy {
  /** ISO 8601. */
  at: string;
  /** `service=checkout version=1.2.3`. */
  text: string;
}

const timeKeys = /^(?:at|time|timestamp|date|when|deployed_?at|finished_?at|completed_?at|created_?at|started_?at|updated_?at)$/i;
const listKeys = ['deploys', 'deployments', 'releases', 'items', 'data', 'entries', 'history'];
const mostFields = 20;

/** Newest first; entries without a time are counted. Throws SyntaxError when it is no JSON, TypeError when it is no list. */
export function parseDeploys(text: string): { deploys: Deploy[]; withoutTime: number } {
  const list = listIn(JSON.parse(text));
  if (list === undefined) throw new TypeError(`it is no list, nor an object with one under ${listKeys.join(', ')}`);
  const deploys = list.flatMap((entry): Deploy[] => {
    const fields = scalars(entry);
    const at = fields.filter(([key]) => timeKeys.test(key.split('.').at(-1) ?? '')).map(([, value]) => timeOf(value)).filter((time) => time !== undefined).sort().at(-1);
    return at === undefined ? [] : [{ at, text: fields.slice(0, mostFields).map(([key, value]) => `${key}=${String(value).replace(/\s+/g, ' ').slice(0, 200)}`).join(' ') }];
  });
  return { deploys: deploys.sort((left, right) => right.at.localeCompare(left.at)), withoutTime: list.length - deploys.length };
}

function listIn(value: unknown): unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  return listKeys.map((key) => (value as Record<string, unknown>)[key]).find((one) => Array.isArray(one)) as unknown[] | undefined;
}

/** Its own fields and those one level below. */
function scalars(entry: unknown, prefix = ''): [key: string, value: string | number | boolean][] {
  if (typeof entry !== 'object' || entry === null) return [];
  return Object.entries(entry).flatMap(([key, value]): [string, string | number | boolean][] => {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return [[`${prefix}${key}`, value]];
    return prefix === '' && !Array.isArray(value) ? scalars(value, `${key}.`) : [];
  });
}

/** ISO 8601, or seconds or milliseconds since 1970. */
function timeOf(value: string | number | boolean): string | undefined {
  const time = typeof value === 'number' ? (value > 1e11 ? value : value * 1_000) : typeof value === 'string' && /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isFinite(time) && time > 0 && time < 8.64e15 ? new Date(time).toISOString() : undefined;
}
