/** RFC 6902 between two JSON values: the fewest operations that people can read, each with a test that guards it. */
import { canonicalJson } from '../../canonical-json.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export type Operation = { op: 'test' | 'add' | 'replace'; path: string; value: Json } | { op: 'remove'; path: string };

/** The operations that make `after` of `before`, to be applied in order. */
export function difference(before: Json | undefined, after: Json | undefined, path = ''): Operation[] {
  if (before === undefined) return after === undefined ? [] : [{ op: 'add', path, value: after }];
  if (after === undefined) return [{ op: 'remove', path }];
  if (sameJson(before, after)) return [];
  if (isObject(before) && isObject(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap((key) => difference(own(before, key), own(after, key), `${path}/${escapeKey(key)}`));
  }
  if (Array.isArray(before) && Array.isArray(after)) return ofArrays(before, after, path);
  return [{ op: 'replace', path, value: after }];
}

/**
 * Tests that `document` holds what these operations are about to replace or remove, and nothing yet where they add: the
 * API server takes null for absent. An entry that is put into an array can't be tested for.
 */
export function testsFor(operations: readonly Operation[], document: Json): Operation[] {
  return operations.flatMap(({ op, path }): Operation[] => {
    if (op === 'test' || (op === 'add' && Array.isArray(parentOf(document, path)))) return [];
    return [{ op: 'test', path, value: at(document, path) ?? null }];
  });
}

/** The path and all below it. */
export function pathsIn(path: string, value: Json | undefined): string[] {
  const children = Array.isArray(value) ? value.map((item, index): [string, Json] => [String(index), item]) : isObject(value) ? Object.entries(value) : [];
  return [path, ...children.flatMap(([key, child]) => pathsIn(`${path}/${escapeKey(key)}`, child))];
}

export const parentOf = (document: Json, path: string): Json | undefined => at(document, path.slice(0, path.lastIndexOf('/')));

/** RFC 6901; undefined when there is nothing. */
export function at(document: Json | undefined, path: string): Json | undefined {
  let here = document;
  for (const token of tokensOf(path)) {
    if (Array.isArray(here)) here = /^(0|[1-9]\d*)$/.test(token) ? here[Number(token)] : undefined;
    else if (isObject(here)) here = own(here, token);
    else return undefined;
  }
  return here;
}

export function tokensOf(path: string): string[] {
  return path === '' ? [] : path.slice(1).split('/').map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

export function escapeKey(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** RFC 7386. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const result: JsonObject = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else setOwn(result, key, mergePatch(own(result, key), value));
  }
  return result;
}

/** One operation a line: as kubectl takes it, and as a person can read it. */
export function patchText(operations: readonly Operation[]): string {
  return `[\n${operations.map((operation) => `  ${JSON.stringify(operation)}`).join(',\n')}\n]`;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function sameJson(one: Json | undefined, other: Json | undefined): boolean {
  return one === undefined || other === undefined ? one === other : canonicalJson(one) === canonicalJson(other);
}

function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** `__proto__` is a key like any other. */
function setOwn(object: JsonObject, key: string, value: Json): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

/** What both begin and end with stays; of the rest, pairs are looked into, and what is left over is removed from the back or added. */
function ofArrays(before: readonly Json[], after: readonly Json[], path: string): Operation[] {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && sameJson(before[start], after[start])) start += 1;
  let end = 0;
  while (end < shorter - start && sameJson(before[before.length - 1 - end], after[after.length - 1 - end])) end += 1;
  const pairs = shorter - start - end;
  const operations: Operation[] = [];
  for (let index = start; index < start + pairs; index += 1) {
    const [one, other] = [before[index] as Json, after[index] as Json];
    operations.push(...(isSameEntry(one, other) ? difference(one, other, `${path}/${index}`) : [{ op: 'replace' as const, path: `${path}/${index}`, value: other }]));
  }
  for (let index = before.length - end - 1; index >= start + pairs; index -= 1) operations.push({ op: 'remove', path: `${path}/${index}` });
  for (let index = start + pairs; index < after.length - end; index += 1) operations.push({ op: 'add', path: `${path}/${index}`, value: after[index] as Json });
  return operations;
}

/** Entries of Kubernetes' lists are told apart by name; two of different names have nothing in common. */
function isSameEntry(one: Json, other: Json): boolean {
  return isObject(one) && isObject(other) ? one['name'] === other['name'] : true;
}
