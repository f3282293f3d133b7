/** What is wrong with a custom object by its OpenAPI schema, in Kubernetes' words. Rules in CEL (x-kubernetes-validations) are not evaluated. */
import { isDeepStrictEqual } from 'node:util';
import type { JSONSchemaProps } from '../objects/types.ts';
import type { FieldError } from '../resources/resource.ts';
import { invalidFormat } from './formats.ts';

type Schema = JSONSchemaProps;

/** `path`: `spec.replicas`, '' for the whole object. */
export const schemaErrors = (value: unknown, schema: Schema, path: string): FieldError[] => {
  if (value === null && schema.nullable === true) return [];
  return [
    ...typeErrors(value, schema, path), ...composedErrors(value, schema, path), ...stringErrors(value, schema, path), ...numberErrors(value, schema, path),
    ...listErrors(value, schema, path), ...enumErrors(value, schema, path), ...objectErrors(value, schema, path),
  ];
};

const typeName = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
};

const where = (path: string): string => (path === '' ? '<nil>' : path);
const invalid = (path: string, value: unknown, why: string): FieldError =>
  ({ reason: 'FieldValueInvalid', field: where(path), detail: `Invalid value: ${shown(value)}: ${path === '' ? '' : `${path} `}${why}` });

/** As Go prints a value in a field error. */
const shown = (value: unknown): string => JSON.stringify(value) ?? 'null';

const typeErrors = (value: unknown, schema: Schema, path: string): FieldError[] => {
  const wanted = schema['x-kubernetes-int-or-string'] === true ? ['integer', 'string'] : schema.type === undefined || schema.type === '' ? [] : [schema.type];
  const actual = typeName(value);
  if (wanted.length === 0 || wanted.includes(actual) || (wanted.includes('number') && actual === 'integer')) return [];
  return [{ reason: 'FieldValueTypeInvalid', field: where(path), detail: `Invalid value: "${actual}": ${path} in body must be of type ${wanted.join(',')}: "${actual}"` }];
};

const composedErrors = (value: unknown, schema: Schema, path: string): FieldError[] => {
  const valid = (candidate: Schema) => schemaErrors(value, candidate, path).length === 0;
  const error = (why: string): FieldError => ({ reason: 'FieldValueInvalid', field: '<nil>', detail: `Invalid value: "": ${JSON.stringify(path)} ${why}` });
  const [allOf, anyOf, oneOf] = [schema.allOf ?? [], schema.anyOf ?? [], schema.oneOf ?? []];
  const { not } = schema;
  const matching = oneOf.filter(valid).length;
  return [
    ...(schema['x-kubernetes-int-or-string'] !== true && anyOf.length > 0 && !anyOf.some(valid) ? [error('must validate at least one schema (anyOf)')] : []),
    ...(oneOf.length > 0 && matching !== 1 ? [error(`must validate one and only one schema (oneOf). ${matching === 0 ? 'Found none valid' : `Found ${matching} valid alternatives`}`)] : []),
    ...allOf.flatMap((candidate) => schemaErrors(value, candidate, path)),
    ...(not !== undefined && valid(not) ? [error('must not validate the schema (not)')] : []),
  ];
};

const stringErrors = (value: unknown, { maxLength, minLength, pattern, format }: Schema, path: string): FieldError[] => {
  if (typeof value !== 'string') return [];
  const length = [...value].length;
  return [
    ...(maxLength !== undefined && length > maxLength
      ? [{ reason: 'FieldValueTooLong' as const, field: where(path), detail: `Too long: may not be more than ${maxLength} byte${maxLength === 1 ? '' : 's'}` }]
      : []),
    ...(minLength !== undefined && length < minLength ? [invalid(path, value, `in body should be at least ${minLength} chars long`)] : []),
    ...(pattern !== undefined && pattern !== '' && !matches(pattern, value) ? [invalid(path, value, `in body should match '${pattern}'`)] : []),
    ...(format !== undefined && invalidFormat(format, value)
      ? [{ reason: 'FieldValueTypeInvalid' as const, field: where(path), detail: `Invalid value: ${shown(value)}: ${path} in body must be of type ${format}: ${shown(value)}` }]
      : []),
  ];
};

const numberErrors = (value: unknown, schema: Schema, path: string): FieldError[] => {
  if (typeof value !== 'number') return [];
  const { maximum, minimum, multipleOf } = schema;
  const above = maximum !== undefined && (schema.exclusiveMaximum === true ? value >= maximum : value > maximum);
  const below = minimum !== undefined && (schema.exclusiveMinimum === true ? value <= minimum : value < minimum);
  return [
    ...(multipleOf !== undefined && multipleOf !== 0 && !Number.isInteger(value / multipleOf) ? [invalid(path, value, `in body should be a multiple of ${multipleOf}`)] : []),
    ...(above ? [invalid(path, value, `in body should be less than ${schema.exclusiveMaximum === true ? '' : 'or equal to '}${maximum}`)] : []),
    ...(below ? [invalid(path, value, `in body should be greater than ${schema.exclusiveMinimum === true ? '' : 'or equal to '}${minimum}`)] : []),
  ];
};

const listErrors = (value: unknown, schema: Schema, path: string): FieldError[] => {
  if (!Array.isArray(value)) return [];
  const { maxItems, minItems, items } = schema;
  return [
    ...(items === undefined || items === null ? [] : value.flatMap((item: unknown, position) => schemaErrors(item, items as Schema, `${path}[${position}]`))),
    ...(minItems !== undefined && value.length < minItems ? [invalid(path, value.length, `in body should have at least ${minItems} items`)] : []),
    ...(maxItems !== undefined && value.length > maxItems ? [tooMany(path, value.length, maxItems)] : []),
    ...duplicates(value, schema, path),
  ];
};

const tooMany = (path: string, actual: number, allowed: number): FieldError =>
  ({ reason: 'FieldValueInvalid', field: where(path), detail: `Too many: ${actual}: must have at most ${allowed} item${allowed === 1 ? '' : 's'}` });

/** Of lists that are sets, and of lists whose items have a key. */
const duplicates = (list: readonly unknown[], schema: Schema, path: string): FieldError[] => {
  const type = schema['x-kubernetes-list-type'];
  if (type !== 'set' && type !== 'map') return [];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const identities = list.map((item) => (type === 'set' ? item : Object.fromEntries(keys.map((key) => [key, (item as Record<string, unknown> | null)?.[key]]))));
  return identities.flatMap((identity, position) =>
    identities.slice(0, position).some((earlier) => isDeepStrictEqual(earlier, identity))
      ? [{ reason: 'FieldValueDuplicate' as const, field: `${path}[${position}]`, detail: `Duplicate value: ${shown(identity)}` }]
      : []);
};

const enumErrors = (value: unknown, schema: Schema, path: string): FieldError[] => {
  const allowed = schema.enum ?? [];
  if (allowed.length === 0 || allowed.some((candidate) => isDeepStrictEqual(candidate, value))) return [];
  return [{ reason: 'FieldValueNotSupported', field: where(path), detail: `Unsupported value: ${shown(value)}: supported values: ${allowed.map(shown).join(', ')}` }];
};

const objectErrors = (value: unknown, schema: Schema, path: string): FieldError[] => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const record = value as Record<string, unknown>;
  const names = Object.keys(record);
  const { maxProperties, minProperties, additionalProperties } = schema;
  const [required, properties] = [schema.required ?? [], schema.properties ?? {}];
  const below = (name: string): string => (path === '' ? name : `${path}.${name}`);
  return [
    ...(minProperties !== undefined && names.length < minProperties ? [invalid(path, record, `in body should have at least ${minProperties} properties`)] : []),
    ...(maxProperties !== undefined && names.length > maxProperties ? [tooMany(path, names.length, maxProperties)] : []),
    ...required.filter((name) => record[name] === undefined).map((name): FieldError => ({ reason: 'FieldValueRequired', field: below(name), detail: 'Required value' })),
    ...names.flatMap((name) => {
      const item = record[name];
      if (item === undefined) return [];
      if (Object.hasOwn(properties, name)) return schemaErrors(item, properties[name] ?? {}, below(name));
      return typeof additionalProperties === 'object' && additionalProperties !== null ? schemaErrors(item, additionalProperties, below(name)) : [];
    }),
  ];
};

/** Go's patterns are nearly JavaScript's; one that isn't is let through. */
const matches = (pattern: string, value: string): boolean => {
  try {
    return new RegExp(pattern, 'u').test(value);
  } catch {
    try {
      return new RegExp(pattern).test(value);
    } catch {
      return true;
    }
  }
};
