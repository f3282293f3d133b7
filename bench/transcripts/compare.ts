/** Runs what was recorded on a real cluster against the playground's, and says where the answers differ. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { comparable } from './normalise.ts';
import { parseTranscript } from './parse.ts';
import type { Recorded } from './parse.ts';
import { createRunner } from './run.ts';
import type { RunnerSettings } from './run.ts';

export interface Comparison {
  recorded: Recorded;
  matches: boolean;
  /** Normalised lines that only one side has. */
  missing: string[];
  unexpected: string[];
  code: number;
}

/** In the order they were recorded in. */
export const transcriptFiles = ['get.txt', 'describe.txt', 'describe-pods.txt', 'pods.json.txt', 'events.json.txt', 'logs.txt', 'rollout.txt', 'changes.txt', 'rbac.txt', 'objects.json.txt', 'api.txt'];

/** A cluster settles: what only reads is asked again for this long before a difference counts. */
const defaultPatienceMilliseconds = 60_000;
const pauseMilliseconds = 1_000;
const atATime = 3;

export interface ComparisonSettings extends Omit<RunnerSettings, 'folder'> {
  patienceMilliseconds?: number;
  progress?: (comparison: Comparison) => void;
  /** A difference that is listed need not be waited out. */
  listed?: (comparison: Comparison) => boolean;
}

export async function compareTranscripts(folder: string, { progress = () => undefined, patienceMilliseconds = defaultPatienceMilliseconds, listed = () => false, ...settings }: ComparisonSettings): Promise<Comparison[]> {
  const runner = createRunner({ ...settings, folder });
  await runner.prepare();
  const results: Comparison[] = [];
  for (const group of groups(await readAll(folder))) {
    const deadline = Date.now() + (isRead(group[0]) ? patienceMilliseconds : 0);
    const open = group.map((recorded) => createJudge(recorded));
    for (let left = open; left.length > 0;) {
      await several(left, async (judge) => judge.see(await runner.run(judge.recorded)));
      left = left.filter(({ best }) => !best().matches && !listed(best()));
      if (Date.now() >= deadline) break;
      if (left.length > 0) await sleep(pauseMilliseconds);
    }
    for (const { best } of open) {
      results.push(best());
      progress(best());
    }
  }
  return results;
}

async function readAll(folder: string): Promise<Recorded[]> {
  const all: Recorded[] = [];
  for (const file of transcriptFiles) all.push(...parseTranscript(file, await readFile(join(folder, file), 'utf8').catch(() => '')));
  return all;
}

/** What only reads goes together; each change is alone. */
function groups(all: readonly Recorded[]): [Recorded, ...Recorded[]][] {
  const found: [Recorded, ...Recorded[]][] = [];
  for (const recorded of all) {
    const last = found.at(-1);
    if (last !== undefined && isRead(recorded) && isRead(last[0])) last.push(recorded);
    else found.push([recorded]);
  }
  return found;
}

async function several<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const left = [...items];
  await Promise.all(Array.from({ length: atATime }, async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await work(next);
  }));
}

interface Judge {
  recorded: Recorded;
  see(answer: { output: string; code: number }): void;
  best(): Comparison;
}

/**
 * Judges what is seen, again and again, and keeps the best. Pods come to their recorded states at different moments (a back-off,
 * a probe): a row of their table counts when it was seen once, and is unexpected when it was there every time.
 */
function createJudge(recorded: Recorded): Judge {
  let best: Comparison | undefined;
  const rows = /(^| )get pods?( |$)/.test(recorded.line) && !recorded.output.trimStart().startsWith('{');
  return {
    recorded,
    see: ({ output, code }) => {
      const result = difference(recorded, output, code);
      if (rows && best !== undefined && best.code === code) {
        const { missing, unexpected } = best;
        const both = { missing: shared(missing, result.missing), unexpected: shared(unexpected, result.unexpected) };
        best = { ...result, ...both, matches: both.missing.length === 0 && both.unexpected.length === 0 && code === recorded.code };
        return;
      }
      if (best === undefined || result.matches || size(result) < size(best)) best = result;
    },
    best: () => best ?? { recorded, matches: false, missing: [], unexpected: [], code: -1 },
  };
}

const size = ({ missing, unexpected }: Comparison): number => missing.length + unexpected.length;

function difference(recorded: Recorded, output: string, code: number): Comparison {
  const { expected, actual } = comparable(recorded, output);
  const missing = without(expected, actual);
  const unexpected = without(actual, expected);
  const sameOrder = expected.join('\n') === actual.join('\n');
  if (missing.length === 0 && unexpected.length === 0 && !sameOrder) unexpected.push('(the same lines in another order)');
  return { recorded, code, missing, unexpected, matches: sameOrder && code === recorded.code };
}

function without(left: string[], right: string[]): string[] {
  const rest = [...right];
  return left.filter((line) => {
    const index = rest.indexOf(line);
    if (index >= 0) rest.splice(index, 1);
    return index < 0;
  });
}

const shared = (left: string[], right: string[]): string[] => without(left, without(left, right));

const isRead = ({ kind, line }: Recorded): boolean =>
  (kind === 'command' ? /(^| )(get|describe|logs|rollout (history|status)|auth|diff)( |$)|--dry-run/.test(line) : !line.includes('-X ') || line.includes('dryRun'));
