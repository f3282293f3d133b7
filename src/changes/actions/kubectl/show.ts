/** What a patch changes, for people: where, what it was, what it will be. Lists by the names of their entries, secrets hidden. */
import { stringify } from 'yaml';
import type { Json, JsonObject, Operation } from './json-patch.ts';
import { at, isObject, tokensOf } from './json-patch.ts';
import { hidden, secretAt } from './masking.ts';

const longestValue = 1500;

/** Pairs of `- before` and `+ after` under the field's name. `operations` make `after` of `before`. */
export function showDifference(operations: readonly Operation[], before: JsonObject, after: JsonObject): string {
  return operations.filter(({ op }) => op !== 'test').map((operation) => {
    const secret = secretAt(operation.op === 'remove' ? before : after, operation.path) ?? (operation.op === 'replace' ? secretAt(before, operation.path) : undefined);
    const show = (value: Json | undefined): string => (secret === undefined ? textOf(value) : hidden);
    return [
      fieldName(operation.path, operation.op === 'add' ? after : before),
      ...(operation.op === 'add' ? [] : marked('-', show(at(before, operation.path)))),
      ...(operation.op === 'remove' ? [] : marked('+', show(operation.value))),
    ].join('\n');
  }).join('\n');
}

/** `spec.template.spec.containers[checkout].env[DATABASE_URL].value` */
export function fieldName(path: string, document: Json): string {
  let name = '';
  let here: Json | undefined = document;
  for (const token of tokensOf(path)) {
    if (Array.isArray(here)) {
      const entry: Json | undefined = here[Number(token)];
      const entryName: Json | undefined = isObject(entry) ? (entry['name'] ?? entry['type']) : undefined;
      name += `[${typeof entryName === 'string' ? entryName : token}]`;
      here = entry;
    } else {
      name += /^[\w-]+$/.test(token) ? `${name === '' ? '' : '.'}${token}` : `[${JSON.stringify(token)}]`;
      here = isObject(here) ? here[token] : undefined;
    }
  }
  return name;
}

function textOf(value: Json | undefined): string {
  if (value === undefined) return '(absent)';
  const text = typeof value === 'object' && value !== null ? stringify(value, { lineWidth: 0 }).trimEnd() : typeof value === 'string' ? (value === '' ? '""' : value) : String(value);
  return text.length <= longestValue ? text : `${text.slice(0, longestValue)} … (${text.length} characters)`;
}

function marked(mark: string, text: string): string[] {
  return text.split('\n').map((line) => `${mark} ${line}`);
}
