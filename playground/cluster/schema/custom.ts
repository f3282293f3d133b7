/** Custom resources: pruning, defaults and wrong types by the OpenAPI schema of their CRD. */
import type { Cleaned } from './clean.ts';
import { clean } from './clean.ts';
import { objectType } from './types.ts';

type Schema = Record<string, unknown>;

/** Unknown fields are dropped and named, defaults filled in; wrong types are validation's business. */
export function cleanCustom(body: Record<string, unknown>, openapi: Schema): Cleaned {
  const { metadata, apiVersion, kind, ...rest } = body;
  const unknown: string[] = [];
  const meta = objectType('ObjectMeta');
  const cleaned = typeof metadata === 'object' && metadata !== null && meta !== undefined ? clean(metadata as Record<string, unknown>, meta) : undefined;
  if (metadata !== undefined && metadata !== null && typeof metadata !== 'object') return { object: { apiVersion, kind }, unknown, problem: `json: cannot unmarshal ${typeof metadata} into Go struct field .metadata of type v1.ObjectMeta` };
  const object = prune(rest, openapi, '', unknown, true) as Record<string, unknown>;
  setSchemaDefaults(object, openapi);
  return {
    object: { apiVersion, kind, metadata: cleaned?.object ?? {}, ...object },
    unknown: [...(cleaned?.unknown ?? []).map((field) => `metadata.${field}`), ...unknown],
    ...(cleaned?.problem === undefined ? {} : { problem: cleaned.problem }),
  };
}

const metaFields = new Set(['apiVersion', 'kind', 'metadata']);

function prune(value: unknown, schema: Schema, path: string, unknown: string[], root = false): unknown {
  if (Array.isArray(value)) return value.map((item, index) => prune(item, asSchema(schema['items']), `${path}[${index}]`, unknown));
  if (!isRecord(value)) return value;
  if (schema['x-kubernetes-embedded-resource'] === true && schema['properties'] === undefined) return value;
  const properties = asSchema(schema['properties']);
  const additional = schema['additionalProperties'];
  const preserve = schema['x-kubernetes-preserve-unknown-fields'] === true || additional === true;
  const result: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    const below = path === '' ? name : `${path}.${name}`;
    const own = properties[name];
    if (isRecord(own)) {
      if (item !== null || own['nullable'] === true || own['default'] === undefined) result[name] = prune(item, own, below, unknown);
    } else if (isRecord(additional)) result[name] = prune(item, additional, below, unknown);
    else if (preserve || (root && metaFields.has(name)) || (schema['x-kubernetes-embedded-resource'] === true && metaFields.has(name))) result[name] = item;
    else unknown.push(below);
  }
  return result;
}

/** Fills in place what the schema has a default for. */
export function setSchemaDefaults(value: unknown, schema: Schema): void {
  if (Array.isArray(value)) {
    for (const item of value) setSchemaDefaults(item, asSchema(schema['items']));
    return;
  }
  if (!isRecord(value)) return;
  const properties = asSchema(schema['properties']);
  for (const [name, property] of Object.entries(properties)) {
    if (!isRecord(property)) continue;
    if (value[name] === undefined && property['default'] !== undefined) value[name] = structuredClone(property['default']);
    setSchemaDefaults(value[name], property);
  }
  const additional = schema['additionalProperties'];
  if (isRecord(additional)) for (const [name, item] of Object.entries(value)) if (properties[name] === undefined) setSchemaDefaults(item, additional);
}

function asSchema(value: unknown): Schema {
  return isRecord(value) ? value : {};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
