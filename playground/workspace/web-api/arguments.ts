/** A call's arguments, whichever way they were encoded. */
import { isRecord, parseJson } from '../http.ts';
import { SlackError } from '../slack-error.ts';

export interface CallArguments {
  values: Record<string, unknown>;
  /** Undefined when missing or empty. */
  text(name: string): string | undefined;
  /** Throws SlackError invalid_arguments. */
  required(name: string): string;
  /** Decoded when it came as a string. */
  json(name: string): unknown;
  flag(name: string): boolean;
  /** Throws SlackError invalid_arguments when it is no integer. */
  integer(name: string, fallback: number): number;
}

export function createArguments(values: Record<string, unknown>): CallArguments {
  const text = (name: string): string | undefined => {
    const value = values[name];
    return value === undefined || value === null || value === '' ? undefined : String(value);
  };
  return {
    values,
    text,
    required(name) {
      const value = text(name);
      if (value === undefined) throw new SlackError('invalid_arguments', [`[ERROR] missing required field: ${name}`]);
      return value;
    },
    json(name) {
      const value = values[name];
      return typeof value === 'string' ? parseJson(value) : value;
    },
    flag: (name) => values[name] === true || values[name] === 'true' || values[name] === '1',
    integer(name, fallback) {
      const value = text(name);
      if (value === undefined) return fallback;
      if (!/^\d{1,9}$/.test(value)) throw new SlackError('invalid_arguments', [`[ERROR] must be an integer [json-pointer:/${name}]`]);
      return Number(value);
    },
  };
}

/** JSON, form or multipart body plus query; undefined when the body can't be read. */
export async function parseArguments(body: Buffer, contentType: string, query: URLSearchParams): Promise<Record<string, unknown> | undefined> {
  const values: Record<string, unknown> = Object.fromEntries(query);
  if (contentType.startsWith('application/json')) {
    const json = parseJson(body.toString('utf8'));
    return isRecord(json) ? { ...values, ...json } : undefined;
  }
  if (contentType.startsWith('multipart/form-data')) {
    const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData().catch(() => undefined);
    if (form === undefined) return undefined;
    for (const [key, value] of form) if (typeof value === 'string') values[key] = value;
    return values;
  }
  return { ...values, ...Object.fromEntries(new URLSearchParams(body.toString('utf8'))) };
}
