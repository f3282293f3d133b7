/** A whole object written inside a custom resource: its operator would make it, with the operator's rights. */
import type { Json } from '../kubectl/json-patch.ts';
import { isObject } from '../kubectl/json-patch.ts';
import { plain } from '../words.ts';

const contents = ['metadata', 'spec', 'data', 'stringData', 'rules', 'roleRef', 'template'];

/** Its kind, of the first one found, as fields or as text; a mere reference (apiVersion, kind, name) is none. */
export function objectInside(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return /^[\s"{-]*apiVersion"?\s*:/m.test(value) ? (/^[\s"{,-]*kind"?\s*:\s*"?(\w{1,63})/m.exec(value)?.[1] ?? inLine(value)) : undefined;
  if (Array.isArray(value)) return first(value);
  if (!isObject(value)) return undefined;
  if (typeof value['kind'] === 'string' && contents.some((key) => value[key] !== undefined)) return plain(value['kind'], 80);
  return first(Object.values(value));
}

function inLine(text: string): string | undefined {
  return /"kind"\s*:\s*"(\w{1,63})"/.exec(text)?.[1];
}

function first(values: readonly Json[]): string | undefined {
  for (const value of values) {
    const found = objectInside(value);
    if (found !== undefined) return found;
  }
  return undefined;
}
