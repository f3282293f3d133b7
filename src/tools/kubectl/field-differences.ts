/**
 * Every field that differs between two values of JSON, one line each: `containers[api].env[MODE]: was "a", is "b"`.
 * They are compared as they are and shown without secrets: two hidden values that differ are said to differ.
 */
import { redactJson } from '../../redaction/json.ts';
import { redactPatterns } from '../../redaction/patterns.ts';
import { placeholder } from '../../redaction/redactor.ts';
import { canonical } from '../readings/cluster/fields.ts';

interface Side {
  raw: unknown;
  /** The same shape with secrets hidden. */
  shown: unknown;
}

/** Empty when they ask for the same; an absent field and an empty one are the same. `hide` gives the same shape without secrets. */
export function fieldDifferences(before: unknown, after: unknown, hide: (value: unknown) => unknown = withoutSecrets): string[] {
  return isSame(before, after) ? [] : compare('', { raw: before, shown: hide(before) }, { raw: after, shown: hide(after) });
}

function withoutSecrets(raw: unknown): unknown {
  return JSON.parse(redactJson(JSON.stringify(raw ?? null), placeholder)) as unknown;
}

function compare(path: string, before: Side, after: Side): string[] {
  if (isSame(before.raw, after.raw)) return [];
  const [left, right] = [membersOf(before, path), membersOf(after, path)];
  if (left === undefined || right === undefined) return [line(path, before.shown, after.shown)];
  const keys = [...new Set([...left.keys(), ...right.keys()])];
  const lines = keys.flatMap((key) => compare(Array.isArray(before.raw) ? `${path}[${key}]` : `${path}${path === '' ? '' : '.'}${key}`, left.get(key) ?? absent, right.get(key) ?? absent));
  return lines.length === 0 && [...left.keys()].join() !== [...right.keys()].join() && Array.isArray(before.raw) ? [`${path}: only the order differs`] : lines;
}

const absent: Side = { raw: undefined, shown: undefined };

function isSame(before: unknown, after: unknown): boolean {
  if (before === after || (isEmpty(before) && isEmpty(after))) return true;
  return typeof before === 'object' && typeof after === 'object' && canonical(before) === canonical(after);
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

/** Undefined for what is shown whole: scalars, lists of scalars. */
function membersOf({ raw, shown }: Side, path: string): Map<string, Side> | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  if (!Array.isArray(raw)) return new Map(Object.entries(raw).map(([key, value]) => [key, { raw: value as unknown, shown: (shown as Record<string, unknown>)[key] }]));
  if (raw.length === 0 || raw.some((item) => typeof item !== 'object' || item === null)) return undefined;
  const members = new Map<string, Side>();
  for (const [index, item] of raw.entries()) {
    const name = keyOf(item as Record<string, unknown>, path);
    members.set(name === undefined || members.has(name) ? `${name ?? ''}#${index}` : name, { raw: item as unknown, shown: (shown as unknown[])[index] });
  }
  return members;
}

/** What tells the items of a list apart, as the API merges them. */
function keyOf(item: Record<string, unknown>, path: string): string | undefined {
  const fields = path.endsWith('volumeMounts') ? ['mountPath'] : ['name', 'ip', 'containerPort', 'port', 'topologyKey', 'key', 'type'];
  const found = fields.map((field) => item[field]).find((value) => typeof value === 'string' || typeof value === 'number');
  return found === undefined ? undefined : String(found);
}

function line(path: string, before: unknown, after: unknown): string {
  const [was, is] = [textOf(path, before), textOf(path, after)];
  if (was === is) return `${path}: differs, and both values are hidden`;
  const [shortWas, shortIs] = besideDifference(was, is);
  return `${path}: was ${shortWas}, is ${shortIs}`;
}

function textOf(path: string, value: unknown): string {
  if (isEmpty(value) && (typeof value !== 'object' || value === null)) return '(none)';
  // As it is typed, so that the redaction of command lines sees flag and value side by side.
  if (/(?:^|\.)(?:command|args)$/.test(path) && Array.isArray(value)) return redacted(value.map(String).join(' '));
  if (typeof value !== 'object' || value === null) return redacted(typeof value === 'string' ? JSON.stringify(value) : String(value));
  const { name: _name, ...rest } = value as Record<string, unknown>;
  const only = Array.isArray(value) ? value : Object.keys(rest).length === 1 && typeof rest['value'] === 'string' ? rest['value'] : rest;
  return redacted(JSON.stringify(only));
}

function redacted(text: string): string {
  return redactPatterns(text.replace(/\s+/g, ' '), placeholder);
}

const longest = 400;

/** Long texts lose the words they share at either end, but a few. Cut between words alone: half a secret has no shape to know it by. */
function besideDifference(was: string, is: string): [string, string] {
  if (was.length <= longest && is.length <= longest) return [was, is];
  const [left, right] = [was.split(' '), is.split(' ')];
  let head = 0;
  while (head < left.length && head < right.length && left[head] === right[head]) head += 1;
  let tail = 0;
  while (tail < Math.min(left.length, right.length) - head && left.at(-1 - tail) === right.at(-1 - tail)) tail += 1;
  const keep = 6;
  const cut = (words: string[]): string => {
    const [from, to] = [Math.max(0, head - keep), Math.min(words.length, words.length - tail + keep)];
    const text = `${from > 0 ? '[...] ' : ''}${words.slice(from, to).join(' ')}${to < words.length ? ' [...]' : ''}`;
    return text.length <= 2 * longest ? text : `${wordsWithin(text, 2 * longest)} [... ${text.length} characters in all]`;
  };
  return [cut(left), cut(right)];
}

function wordsWithin(text: string, limit: number): string {
  const end = text.lastIndexOf(' ', limit);
  return end <= 0 ? '' : text.slice(0, end);
}
