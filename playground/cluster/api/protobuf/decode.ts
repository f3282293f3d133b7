/** Kubernetes' protobuf, which typed clients (kubectl create, helm's releases) send, as the JSON it stands for. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { objectType } from '../../schema/types.ts';
import { badRequest } from '../status.ts';
import { readFields } from './wire.ts';
import type { WireField } from './wire.ts';

const magic = Buffer.from('k8s\0');

type Fields = Readonly<Record<string, string>>;

let table: Readonly<Record<string, Fields>> | undefined;
const messages = (): Readonly<Record<string, Fields>> => (table ??= JSON.parse(readFileSync(tableFile(), 'utf8')) as Record<string, Fields>);

/** tsc copies no JSON: when compiled, it is read from the sources beside the output folder. */
function tableFile(): string {
  const beside = join(import.meta.dirname, 'fields.json');
  return existsSync(beside) ? beside : join(import.meta.dirname, '..', '..', '..', '..', '..', 'playground', 'cluster', 'api', 'protobuf', 'fields.json');
}

/** Throws 400 for what can't be read, undefined for a kind that is not known here. */
export function decodeProtobuf(body: Buffer): unknown {
  if (!body.subarray(0, 4).equals(magic)) throw badRequest('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  try {
    const envelope = readFields(body.subarray(4));
    const typeMeta = readFields(bytesOf(envelope, 1) ?? Buffer.alloc(0));
    const [apiVersion, kind] = [bytesOf(typeMeta, 1)?.toString('utf8') ?? '', bytesOf(typeMeta, 2)?.toString('utf8') ?? ''];
    const name = messageName(apiVersion, kind);
    if (messages()[name] === undefined) return undefined;
    return { apiVersion, kind, ...(message(name, bytesOf(envelope, 2) ?? Buffer.alloc(0)) as object) };
  } catch (error) {
    if (error instanceof RangeError) throw badRequest(`unable to decode protobuf: ${error.message}`);
    throw error;
  }
}

/** `rbac.authorization.k8s.io/v1`, Role -> `rbac.v1.Role`. */
function messageName(apiVersion: string, kind: string): string {
  if (kind === 'DeleteOptions') return 'meta.v1.DeleteOptions';
  const [group = '', version] = apiVersion.split('/');
  return version === undefined ? `core.${group}.${kind}` : `${group.split('.')[0] ?? ''}.${version}.${kind}`;
}

function message(name: string, bytes: Buffer): unknown {
  const special = specials[name];
  if (special !== undefined) return special(readFields(bytes));
  const fields = messages()[name] ?? {};
  const type = objectType(name === 'events.v1.Event' ? 'EventsEvent' : (name.split('.').at(-1) ?? ''));
  const result: Record<string, unknown> = {};
  for (const field of readFields(bytes)) {
    const description = fields[field.number];
    if (description === undefined) continue;
    const [key = '', rest = ''] = description.split(':');
    if (rest.startsWith('{}')) addEntry(result, key, rest.slice(2), field);
    else if (rest.startsWith('[]')) addItem(result, key, rest.slice(2), field);
    else if (key === '') Object.assign(result, value(rest, field));
    else {
      const decoded = value(rest, field);
      // Go writes what isn't set as zero, unless it keeps the two apart.
      const zero = decoded === '' || decoded === 0 || decoded === false;
      if (decoded !== undefined && (!zero || type?.fields.get(key)?.pointer === true)) result[key] = decoded;
    }
  }
  return result;
}

function addEntry(result: Record<string, unknown>, key: string, type: string, field: WireField): void {
  const map = (result[key] ??= {}) as Record<string, unknown>;
  const entry = field.kind === 'bytes' ? readFields(field.value) : [];
  const item = entry.find(({ number }) => number === 2);
  map[bytesOf(entry, 1)?.toString('utf8') ?? ''] = item === undefined ? '' : value(type, item);
}

function addItem(result: Record<string, unknown>, key: string, type: string, field: WireField): void {
  const list = (result[key] ??= []) as unknown[];
  list.push(value(type, field));
}

function value(type: string, field: WireField): unknown {
  switch (field.kind) {
    case 'varint': return type === 'bool' ? field.value !== 0n : Number(BigInt.asIntN(64, field.value));
    case 'fixed64': return field.value.readDoubleLE();
    case 'fixed32': return field.value.readFloatLE();
    case 'bytes':
      if (type === 'string') return field.value.toString('utf8');
      return type === 'bytes' ? field.value.toString('base64') : message(type, field.value);
  }
}

const numberOf = (fields: WireField[], number: number): number => {
  const found = fields.find((field) => field.number === number);
  return found?.kind === 'varint' ? Number(BigInt.asIntN(64, found.value)) : 0;
};

const time = (digits: number) => (fields: WireField[]): unknown => {
  if (fields.length === 0) return undefined;
  const text = new Date(numberOf(fields, 1) * 1000).toISOString().slice(0, 19);
  return digits === 0 ? `${text}Z` : `${text}.${String(Math.floor(numberOf(fields, 2) / 1000)).padStart(6, '0')}Z`;
};

const raw = (fields: WireField[]): unknown => {
  const text = bytesOf(fields, 1)?.toString('utf8') ?? '';
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new RangeError('embedded JSON cannot be read');
  }
};

const specials: Record<string, (fields: WireField[]) => unknown> = {
  'meta.v1.Time': time(0),
  'meta.v1.MicroTime': time(6),
  'meta.v1.FieldsV1': raw,
  'runtime.RawExtension': raw,
  'resource.Quantity': (fields) => bytesOf(fields, 1)?.toString('utf8') ?? '0',
  'intstr.IntOrString': (fields) => (numberOf(fields, 1) === 0 ? numberOf(fields, 2) : (bytesOf(fields, 3)?.toString('utf8') ?? '')),
};

function bytesOf(fields: WireField[], number: number): Buffer | undefined {
  const found = fields.find((field) => field.number === number);
  return found?.kind === 'bytes' ? found.value : undefined;
}
