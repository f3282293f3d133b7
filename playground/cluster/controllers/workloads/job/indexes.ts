/** Completion indexes: sets of numbers written as `0-2,5`, and the pod each one has. */
import type { Job, Pod } from '../shared/kinds.ts';

export const indexKey = 'batch.kubernetes.io/job-completion-index';

export const isIndexed = (job: Job): boolean => job.spec?.completionMode === 'Indexed';

/** Undefined for a pod without one. */
export function indexOf(pod: Pod): number | undefined {
  const text = pod.metadata.annotations?.[indexKey] ?? pod.metadata.labels?.[indexKey];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

export function parseIndexes(text: string | undefined): Set<number> {
  const indexes = new Set<number>();
  for (const part of (text ?? '').split(',').filter((part) => part !== '')) {
    const [first = 0, last = first] = part.split('-').map(Number);
    for (let index = first; index <= last; index += 1) indexes.add(index);
  }
  return indexes;
}

export function formatIndexes(indexes: ReadonlySet<number>): string {
  const ranges: [number, number][] = [];
  for (const index of [...indexes].toSorted((first, second) => first - second)) {
    const range = ranges.at(-1);
    if (range !== undefined && range[1] === index - 1) range[1] = index;
    else ranges.push([index, index]);
  }
  return ranges.map(([first, last]) => (first === last ? String(first) : last === first + 1 ? `${first},${last}` : `${first}-${last}`)).join(',');
}

/** The lowest ones that nobody works on and nobody is done with. */
export function freeIndexes(job: Job, count: number, taken: ReadonlySet<number>): number[] {
  const free: number[] = [];
  for (let index = 0; index < (job.spec?.completions ?? 0) && free.length < count; index += 1) if (!taken.has(index)) free.push(index);
  return free;
}
