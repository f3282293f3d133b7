/** Runs what was recorded on a real cluster against the playground's, and says where the answers differ. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { normalise } from './normalise.ts';
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
export const transcriptFiles = ['get.txt', 'describe.txt', 'describe-pods.txt', 'pods.json.txt', 'objects.json.txt', 'events.json.txt', 'logs.txt', 'rollout.txt', 'changes.txt', 'rbac.txt', 'api.txt'];

/** A cluster settles: what only reads is asked again for this long before a difference counts. */
const patienceMilliseconds = 15_000;

export async function compareTranscripts(folder: string, settings: Omit<RunnerSettings, 'folder'>, progress: (comparison: Comparison) => void = () => undefined): Promise<Comparison[]> {
  const runner = createRunner({ ...settings, folder });
  await runner.prepare();
  const results: Comparison[] = [];
  for (const file of transcriptFiles) {
    const text = await readFile(join(folder, file), 'utf8').catch(() => '');
    for (const recorded of parseTranscript(file, text)) {
      const result = await compareOne(recorded, runner);
      results.push(result);
      progress(result);
    }
  }
  return results;
}

async function compareOne(recorded: Recorded, runner: ReturnType<typeof createRunner>): Promise<Comparison> {
  const deadline = Date.now() + (isRead(recorded) ? patienceMilliseconds : 0);
  let best: Comparison | undefined;
  for (;;) {
    const { output, code } = await runner.run(recorded);
    const result = difference(recorded, output, code);
    if (best === undefined || size(result) < size(best)) best = result;
    if (best.matches || Date.now() >= deadline) return best;
    await sleep(500);
  }
}

const size = ({ missing, unexpected }: Comparison): number => missing.length + unexpected.length;

function difference(recorded: Recorded, output: string, code: number): Comparison {
  const expected = normalise(recorded.line, recorded.output);
  const actual = normalise(recorded.line, output);
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

const isRead = ({ kind, line }: Recorded): boolean =>
  (kind === 'command' ? /(^| )(get|describe|logs|rollout history|auth|diff)( |$)|--dry-run/.test(line) : !line.includes('-X ') || line.includes('dryRun'));
