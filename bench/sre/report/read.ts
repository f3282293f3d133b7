/** The lines of runs.jsonl. */
import { existsSync, readFileSync } from 'node:fs';
import type { RunRecord } from '../record.ts';
import { sameRun } from '../schedule/results.ts';

/** The newest record of each run; a last line that an interruption tore is left out. Throws for any other line that is no JSON. */
export function readRuns(file: string): RunRecord[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  const records = new Map<string, RunRecord>();
  lines.forEach((line, index) => {
    if (line.trim() === '') return;
    const record = parse(line, index === lines.length - 1, `${file}:${index + 1}`);
    if (record) records.set(sameRun(record), record);
  });
  return [...records.values()];
}

function parse(line: string, last: boolean, place: string): RunRecord | undefined {
  try {
    return JSON.parse(line) as RunRecord;
  } catch (error) {
    if (last) return undefined;
    throw new Error(`${place} is not JSON: remove the line, or the file`, { cause: error });
  }
}
