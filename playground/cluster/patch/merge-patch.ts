/** RFC 7386. */
import { badRequest } from '../api/status.ts';
import { isFields, sortedFields } from './values.ts';
import type { Fields } from './values.ts';

/** Throws StatusError 400 for what is no patch. */
export function applyMergePatch(current: Fields, body: unknown): Fields {
  if (!isFields(body)) throw badRequest(`error decoding patch: json: cannot unmarshal ${Array.isArray(body) ? 'array' : typeof body} into Go value of type map[string]interface {}`);
  return merged(current, body);
}

function merged(target: Fields, patch: Fields): Fields {
  const result: Fields = { ...target };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else if (isFields(value)) {
      const own = result[name];
      result[name] = merged(isFields(own) ? own : {}, value);
    } else result[name] = value;
  }
  return sortedFields(result);
}
