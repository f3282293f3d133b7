/** Objects as JSON, for the tools that put several of them together. What could not be read comes in words with what to try instead. */
import { listKinds } from '../readings/cluster/ask.ts';
import { child, items, texts } from '../readings/cluster/fields.ts';
import { flagsOf } from './argv.ts';
import type { Client } from './client.ts';
import { explainWords } from './explain.ts';
import { isLabelSelector } from './label-selector.ts';
import type { Place } from './place.ts';

export interface ObjectsRead {
  objects: unknown[];
  /** Kinds that were refused or unknown: what is not among the objects may be there. */
  missing: { kind: string; message: string }[];
}

const objectBytes = 4 * 1024 * 1024;

/** With its managed fields. */
export async function getObject(client: Client, place: Place, { kind, name }: { kind: string; name: string }, { signal, listInstead }: { signal: AbortSignal; listInstead?: string }): Promise<{ object: unknown } | { problem: string }> {
  const answer = await client(place, (where) => ['get', kind, name, ...flagsOf(where), '--show-managed-fields=true', '--output=json'], { maxBytes: objectBytes, signal, listInstead });
  if (answer.failed) return { problem: answer.text };
  try {
    return { object: JSON.parse(answer.text) as unknown };
  } catch {
    return { problem: answer.truncated ? 'The object is too large to be read whole.' : 'The answer could not be read: it is no JSON.' };
  }
}

/** A problem when nothing could be read at all. */
export async function listObjects(client: Client, place: Place, kinds: readonly string[], signal: AbortSignal, selector?: string): Promise<ObjectsRead | { problem: string }> {
  const { objects, missing, failure } = await listKinds(client, place, kinds, signal, selector);
  const nothing = missing.length === kinds.length ? missing[0]?.message : undefined;
  const problem = failure ?? nothing;
  return problem === undefined ? { objects, missing } : { problem: problem.includes('\n') ? problem : explainWords(problem) };
}

/** `(networkpolicies could not be read: the right to list them is missing. ...)`, for the end of an answer that is not whole. */
export function missingLines(missing: ObjectsRead['missing']): string[] {
  return missing.map(({ kind, message }) => `(${kind.split('.')[0]} could not be read: ${/forbidden/i.test(message) ? 'the right to list them is missing' : message}. Nothing is said of them here)`);
}

/** The labels by which a workload finds what it owns, as a selector; undefined when it has others than plain ones. */
export function selectorOfWorkload(workload: unknown): string | undefined {
  const selector = child(workload, 'spec', 'selector');
  const labels = Object.entries(texts(selector, 'matchLabels')).map(([key, value]) => `${key}=${value}`).join(',');
  return items(selector, 'matchExpressions').length > 0 || !isLabelSelector(labels) ? undefined : labels;
}
