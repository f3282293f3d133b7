/** RFC 6902 on a copy: test, add, replace, remove. What does not fit is a refusal in words. */
import { RefusedError } from '../../errors.ts';
import type { Json, JsonObject } from '../kubectl/json-patch.ts';
import { isObject, sameJson, tokensOf } from '../kubectl/json-patch.ts';

const known = new Set(['test', 'add', 'replace', 'remove']);

export function applyOperations(document: JsonObject, operations: readonly Json[]): Json {
  const copy = structuredClone(document);
  for (const operation of operations) apply(copy, operation);
  return copy;
}

function apply(document: JsonObject, operation: Json): void {
  if (!isObject(operation)) throw new RefusedError('An operation is a JSON object.');
  const { op, path, value } = operation;
  if (typeof op !== 'string' || !known.has(op)) throw new RefusedError(`Operations are test, add, replace and remove, not ${JSON.stringify(op)}.`);
  if (typeof path !== 'string' || !path.startsWith('/')) throw new RefusedError(`${JSON.stringify(path)} is not the path of a field.`);
  if (op !== 'remove' && value === undefined) throw new RefusedError(`${op} ${path} has no value.`);
  const tokens = tokensOf(path);
  const last = tokens.pop() ?? '';
  const parent = tokens.reduce<Json | undefined>((here, token) => child(here, token), document);
  const missing = () => new RefusedError(`There is nothing at ${path}.`);
  if (Array.isArray(parent)) {
    const index = last === '-' && op === 'add' ? parent.length : /^(0|[1-9]\d*)$/.test(last) ? Number(last) : -1;
    if (index < 0 || index > parent.length || (op !== 'add' && index === parent.length)) throw missing();
    if (op === 'test') refuseUnlike(path, parent[index], value);
    else parent.splice(index, op === 'add' ? 0 : 1, ...(op === 'remove' ? [] : [value as Json]));
    return;
  }
  if (!isObject(parent)) throw missing();
  const present = Object.hasOwn(parent, last);
  // As the API server has it: what is absent passes for null.
  if (op !== 'add' && !present && !(op === 'test' && value === null)) throw missing();
  if (op === 'test') refuseUnlike(path, parent[last] ?? null, value);
  else if (op === 'remove') delete parent[last];
  else Object.defineProperty(parent, last, { value, enumerable: true, configurable: true, writable: true });
}

function child(here: Json | undefined, token: string): Json | undefined {
  if (Array.isArray(here)) return /^(0|[1-9]\d*)$/.test(token) ? here[Number(token)] : undefined;
  return isObject(here) && Object.hasOwn(here, token) ? here[token] : undefined;
}

function refuseUnlike(path: string, now: Json | undefined, value: Json | undefined): void {
  if (!sameJson(now, value)) throw new RefusedError(`The patch expects ${JSON.stringify(value)} at ${path}, which it is not.`);
}
