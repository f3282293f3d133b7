/** Drift, the part every kind shares: what is bound at approval must be resolved to the same things again. */
import { canonicalJson } from '../canonical-json.ts';
import type { Change } from '../change.ts';
import type { Preview } from './kind.ts';

/** What moved, one sentence; undefined when both resolve to the same. `ignore` names members of `resolved` that may move. */
export function moved(change: Change, fresh: Preview, ignore: readonly string[] = []): string | undefined {
  const names = [...new Set([...Object.keys(change.resolved), ...Object.keys(fresh.resolved)])].filter((name) => !ignore.includes(name));
  for (const name of names) {
    const before = textOf(change.resolved[name]);
    const now = textOf(fresh.resolved[name]);
    if (isHash(before) && isHash(now) && before !== now) return `${words(name)} is not what it was when this was approved`;
    if (before !== now) return `${words(name)} was ${shown(before)} when this was approved and is ${shown(now)} now`;
  }
  if (canonicalJson(change.command) !== canonicalJson(fresh.command)) return 'it would run something else than what was shown';
  if (canonicalJson(change.undo) !== canonicalJson(fresh.undo)) return 'its undo would be another than what was shown';
  return undefined;
}

function textOf(value: unknown): string {
  if (value === undefined) return 'absent';
  return typeof value === 'string' ? value : canonicalJson(value);
}

/** Two of them say nothing to a person. */
const isHash = (text: string): boolean => /^(?=.*[a-f])(?:[0-9a-f]{16}|[0-9a-f]{32}|[0-9a-f]{64})$/.test(text);

function shown(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 199)}…`;
}

function words(name: string): string {
  return name.replaceAll(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
}
