/** The differences that remain, each with its reason: differences.json, `id` of the answer -> reason. */
import { readFile } from 'node:fs/promises';
import type { Comparison } from './compare.ts';

export type Differences = Record<string, string>;

export async function readDifferences(): Promise<Differences> {
  const file = new URL(import.meta.url.includes('/dist/') ? '../../../bench/transcripts/differences.json' : './differences.json', import.meta.url);
  return JSON.parse(await readFile(file, 'utf8')) as Differences;
}

/** The reason why this answer may differ, if there is one. */
export const explained = (differences: Differences, { recorded }: Pick<Comparison, 'recorded'>): string | undefined => differences[recorded.id];
