/** Request bodies: bounded, JSON or YAML. */
import type { IncomingMessage } from 'node:http';
import { parse } from 'yaml';
import { isTooDeep, looksTooDeep } from '../../objects/depth.ts';
import { decodeProtobuf } from '../protobuf/decode.ts';
import { StatusError, badRequest } from '../status.ts';

const protobuf = 'application/vnd.kubernetes.protobuf';
const limitBytes = 3 * 1024 * 1024;
const summaryLength = 30;

export const readBody = async (request: IncomingMessage): Promise<string> => (await readBytes(request)).toString('utf8');

export async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > limitBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export function mediaTypeOf(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? 'application/json').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** What a client sent to be stored; `kind` is what it should be. Undefined for an empty body. */
export function parseObject(bytes: Buffer, mediaType: string, kind: string): unknown {
  if (bytes.length === 0) return undefined;
  if (mediaType === protobuf) {
    const object = decodeProtobuf(bytes);
    if (object === undefined) throw unsupportedMediaType(['application/json', 'application/yaml']);
    if (isTooDeep(object)) throw badRequest('proto: nesting is too deep');
    return object;
  }
  const text = bytes.toString('utf8');
  if (text.trim() === '') return undefined;
  switch (mediaType) {
    case 'application/json':
    case '': return parseJson(text, (why) => badRequest(`the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${why} (${summary(text)})`));
    case 'application/yaml':
    case 'application/apply-patch+yaml': return parseYaml(text);
    default: throw unsupportedMediaType(['application/json', 'application/yaml', protobuf]);
  }
}

/** JSON is YAML too, and read as such much faster. */
export function parseYaml(text: string): unknown {
  if (text.trimStart().startsWith('{')) {
    try {
      return shallow(JSON.parse(text), tooDeepYaml);
    } catch (error) {
      if (error instanceof StatusError) throw error;
    }
  }
  if (looksTooDeep(text)) throw tooDeepYaml();
  try {
    return parse(text, { version: '1.1', schema: 'yaml-1.1', merge: true, logLevel: 'silent' });
  } catch (error) {
    throw badRequest(`error decoding YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export function parseJson(text: string, refuse: (why: string) => StatusError): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refuse(explain(text, error));
  }
  return shallow(value, () => refuse('exceeded max depth'));
}

function shallow(value: unknown, refuse: () => StatusError): unknown {
  if (isTooDeep(value)) throw refuse();
  return value;
}

const tooDeepYaml = (): StatusError => badRequest('error converting YAML to JSON: yaml: exceeded max depth');

export const unsupportedMediaType = (supported: readonly string[]): StatusError => new StatusError({
  code: 415, reason: 'UnsupportedMediaType',
  message: `the body of the request was in an unknown format - accepted media types include: ${supported.join(', ')}`,
});

const tooLarge = (): StatusError => new StatusError({ code: 413, reason: 'RequestEntityTooLarge', message: `Request entity too large: limit is ${limitBytes}` });

function summary(text: string): string {
  const bytes = Buffer.from(text);
  const more = bytes.length > summaryLength ? ' ...' : '';
  return (text.startsWith('{') ? bytes.subarray(0, summaryLength).toString('utf8') : bytes.subarray(0, summaryLength).toString('hex')) + more;
}

/** In the words of Go's JSON reader. */
function explain(text: string, error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const position = /position (\d+)/.exec(message)?.[1];
  if (position === undefined || /unexpected end|unterminated/i.test(message)) return 'unexpected end of JSON input';
  const at = Number(position);
  const character = text[at] ?? '';
  const before = text.slice(0, at).trimEnd().at(-1);
  const where: Record<string, string> = { '{': 'looking for beginning of object key string', ',': 'looking for beginning of value', ':': 'looking for beginning of value', '[': 'looking for beginning of value', '"': 'after object key:value pair' };
  return `invalid character ${quoted(character)} ${before === undefined ? 'looking for beginning of value' : (where[before] ?? 'after top-level value')}`;
}

const quoted = (character: string): string => (character === "'" ? `'\\''` : `'${JSON.stringify(character).slice(1, -1)}'`);
