/** What Go would make of a JSON value of a built-in type: clean fields in Go's order, the first wrong type, the unknown fields. */
import { canonicalQuantity } from '../objects/quantity.ts';
import { canonicalMicroTime, canonicalTime } from './times.ts';
import type { FieldType, ObjectType, ScalarName, TypeReference } from './types.ts';
import { objectType } from './types.ts';

export interface Cleaned {
  object: Record<string, unknown>;
  /** `spec.template.spec.containers[0].imagee`, in the order of the document. */
  unknown: string[];
  /** The first value of a wrong type, in Go's words. */
  problem?: string;
}

export function clean(body: Record<string, unknown>, type: ObjectType): Cleaned {
  const found: Findings = { unknown: [], problem: undefined };
  const object = cleanObject(body, type, { plain: '', indexed: '' }, found);
  return { object, unknown: found.unknown, ...(found.problem === undefined ? {} : { problem: found.problem }) };
}

interface Findings {
  unknown: string[];
  problem: string | undefined;
}

/** `plain` has no list indexes: Go's errors know none. */
interface Path {
  plain: string;
  indexed: string;
}

interface Spot {
  /** The struct that holds the field. */
  owner: string;
  goType: string;
  path: Path;
  found: Findings;
}

const absent = Symbol('absent');

function cleanObject(body: Record<string, unknown>, type: ObjectType, path: Path, found: Findings): Record<string, unknown> {
  const values = new Map<string, unknown>();
  for (const [name, value] of Object.entries(body)) {
    const field = type.fields.get(name);
    const below = descend(path, name);
    if (field === undefined) found.unknown.push(below.indexed);
    else if (value !== null && value !== undefined) values.set(name, cleanValue(value, field.type, { owner: type.name, goType: field.goType.replace(/^\*/, ''), path: below, found }));
  }
  const object: Record<string, unknown> = {};
  for (const field of type.fields.values()) {
    const value = kept(field, values.has(field.name) ? values.get(field.name) : absent);
    if (value !== absent) object[field.name] = value;
  }
  return object;
}

/** What Go would write of a field: nothing, the value, or its zero. */
function kept(field: FieldType, value: unknown): unknown {
  if (field.pointer) return value;
  if (field.type.is === 'object') {
    const zero = value === absent ? zeroObject(field.type.name) : value;
    return field.omitZero && isEmpty(zero) ? absent : zero;
  }
  if (field.type.is !== 'scalar') return value !== absent && field.omitEmpty && isEmpty(value) ? absent : value;
  const zero = zeroOf(field.type.scalar);
  if (structLike.has(field.type.scalar)) return value === absent ? (field.omitZero ? absent : zero) : value;
  if (value === absent) return field.omitEmpty || field.type.scalar === 'any' ? absent : zero;
  return field.omitEmpty && value === zero ? absent : value;
}

/** In Go these are structs, which `omitempty` never leaves out. */
const structLike: ReadonlySet<ScalarName> = new Set(['time', 'microtime', 'int-or-string', 'quantity']);

function zeroOf(scalar: ScalarName): unknown {
  switch (scalar) {
    case 'time':
    case 'microtime': return null;
    case 'boolean': return false;
    case 'quantity': return '0';
    case 'string':
    case 'bytes': return '';
    default: return 0;
  }
}

function zeroObject(name: string): Record<string, unknown> {
  const type = objectType(name);
  return type === undefined ? {} : cleanObject({}, type, { plain: '', indexed: '' }, { unknown: [], problem: undefined });
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function cleanValue(value: unknown, type: TypeReference, spot: Spot): unknown {
  switch (type.is) {
    case 'scalar': return cleanScalar(value, type.scalar, spot);
    case 'object': {
      const struct = objectType(type.name);
      if (!isRecord(value) || struct === undefined) return wrongType(value, spot);
      return cleanObject(value, struct, spot.path, spot.found);
    }
    case 'list': {
      if (!Array.isArray(value)) return wrongType(value, spot);
      const goType = spot.goType.startsWith('[]') ? spot.goType.slice(2).replace(/^\*/, '') : spot.goType;
      return value.map((item, index) => {
        const below = { ...spot, goType, path: { plain: spot.path.plain, indexed: `${spot.path.indexed}[${index}]` } };
        return item === null ? zeroItem(type.of) : cleanValue(item, type.of, below);
      }).filter((item) => item !== absent);
    }
    case 'map': {
      if (!isRecord(value)) return wrongType(value, spot);
      const goType = spot.goType.replace(/^map\[string\]\*?/, '');
      const entries = Object.entries(value).map(([key, item]) => [key, item === null ? zeroItem(type.of) : cleanValue(item, type.of, { ...spot, goType, path: { plain: spot.path.plain, indexed: `${spot.path.indexed}.${key}` } })] as const);
      return Object.fromEntries(entries.filter(([, item]) => item !== absent).toSorted(([first], [second]) => (first < second ? -1 : 1)));
    }
  }
}

function zeroItem(type: TypeReference): unknown {
  switch (type.is) {
    case 'scalar': return type.scalar === 'any' ? null : zeroOf(type.scalar);
    case 'object': return zeroObject(type.name);
    case 'list': return [];
    case 'map': return {};
  }
}

function cleanScalar(value: unknown, scalar: ScalarName, spot: Spot): unknown {
  switch (scalar) {
    case 'any': return value;
    case 'string': return typeof value === 'string' ? value : wrongType(value, spot);
    case 'boolean': return typeof value === 'boolean' ? value : wrongType(value, spot);
    case 'double': return typeof value === 'number' ? value : wrongType(value, spot);
    case 'int32':
    case 'int64': return cleanInteger(value, scalar, spot);
    case 'int-or-string': return cleanIntOrString(value, spot);
    case 'bytes': return cleanBytes(value, spot);
    case 'quantity': {
      const text = typeof value === 'number' || typeof value === 'string' ? canonicalQuantity(String(value).trim()) : undefined;
      return text ?? fail(spot.found, "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
    }
    case 'time':
    case 'microtime': {
      if (typeof value !== 'string') return fail(spot.found, `json: cannot unmarshal ${jsonName(value)} into Go value of type string`);
      const text = scalar === 'time' ? canonicalTime(value) : canonicalMicroTime(value);
      return text ?? fail(spot.found, timeProblem(value, scalar));
    }
  }
}

function cleanInteger(value: unknown, scalar: 'int32' | 'int64', spot: Spot): unknown {
  if (typeof value !== 'number') return wrongType(value, spot);
  const fits = Number.isInteger(value) && (scalar === 'int32' ? Math.abs(value + 0.5) < 2 ** 31 : Math.abs(value) <= 2 ** 63);
  return fits ? value : wrongType(value, spot, `number ${value}`);
}

function cleanIntOrString(value: unknown, spot: Spot): unknown {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 31) return value;
  return fail(spot.found, `json: cannot unmarshal ${typeof value === 'number' ? `number ${value}` : jsonName(value)} into Go value of type int32`);
}

function cleanBytes(value: unknown, spot: Spot): unknown {
  if (typeof value !== 'string') return wrongType(value, spot);
  const text = value.replaceAll(/[\r\n]/g, '');
  const body = text.replace(/={1,2}$/, '');
  const wrong = /[^A-Za-z0-9+/]/.exec(body);
  if (wrong !== null) return fail(spot.found, `illegal base64 data at input byte ${wrong.index}`);
  if (text.length % 4 !== 0) return fail(spot.found, `illegal base64 data at input byte ${text.length - (text.length % 4)}`);
  return text;
}

function timeProblem(value: string, scalar: 'time' | 'microtime'): string {
  const layout = scalar === 'time' ? '2006-01-02T15:04:05Z07:00' : '2006-01-02T15:04:05.000000Z07:00';
  return `parsing time "${value}" as "${layout}": cannot parse "${value}" as "2006"`;
}

function wrongType(value: unknown, { owner, goType, path, found }: Spot, shown = jsonName(value)): typeof absent {
  return fail(found, `json: cannot unmarshal ${shown} into Go struct field ${owner}.${path.plain} of type ${goType}`);
}

function fail(found: Findings, problem: string): typeof absent {
  found.problem ??= problem;
  return absent;
}

function jsonName(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return { string: 'string', number: 'number', boolean: 'bool' }[typeof value as string] ?? 'object';
}

function descend({ plain, indexed }: Path, name: string): Path {
  return { plain: plain === '' ? name : `${plain}.${name}`, indexed: indexed === '' ? name : `${indexed}.${name}` };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
