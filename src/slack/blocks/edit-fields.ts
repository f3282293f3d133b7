/**
 * The fields of an action that a person can type in a modal, made from the schema of its kind. What names the thing
 * that is changed stays fixed, and so does what a modal can't hold: unions, lists of objects, very long texts.
 */
import { z } from 'zod';
import type { Action } from '../../changes/action.ts';
import { actionSchema } from '../../changes/action.ts';
import { identityFields } from '../../changes/identity-fields.ts';

export interface EditField {
  /** `requests.cpu`; also where its problems are said. */
  name: string;
  path: readonly string[];
  /** What the schema says of it, and what an empty one means. */
  hint: string;
  /** list: one a line. scalar: text, number or true and false, of the sort that it has now. */
  shape: 'line' | 'text' | 'number' | 'whole' | 'choice' | 'list' | 'scalar';
  choices: readonly string[];
  /** May be left empty. */
  optional: boolean;
  nullable: boolean;
  /** Of what it has now; for a scalar. */
  sort: string;
  /** As typed; '' for none. */
  initial: string;
  limit: number;
}

/** What Slack takes in one field. */
const longestText = 3000;

export function editableFields(action: Action): EditField[] {
  const schema = schemas.get(action.kind);
  return schema ? fieldsIn(schema, action, []).filter(({ name }) => !identityFields.has(name)) : [];
}

/** What the modal shows above its fields: `target: shop`. */
export function fixedFields(action: Action): { name: string; value: string }[] {
  const known = { ...action, ...('parameters' in action && { 'parameters.service': action.parameters['service'] }) };
  return Object.entries(known).flatMap(([name, value]) => (name !== 'kind' && identityFields.has(name) && value !== undefined && typeof value !== 'object' ? [{ name, value: String(value) }] : []));
}

/**
 * @param typed what stands in each field, by its name; undefined and '' are empty
 * @returns the action's fields without its kind, or what is wrong, by field name ('' where it belongs to none)
 */
export function readFields(action: Action, typed: Record<string, string | undefined>): { fields: Record<string, unknown> } | { problems: Record<string, string> } {
  const known = editableFields(action);
  const { kind, ...fields } = structuredClone(action) as Action & Record<string, unknown>;
  const problems: Record<string, string> = {};
  let differs = false;
  for (const field of known) {
    const text = typed[field.name] ?? '';
    if (same(text, field.initial)) continue;
    differs = true;
    const value = valueOf(field, text);
    if (value === unreadable) problems[field.name] = field.shape === 'whole' ? 'must be a whole number' : 'must be a number';
    else put(fields, field.path, value);
  }
  if (!differs) return { problems: { [known[0]?.name ?? '']: 'Nothing differs yet: change a value, or close this window.' } };
  const checked = actionSchema.safeParse({ kind, ...fields });
  for (const { path, message } of checked.error?.issues ?? []) problems[nameFor(known, path.map(String))] ??= message;
  return Object.keys(problems).length > 0 ? { problems } : { fields };
}

/** The field that a path of the schema is about; '' where none is. */
export function nameFor(fields: readonly Pick<EditField, 'name'>[], path: readonly string[]): string {
  for (let length = path.length; length > 0; length -= 1) {
    const name = path.slice(0, length).join('.');
    const found = fields.find((field) => field.name === name) ?? fields.find((field) => field.name.startsWith(`${name}.`));
    if (found) return found.name;
  }
  return '';
}

interface Schema {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  required?: string[];
  maxLength?: number;
  description?: string;
}

const schemas: ReadonlyMap<string, Schema> = new Map(actionSchema.options.map((option) => [option.shape.kind.value, z.toJSONSchema(option, { unrepresentable: 'any', io: 'input' }) as Schema]));

function fieldsIn(schema: Schema, value: unknown, path: readonly string[], outerOptional = false): EditField[] {
  const values: Record<string, unknown> = isRecord(value) ? value : {};
  const properties = schema.properties ?? Object.fromEntries(Object.keys(values).map((key) => [key, typeof schema.additionalProperties === 'object' ? schema.additionalProperties : {}]));
  return Object.entries(properties).flatMap(([key, inner]) => {
    const optional = schema.properties !== undefined && (outerOptional || !schema.required?.includes(key));
    const within = [...path, key];
    return inner.type === 'object' ? fieldsIn(inner, values[key], within, optional) : fieldOf(inner, values[key], within, optional);
  });
}

function fieldOf(schema: Schema, value: unknown, path: readonly string[], optional: boolean): EditField[] {
  const others = schema.anyOf?.filter(({ type }) => type !== 'null');
  const nullable = others !== undefined && others.length < (schema.anyOf?.length ?? 0);
  const mixed = others !== undefined && others.length > 1 && others.every(isScalar);
  const own: Schema | undefined = others && !mixed ? (nullable && others.length === 1 ? others[0] : undefined) : schema;
  const shape = mixed ? 'scalar' : own && shapeOf(own, value);
  const initial = initialOf(value);
  if (!own || !shape || initial === undefined || initial.length > longestText) return [];
  const choices = own.type === 'boolean' ? ['true', 'false'] : (own.enum ?? []).map(String);
  if (choices.length > 100 || choices.some((choice) => choice === '' || choice.length > 75)) return [];
  const said = schema.description ?? own.description ?? '';
  const empty = nullable && !said.startsWith('null ') ? 'Empty: none (null).' : optional && !nullable ? 'Empty: left out.' : '';
  const hint = [nullable ? said.replace(/^null /, 'Empty ') : said, shape === 'list' ? 'One a line.' : '', empty].filter((words) => words !== '').join(' · ');
  return [{ name: path.join('.'), path, hint, shape, choices, optional: optional || nullable || value === '', nullable, sort: typeof value, initial, limit: Math.min(longestText, own.maxLength ?? longestText) }];
}

/** A plain text, number or boolean, whatever its bounds. */
function isScalar({ type, enum: choices, const: only }: Schema): boolean {
  return ['string', 'number', 'integer', 'boolean'].includes(type ?? '') && choices === undefined && only === undefined;
}

function shapeOf({ type, enum: choices, const: only, items, maxLength = 0 }: Schema, value: unknown): EditField['shape'] | undefined {
  if (only !== undefined) return undefined;
  if (choices || type === 'boolean') return 'choice';
  if (type === 'integer') return 'whole';
  if (type === 'number') return 'number';
  if (type === 'string') return maxLength > 600 || (typeof value === 'string' && (value.includes('\n') || value.length > 150)) ? 'text' : 'line';
  return type === 'array' && items?.type === 'string' && !items.enum ? 'list' : undefined;
}

/** Undefined where a list can't be told by its lines. */
function initialOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return '';
  if (!Array.isArray(value)) return String(value);
  return value.every((item) => typeof item === 'string' && item.trim() !== '' && !item.includes('\n')) ? value.join('\n') : undefined;
}

/** Slack and phones change white space at the ends and the ends of lines; that alone is no edit. */
function same(text: string, initial: string): boolean {
  return text.replaceAll('\r\n', '\n').trim() === initial.replaceAll('\r\n', '\n').trim();
}

const unreadable = Symbol('unreadable');

function valueOf({ shape, choices, nullable, optional, sort }: EditField, text: string): unknown {
  const trimmed = text.trim();
  if (trimmed === '' && nullable) return null;
  if (trimmed === '' && optional) return undefined;
  switch (shape) {
    case 'whole':
      return /^-?\d{1,15}$/.test(trimmed) ? Number(trimmed) : unreadable;
    case 'number':
      return /^-?\d{1,15}(\.\d{1,15})?$/.test(trimmed) ? Number(trimmed) : unreadable;
    case 'choice':
      return choices.length === 2 && choices[0] === 'true' ? trimmed === 'true' : trimmed;
    case 'list':
      return trimmed.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '');
    case 'scalar':
      if (sort === 'number' && /^-?\d{1,15}(\.\d{1,15})?$/.test(trimmed)) return Number(trimmed);
      return sort === 'boolean' && /^(true|false)$/.test(trimmed) ? trimmed === 'true' : trimmed;
    case 'line':
      return trimmed;
    case 'text':
      return text.replaceAll('\r\n', '\n');
  }
}

function put(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key = '', ...rest] = path;
  if (rest.length === 0) {
    if (value === undefined) delete target[key];
    else target[key] = value;
    return;
  }
  const inner = isRecord(target[key]) ? target[key] : {};
  put(inner, rest, value);
  if (Object.keys(inner).length > 0) target[key] = inner;
  else delete target[key];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
