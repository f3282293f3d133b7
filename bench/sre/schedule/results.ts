/** Results as JSON lines, appended as they come: an interruption loses nothing but the line it fell into. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Job } from '../job.ts';
import type { RunRecord } from '../record.ts';

export const runsFile = (out: string): string => path.join(out, 'runs.jsonl');
export const checksFile = (out: string): string => path.join(out, 'checks.jsonl');

export function append(file: string, record: unknown): void {
  mkdirSync(path.dirname(file), { recursive: true });
  dropCutLine(file);
  appendFileSync(file, `${JSON.stringify(record)}\n`);
}

/** As `append`; a result of the same run is replaced. */
export function keepRun(file: string, record: RunRecord): void {
  const earlier = readLines<RunRecord>(file);
  const others = earlier.filter((one) => sameRun(one) !== sameRun(record));
  if (others.length === earlier.length) return append(file, record);
  writeFileSync(`${file}.part`, [...others, record].map((one) => `${JSON.stringify(one)}\n`).join(''));
  renameSync(`${file}.part`, file);
}

/** A line that an interruption cut was never a result. */
function dropCutLine(file: string): void {
  const text = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
  const whole = text.lastIndexOf('\n') + 1;
  if (whole < text.length) truncateSync(file, whole);
}

/** Lines that are no JSON are left out. */
export function readLines<T>(file: string): T[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').split('\n').flatMap((line) => parseLine<T>(line) ?? []);
}

/** Undefined for what is no JSON object: a scenario may print what it likes. */
export function parseLine<T>(line: string): T | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}

/** The same scenario, contestant, seed, repeat, noise and world. */
export function sameRun(record: Pick<RunRecord, 'scenario' | 'agent' | 'seed' | 'repeat' | 'noise' | 'world'>): string {
  return JSON.stringify([record.scenario, record.agent, record.seed, record.repeat, record.noise, record.world]);
}

/** What resuming may skip: everything but what was cut short, or could not be played then. */
export function settled(records: readonly RunRecord[]): ReadonlySet<string> {
  return new Set(records.filter(({ ending }) => ending !== 'interrupted' && ending !== 'left-out').map(sameRun));
}

/** Seconds a scenario took a contestant, by earlier results; by any contestant's where its own are not there. */
export function earlierSeconds(records: readonly RunRecord[]): (job: Job) => number | undefined {
  const took = (filter: (record: RunRecord) => boolean): number | undefined => {
    const totals = records.filter(filter).map(({ seconds }) => Object.values(seconds).reduce((sum, one) => sum + one, 0));
    return totals.length === 0 ? undefined : Math.max(...totals);
  };
  return (job) => took((record) => record.scenario === job.scenario && record.agent === job.agent) ?? took((record) => record.scenario === job.scenario);
}
