/** Kubernetes' own patch: lists are merged by the keys that their types declare. */
import { StatusError, badRequest } from '../api/status.ts';
import { innerObject } from '../schema/types.ts';
import type { FieldType, ObjectType } from '../schema/types.ts';
import { applyElementOrder, itemKey } from './element-order.ts';
import { isFields, sameValue } from './values.ts';
import type { Fields } from './values.ts';

const patchDirective = '$patch';
const retainDirective = '$retainKeys';
const orderPrefix = '$setElementOrder/';
const deletePrefix = '$deleteFromPrimitiveList/';

/** Throws StatusError 400 for what is no patch, 422 for directives that don't fit. */
export function applyStrategicPatch(current: Fields, body: unknown, type: ObjectType): Fields {
  if (!isFields(body)) throw badRequest(`json: cannot unmarshal ${Array.isArray(body) ? 'array' : typeof body} into Go value of type map[string]interface {}`);
  return mergeFields(current, body, type);
}

function mergeFields(original: Fields, patch: Fields, type: ObjectType | undefined): Fields {
  const directive = patch[patchDirective];
  if (directive === 'replace') return withoutDirectives(without(patch, patchDirective)) as Fields;
  if (directive === 'delete') return {};
  if (directive !== undefined && directive !== 'merge') throw unfit(`unknown patch type found: ${String(directive)}`);
  const result = retained(original, patch);
  for (const [key, value] of Object.entries(patch)) {
    if (key === patchDirective || key === retainDirective || key.startsWith(orderPrefix)) continue;
    if (key.startsWith(deletePrefix)) {
      const name = key.slice(deletePrefix.length);
      const own = result[name];
      if (!Array.isArray(value)) throw unfit('invalid patch format of primitive list');
      if (Array.isArray(own)) result[name] = own.filter((item) => !value.some((gone) => sameValue(gone, item)));
      continue;
    }
    mergeField(result, key, value, type?.fields.get(key));
  }
  for (const [key, order] of Object.entries(patch)) {
    if (!key.startsWith(orderPrefix)) continue;
    const name = key.slice(orderPrefix.length);
    const list = result[name];
    if (!Array.isArray(order)) throw unfit('invalid patch format of setElementOrder list');
    const before = original[name];
    if (Array.isArray(list)) result[name] = applyElementOrder(list, order, Array.isArray(before) ? before : [], type?.fields.get(name)?.patch?.mergeKey);
  }
  return result;
}

function mergeField(result: Fields, key: string, value: unknown, field: FieldType | undefined): void {
  if (value === null) {
    delete result[key];
    return;
  }
  const own = result[key];
  if (isFields(own) && isFields(value)) {
    const replaces = field?.patch?.strategies.includes('replace') === true;
    const merged = replaces ? withoutDirectives(value) : mergeFields(own, value, field?.type.is === 'object' ? innerObject(field.type) : undefined);
    result[key] = merged;
  } else if (Array.isArray(own) && Array.isArray(value)) {
    result[key] = field?.patch?.strategies.includes('merge') === true ? mergeList(own, value, field) : withoutDirectives(value);
  } else result[key] = withoutDirectives(withoutNulls(value));
}

function mergeList(original: unknown[], patch: unknown[], field: FieldType): unknown[] {
  const key = field.patch?.mergeKey;
  if (key === undefined || ![...original, ...patch].every(isFields)) return mergePrimitives(original, patch);
  const type = innerObject(field.type);
  const items = patch as Fields[];
  if (items.some((item) => item[patchDirective] === 'replace')) return items.filter((item) => item[patchDirective] === undefined).map(withoutDirectives);
  const deleted = items.filter((item) => item[patchDirective] === 'delete').map((item) => itemKey(item, key));
  const wanted = items.filter((item) => item[patchDirective] === undefined);
  const merged = (original as Fields[]).filter((item) => !deleted.some((gone) => sameValue(gone, item[key])));
  for (const item of wanted) {
    const value = itemKey(item, key);
    const index = merged.findIndex((other) => sameValue(other[key], value));
    const own = merged[index];
    if (own === undefined) merged.push(withoutDirectives(withoutNulls(item)) as Fields);
    else merged[index] = mergeFields(own, item, type);
  }
  return applyElementOrder(merged, wanted, original, key);
}

function mergePrimitives(original: unknown[], patch: unknown[]): unknown[] {
  const all = [...original, ...patch];
  const merged = all.filter((item, index) => all.findIndex((other) => sameValue(other, item)) === index);
  return applyElementOrder(merged, patch, original, undefined);
}

/** `$retainKeys` lists every field that may stay. */
function retained(original: Fields, patch: Fields): Fields {
  const keys = patch[retainDirective];
  if (keys === undefined) return { ...original };
  if (!Array.isArray(keys)) throw unfit('invalid patch format of retainKeys');
  const stray = Object.keys(patch).find((name) => !name.startsWith('$') && patch[name] !== null && !keys.includes(name));
  if (stray !== undefined) throw unfit('invalid patch format of retainKeys');
  return Object.fromEntries(Object.entries(original).filter(([name]) => keys.includes(name)));
}

function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => !isFields(item) || item[patchDirective] === undefined || item[patchDirective] === 'merge').map(withoutDirectives);
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== patchDirective && name !== retainDirective && !name.startsWith(orderPrefix) && !name.startsWith(deletePrefix))
    .map(([name, inner]) => [name, withoutDirectives(inner)]));
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== null).map(([name, inner]) => [name, withoutNulls(inner)]));
}

function without(fields: Fields, name: string): Fields {
  const { [name]: _, ...rest } = fields;
  return rest;
}

/** Kubernetes keeps the reason to itself. */
function unfit(_reason: string): StatusError {
  return new StatusError({ code: 422, reason: 'Invalid', message: 'the server rejected our request due to an error in our request', details: {} });
}
