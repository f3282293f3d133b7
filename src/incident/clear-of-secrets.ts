/**
 * What enters an incident passes the redactor first: alerts and questions in other people's words, and what rules say,
 * who work on values as they were read and not as they are shown.
 */
import type { Redactor } from '../redaction/redactor.ts';
import type { Readings, Unread } from '../rules/readings.ts';
import type { Alert, Finding } from './types.ts';

type Redact = Redactor['redact'];

export async function clearAlert(alert: Alert, redact: Redact): Promise<Alert> {
  const labels = await Promise.all(Object.entries(alert.labels).map(async ([name, value]) => [name, await clearPair(name, value, redact)] as const));
  const [title, description, service, url] = await Promise.all([redact(alert.title), redact(alert.description), optional(alert.service, redact), optional(alert.url, redact)]);
  const { service: _service, url: _url, ...rest } = alert;
  return { ...rest, title, description, labels: Object.fromEntries(labels), ...(service !== undefined && { service }), ...(url !== undefined && { url }) };
}

/** Quotes are of redacted text already. A change that holds a secret is none: it would be stored, queued and shown. */
export async function clearFinding<F extends Pick<Finding, 'title' | 'explanation' | 'remedy'>>(finding: F, redact: Redact): Promise<F> {
  const [title, explanation] = await Promise.all([redact(finding.title), redact(finding.explanation)]);
  if (finding.remedy === undefined || !(await holdsSecret(finding.remedy, redact))) return { ...finding, title, explanation };
  return { ...finding, title, explanation: `${explanation} The change that follows holds what looks like a secret, so a person must make it.`, remedy: undefined };
}

/** The systems' own words on why they could not be read. */
export async function clearUnread(readings: Readings, redact: Redact): Promise<Readings> {
  const clear = <T extends { unread: Unread[] }>(all: readonly T[]): Promise<T[]> => Promise.all(all.map(async (one) => (one.unread.length === 0 ? one : { ...one, unread: await Promise.all(one.unread.map(async (unread) => ({ ...unread, message: await redact(unread.message) }))) })));
  const { clusters, machines } = readings;
  return { ...readings, services: await clear(readings.services), databases: await clear(readings.databases), ...(clusters !== undefined && { clusters: await clear(clusters) }), ...(machines !== undefined && { machines: await clear(machines) }) };
}

async function holdsSecret(action: unknown, redact: Redact): Promise<boolean> {
  const texts = [JSON.stringify(action), ...assignmentsIn(action)];
  const cleared = await Promise.all(texts.map((text) => redact(text)));
  return cleared.some((text, index) => text !== texts[index]);
}

/** A key or a variable beside its value, as `NAME=value`: by its name, a value may be a secret that its form does not betray. */
function assignmentsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const fields = value as Record<string, unknown>;
  const name = fields['variable'] ?? fields['key'];
  const own = typeof name === 'string' && typeof fields['value'] === 'string' ? [`${name}=${fields['value']}`] : [];
  return [...own, ...Object.values(fields).flatMap(assignmentsIn)];
}

/** By its name as well as by its form. */
async function clearPair(name: string, value: string, redact: Redact): Promise<string> {
  const shown = await redact(`${name}=${value}`);
  return shown.startsWith(`${name}=`) ? shown.slice(name.length + 1) : redact(value);
}

async function optional(text: string | undefined, redact: Redact): Promise<string | undefined> {
  return text === undefined ? undefined : redact(text);
}
