/** What a service says is wrong: error bodies of its checks, and the error lines of its log since its newest revision. */
import type { Quote } from '../../incident/types.ts';
import { quoteLine, quoteLinesWhere } from '../quotes.ts';
import type { ServiceReading, WorkloadStatus } from '../readings.ts';
import { saysCallFailed } from './error-words.ts';

const mostLines = 60;
const recentMilliseconds = 10 * 60_000;

/** Newest last. Text from outside: matched, quoted, never obeyed. */
export function errorTexts(service: ServiceReading): string[] {
  return [...logErrors(service), ...bodies(service)];
}

export function bodies(service: ServiceReading): string[] {
  return service.checks.flatMap((check) => [...check.value.samples, ...(check.value.earlier?.samples ?? [])].flatMap((sample) => (sample.body !== undefined && (sample.status ?? 0) >= 400 ? [sample.body] : [])));
}

/** Error lines of the process that runs now, and not long before the newest line: what was over before is not about now. */
export function logErrors(service: ServiceReading): string[] {
  const workload = service.workload?.value;
  if (workload === undefined) return [];
  // A process that was replaced still writes for a moment after the new revision began.
  const began = workload.state === 'running' ? time(workload.startedAt ?? undefined) : 0;
  const since = Math.max(time(workload.revisions.at(-1)?.at), began, newest(workload) - recentMilliseconds);
  return workload.log.filter((entry) => !(time(entry.at) < since) && looksLikeError(entry.line)).slice(-mostLines).map((entry) => entry.line);
}

export function looksLikeError(line: string): boolean {
  return errorWords.test(line) || errnos.test(line) || saysCallFailed(line);
}

const errorWords = /\b(?:error|errors|fatal|panic|exception|failed|failure|fail|refused|reset|timeout|timed out|unavailable|unreachable|invalid|missing|undefined|not set|required|must be|cannot|can't|could not|unable|denied|exhausted|too many|crash\w*|abort\w*|unhandled|uncaught)\b/i;

/** ECONNREFUSED, ENOTFOUND; an HTTP status as a log writes it. */
const errnos = /\bE[A-Z]{4,}\b|\b(?:HTTP|status"?:?) ?[45]\d\d\b/;

/** A quote from the log or from a check's body that satisfies the test; the newest first. */
export function quoteError(service: ServiceReading, limit: number, test: (text: string) => boolean): Quote[] {
  const fromLog = quoteLinesWhere(service.workload?.evidence, limit, (line) => looksLikeError(line) && test(line));
  const fromChecks = service.checks.flatMap((check) => [...quoteLinesWhere(check.evidence, 1, test), ...quoteLinesWhere(check.value.earlier?.evidence, 1, test)]);
  return [...fromLog, ...fromChecks].slice(0, limit);
}

export function quoteStatus(service: ServiceReading, ...fragments: (string | number)[]): Quote[] {
  return quoteLine(service.workload?.evidence, ...fragments);
}

function newest(workload: WorkloadStatus): number {
  return Math.max(0, ...workload.log.map((entry) => time(entry.at)));
}

/** Milliseconds; 0 for what is no date. */
function time(at: string | undefined): number {
  const parsed = at === undefined ? Number.NaN : Date.parse(at);
  return Number.isNaN(parsed) ? 0 : parsed;
}
