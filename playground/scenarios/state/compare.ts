/** What differs between two snapshots, and whether that was to be. */
import type { Snapshot } from './snapshot.ts';

export interface Difference {
  /** As snapshots name it. */
  name: string;
  how: 'added' | 'removed' | 'changed';
}

export function compareSnapshots(before: Snapshot, after: Snapshot): Difference[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  return names.flatMap((name): Difference[] => {
    const [was, is] = [before.get(name), after.get(name)];
    if (was === is || (was !== undefined && is !== undefined && onlyGrew(name, was, is))) return [];
    return [{ name, how: was === undefined ? 'added' : is === undefined ? 'removed' : 'changed' }];
  });
}

/** Traffic adds rows; nobody's repair removes any. */
function onlyGrew(name: string, was: string, is: string): boolean {
  return /^(postgres|mysql)\/[^/]+\/rows\//.test(name) && Number(is) >= Number(was);
}

/** `*` stands for any run of characters. */
export function matchesPattern(name: string, pattern: string): boolean {
  const expression = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)).join('.*');
  return new RegExp(`^${expression}$`).test(name);
}

export function unexpected(differences: readonly Difference[], allowed: readonly string[]): Difference[] {
  return differences.filter(({ name }) => !allowed.some((pattern) => matchesPattern(name, pattern)));
}
