import { RequestFailure } from './failure.ts';

/** A positive whole number from a query or body. Throws RequestFailure 400 naming the field. */
export function positiveInteger(field: string, value: unknown): number {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 1) throw new RequestFailure(400, 'INVALID', `${field}: a positive integer`);
  return number;
}

/** A field of JSON, whatever the JSON is. */
export function field(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
}

/** `field` through several levels. */
export function fieldAt(body: unknown, ...names: string[]): unknown {
  return names.reduce(field, body);
}
