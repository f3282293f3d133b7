/** What services that use a database, and logs of the cluster, say of it: matched, quoted, never obeyed. A name in it counts only when the database knows it, too. */
import type { Quote } from '../../incident/types.ts';
import { quoteLinesWhere } from '../quotes.ts';
import type { DatabaseReading, Readings } from '../readings.ts';
import { errorTexts, quoteError } from '../service/errors.ts';

export interface Said {
  match: RegExpMatchArray;
  quotes: Quote[];
  /** The service that says it; absent: a log of the cluster. */
  service?: string;
}

/** Lists hold each sentence once for each who says it, the newest of a log first. `pattern` without the flag g. */
export function saidOf(database: DatabaseReading, readings: Readings, pattern: RegExp): Said[] {
  const services = readings.services.filter((service) => service.databases.includes(database.name));
  const fromServices = services.flatMap((service) => distinct(errorTexts(service).toReversed(), pattern).map(({ text, match }): Said => ({ match, service: service.name, quotes: quoteError(service, 1, (line) => line.includes(match[0]) || text.includes(line)) })));
  const logs = (readings.clusters ?? []).flatMap((cluster) => cluster.namespaces.flatMap((namespace) => namespace.logs));
  const fromLogs = logs.flatMap(({ value, evidence }) => distinct(value.lines.toReversed(), pattern).map(({ match }): Said => ({ match, quotes: quoteLinesWhere(evidence, 1, (line) => line.includes(match[0])) })));
  return [...fromServices, ...fromLogs];
}

function distinct(texts: readonly string[], pattern: RegExp): { text: string; match: RegExpMatchArray }[] {
  const found = new Map<string, { text: string; match: RegExpMatchArray }>();
  for (const text of texts) {
    const match = text.match(pattern);
    if (match !== null && !found.has(match[0])) found.set(match[0], { text, match });
  }
  return [...found.values()].slice(0, 8);
}

/** Names as errors write them: in double quotes, which JSON escapes, or bare. */
export const named = String.raw`\\?"?([A-Za-z_][\w$.-]{0,127})\\?"?`;

/** Services by name, for a sentence; undefined when only logs of the cluster say it. */
export function speakers(said: readonly Said[]): string[] {
  return [...new Set(said.flatMap(({ service }) => (service === undefined ? [] : [service])))];
}

export function quotesOf(said: readonly Said[], most = 2): Quote[] {
  return said.flatMap(({ quotes }) => quotes).slice(0, most);
}

/** As actions take identifiers. */
export function isPlain(...names: readonly (string | undefined)[]): boolean {
  return names.every((name) => name !== undefined && /^[A-Za-z_][A-Za-z0-9_$]{0,62}$/.test(name));
}
