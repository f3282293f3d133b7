/** What services that use a database, and logs of workloads that do, say of it: matched, quoted, never obeyed. A name in it counts only when the database knows it, too. */
import type { Quote } from '../../incident/types.ts';
import type { NamespaceReading, PodLog } from '../cluster-readings.ts';
import { quoteLinesWhere } from '../quotes.ts';
import type { DatabaseReading, Readings } from '../readings.ts';
import { errorTexts, quoteError } from '../service/errors.ts';
import { namesDatabase, ownsPod, placesOf, says, usesRole } from './clients.ts';

export interface Said {
  match: RegExpMatchArray;
  quotes: Quote[];
  /** The service that says it; absent: a log of a workload that is none of the configured services. */
  service?: string;
  /** The workload whose log it is, where it is none of them. */
  workload?: string;
}

/** Lists hold each sentence once for each who says it, the newest of a log first. `pattern` without the flag g. */
export function saidOf(database: DatabaseReading, readings: Readings, pattern: RegExp): Said[] {
  const services = readings.services.filter((service) => service.databases.includes(database.name));
  const fromServices = services.flatMap((service) => distinct(errorTexts(service).toReversed(), pattern).map(({ text, match }): Said => ({ match, service: service.name, quotes: quoteError(service, 1, (line) => line.includes(match[0]) || text.includes(line)) })));
  const logs = (readings.clusters ?? []).flatMap((cluster) => cluster.namespaces.flatMap((namespace) => namespace.logs.map((log) => ({ log, namespace }))));
  const fromLogs = logs.flatMap(({ log: { value, evidence }, namespace }) => distinct(value.lines.toReversed(), pattern).flatMap(({ text, match }): Said[] => {
    const speaker = speakerOf(value, namespace, text, database, readings);
    return speaker === undefined ? [] : [{ match, ...speaker, quotes: quoteLinesWhere(evidence, 1, (line) => line.includes(match[0])) }];
  }));
  return [...fromServices, ...fromLogs];
}

/** Undefined: its words are about something else. A workload that is none of the configured services speaks of a database that it, or the line, names. */
function speakerOf({ pod: name }: PodLog, namespace: NamespaceReading, text: string, database: DatabaseReading, readings: Readings): Pick<Said, 'service' | 'workload'> | undefined {
  const pod = namespace.pods.value.find((one) => one.name === name);
  const own = pod === undefined ? [] : readings.services.filter((service) => placesOf(service.name, readings).some((place) => place.namespace === namespace && ownsPod(place, pod)));
  const user = own.find(({ databases }) => databases.includes(database.name));
  if (user !== undefined) return { service: user.name };
  if (own.length > 0 || !(says(text, database.name) || (pod !== undefined && namesDatabase(pod.template, namespace, database.name)))) return undefined;
  const workload = pod === undefined ? undefined : namespace.workloads.value.find((one) => ownsPod({ namespace, workload: one }, pod))?.name;
  return workload === undefined ? {} : { workload };
}

function distinct(texts: readonly string[], pattern: RegExp): { text: string; match: RegExpMatchArray }[] {
  const found = new Map<string, { text: string; match: RegExpMatchArray }>();
  for (const text of texts) {
    const match = text.match(pattern);
    if (match !== null && !found.has(match[0])) found.set(match[0], { text, match });
  }
  return [...found.values()].slice(0, 8);
}

/** Of all that is said, what comes from those who log in with this role, or is told of them by who calls them. */
export function aboutRole(said: readonly Said[], role: string, database: DatabaseReading, readings: Readings): Said[] {
  return said.filter((one) => meansRole(one, role, database, readings) === 'yes');
}

/** `no` where all whom it may be about surely log in with other roles. */
export function meansRole({ service, workload, match }: Said, role: string, database: DatabaseReading, readings: Readings): 'yes' | 'no' | 'unknown' {
  const told = readings.services.filter(({ name, databases }) => name !== service && databases.includes(database.name) && says(match.input ?? '', name)).map(({ name }) => name);
  const answers = [service ?? workload ?? '', ...told].map((name) => usesRole(name, role, database, readings));
  return answers.includes('yes') ? 'yes' : answers.every((answer) => answer === 'no') ? 'no' : 'unknown';
}

/** SQLSTATEs or error numbers (`25006|42501`), with a word beside them that says that they are: bare, any number would match. For a RegExp with the flag i. */
export const coded = (codes: string): string => String.raw`(?:sqlstate|errno|errcode|code|error|fatal)[^\w\n]{0,8}(?:${codes})\b|\b(?:${codes})\b[^\w\n]{0,4}(?:error|fatal|sqlstate)`;

/** Names as errors write them: in double quotes, which JSON escapes, or bare. */
export const named = String.raw`\\?"?([A-Za-z_][\w$.-]{0,127})\\?"?`;

/** Services by name, for a sentence; empty when only logs of the cluster say it. */
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
