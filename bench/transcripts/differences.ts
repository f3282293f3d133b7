/** The differences that remain, each with its reason: differences.json. */
import { readFile } from 'node:fs/promises';
import type { Comparison } from './compare.ts';

export interface Difference {
  /** Of the answers' ids (`file: command`), a regular expression. */
  answers: string;
  /** Regular expressions: every line that only one side has must be one of these. */
  lines: string[];
  reason: string;
  /** A matter of the moment: the answer may also be the same. */
  sometimes?: boolean;
}

export async function readDifferences(): Promise<Difference[]> {
  const file = new URL(import.meta.url.includes('/dist/') ? '../../../bench/transcripts/differences.json' : './differences.json', import.meta.url);
  return JSON.parse(await readFile(file, 'utf8')) as Difference[];
}

/** What explains all lines in which this answer differs; undefined when something does not. */
export function explained(differences: readonly Difference[], { recorded, missing, unexpected, code }: Comparison): Difference[] | undefined {
  if (code !== recorded.code) return undefined;
  const entries = differences.filter(({ answers }) => new RegExp(answers).test(recorded.id));
  const found = [...missing, ...unexpected].map((line) => entries.find(({ lines }) => lines.some((pattern) => new RegExp(pattern).test(line))));
  return found.every((entry) => entry !== undefined) ? [...new Set(found)] : undefined;
}

/** Entries that explained nothing, though they always should. */
export function stale(differences: readonly Difference[], comparisons: readonly Comparison[]): Difference[] {
  const used = new Set(comparisons.flatMap((comparison) => (comparison.matches ? [] : explained(differences, comparison) ?? [])));
  return differences.filter((entry) => entry.sometimes !== true && !used.has(entry));
}
