/** What differs inside of a file that a ConfigMap holds: JSON and YAML by path, everything else by its `name = value` lines. */
import { parse } from 'yaml';

export interface InnerChange {
  /** `routes.GET /orders.0.call`; the name in a line. */
  path: string;
  /** As JSON writes it; undefined: it was not there, or is not any more. */
  before: string | undefined;
  after: string | undefined;
}

const mostCharacters = 200_000;
const mostChanges = 40;

/** Empty when the values are no files, are alike, or are too long to compare. */
export function innerChanges(before: string | undefined, after: string | undefined): InnerChange[] {
  if (before === undefined || after === undefined || before.length + after.length > mostCharacters) return [];
  if (!isFile(before) && !isFile(after)) return [];
  const [was, is] = [structureOf(before), structureOf(after)];
  return (was === undefined || is === undefined ? lineChanges(before, after) : changesBetween(was, is, '')).slice(0, mostChanges);
}

function isFile(text: string): boolean {
  return /^\s*[[{]/.test(text) || /\n\s*\S/.test(text);
}

/** An object or a list; undefined for text of another kind. */
function structureOf(text: string): object | undefined {
  try {
    const value: unknown = /^\s*[[{]/.test(text) ? JSON.parse(text) : parse(text, { maxAliasCount: 20, logLevel: 'error' });
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function changesBetween(before: unknown, after: unknown, path: string): InnerChange[] {
  if (isBranch(before) && isBranch(after) && Array.isArray(before) === Array.isArray(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.flatMap((name) => changesBetween(own(before, name), own(after, name), path === '' ? name : `${path}.${name}`));
  }
  const [was, is] = [JSON.stringify(before), JSON.stringify(after)];
  return was === is ? [] : [{ path, before: was, after: is }];
}

const isBranch = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const own = (branch: Record<string, unknown>, name: string): unknown => (Object.hasOwn(branch, name) ? branch[name] : undefined);

function lineChanges(before: string, after: string): InnerChange[] {
  const [was, is] = [valuesIn(before), valuesIn(after)];
  return [...new Set([...was.keys(), ...is.keys()])].filter((name) => was.get(name) !== is.get(name)).map((path) => ({ path, before: was.get(path), after: is.get(path) }));
}

/** `name = value`, `name: value`, `name value;` as settings files write them; comments left out. */
function valuesIn(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name, value] = /^\s*([A-Za-z_][\w.-]*)(?:\s*[=:]\s*|\s+)(.*?);?\s*$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) found.set(found.has(name) ? `${name} (${found.size})` : name, JSON.stringify(value));
  }
  return found;
}
