/** The fields of every built-in type, as kubernetes.json and traits.json have them, ready for use. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type ScalarName = 'string' | 'boolean' | 'int32' | 'int64' | 'double' | 'bytes' | 'time' | 'microtime' | 'int-or-string' | 'quantity' | 'any';

export type TypeReference =
  | { is: 'scalar'; scalar: ScalarName }
  | { is: 'list'; of: TypeReference }
  | { is: 'map'; of: TypeReference }
  | { is: 'object'; name: string };

export interface FieldType {
  name: string;
  type: TypeReference;
  required: boolean;
  /** Go keeps it apart whether it is absent or zero. */
  pointer: boolean;
  /** Written only when it is not empty. */
  omitEmpty: boolean;
  /** A struct that is left out when all of it is zero. */
  omitZero: boolean;
  /** As Go names it: `*int32`, `[]v1.Container`. */
  goType: string;
  /** How a strategic patch takes it. */
  patch?: { strategies: readonly string[]; mergeKey?: string };
}

export interface ObjectType {
  name: string;
  /** In the order in which Go writes them. */
  fields: ReadonlyMap<string, FieldType>;
}

/** Undefined for a type that isn't built in. */
export function objectType(name: string): ObjectType | undefined {
  const known = types.get(name);
  if (known !== undefined) return known;
  const fields = schema()[name];
  if (fields === undefined) return undefined;
  const built = { name, fields: new Map(orderedFields(name, fields).map((field) => [field.name, field])) };
  types.set(name, built);
  return built;
}

/** What a list or map holds, down to what is neither; undefined when that is no object. */
export function innerObject(type: TypeReference): ObjectType | undefined {
  if (type.is === 'object') return objectType(type.name);
  return type.is === 'scalar' ? undefined : innerObject(type.of);
}

const types = new Map<string, ObjectType>();
let loaded: { schema: Record<string, Record<string, string>>; traits: Record<string, Record<string, string>> } | undefined;

function load(): NonNullable<typeof loaded> {
  loaded ??= { schema: readJson('kubernetes.json'), traits: readJson('traits.json') };
  return loaded;
}

function schema(): Record<string, Record<string, string>> {
  return load().schema;
}

function orderedFields(name: string, fields: Record<string, string>): FieldType[] {
  const traits = load().traits[name] ?? {};
  const order = [...Object.keys(traits), ...Object.keys(fields).filter((field) => traits[field] === undefined)];
  return order.map((field) => fieldType(field, fields[field] ?? 'any', traits[field]));
}

function fieldType(name: string, declared: string, trait: string | undefined): FieldType {
  const required = declared.endsWith('!');
  const type = parseType(required ? declared.slice(0, -1) : declared);
  if (trait === undefined) return { name, type, required, pointer: !required, omitEmpty: !required, omitZero: false, goType: goTypeOf(type, required) };
  const [goType = '', ...flags] = trait.split(' ');
  const strategy = flags.find((flag) => flag.startsWith('patch='))?.slice('patch='.length);
  const mergeKey = flags.find((flag) => flag.startsWith('key='))?.slice('key='.length);
  return {
    name, required, goType, type: withQuantities(type, goType), pointer: goType.startsWith('*'), omitEmpty: flags.includes('?'), omitZero: flags.includes('z'),
    ...(strategy === undefined ? {} : { patch: { strategies: strategy.split(','), ...(mergeKey === undefined ? {} : { mergeKey }) } }),
  };
}

function parseType(text: string): TypeReference {
  const wrapped = /^(list|map)<(.*)>$/.exec(text);
  if (wrapped?.[2] !== undefined) return wrapped[1] === 'list' ? { is: 'list', of: parseType(wrapped[2]) } : { is: 'map', of: parseType(wrapped[2]) };
  return /^[A-Z]/.test(text) ? { is: 'object', name: text } : { is: 'scalar', scalar: text as ScalarName };
}

function withQuantities(type: TypeReference, goType: string): TypeReference {
  const quantity: TypeReference = { is: 'scalar', scalar: 'quantity' };
  if (goType.endsWith('resource.Quantity')) return type.is === 'map' ? { is: 'map', of: quantity } : quantity;
  return goType.endsWith('.ResourceList') ? { is: 'map', of: quantity } : type;
}

function goTypeOf(type: TypeReference, required: boolean): string {
  if (type.is === 'list') return `[]${goTypeOf(type.of, true)}`;
  if (type.is === 'map') return `map[string]${goTypeOf(type.of, true)}`;
  const name = type.is === 'object' ? `v1.${type.name}` : ({ boolean: 'bool', bytes: '[]uint8', double: 'float64', time: 'v1.Time', microtime: 'v1.MicroTime', 'int-or-string': 'intstr.IntOrString', quantity: 'resource.Quantity', any: 'runtime.RawExtension' } as Record<string, string>)[type.scalar] ?? type.scalar;
  return required ? name : `*${name}`;
}

/** tsc copies no JSON: when compiled, it is read from the sources beside the output folder. */
function readJson(file: string): Record<string, Record<string, string>> {
  const beside = join(import.meta.dirname, file);
  const path = existsSync(beside) ? beside : join(import.meta.dirname, '..', '..', '..', '..', 'playground', 'cluster', 'schema', file);
  return JSON.parse(readFileSync(path, 'utf8')) as Record<string, Record<string, string>>;
}
