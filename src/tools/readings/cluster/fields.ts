/** Fields of JSON of any shape: what isn't there or is of another type comes back empty. Nothing here throws. */

export function child(value: unknown, ...path: readonly string[]): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return at;
}

export function text(value: unknown, ...path: readonly string[]): string {
  const found = child(value, ...path);
  return typeof found === 'string' ? found : '';
}

/** A time or another text that may be absent, as a property to spread. */
export function optional<K extends string>(name: K, found: string): Partial<Record<K, string>> {
  return found === '' ? {} : ({ [name]: found } as Partial<Record<K, string>>);
}

export function number(value: unknown, ...path: readonly string[]): number {
  const found = child(value, ...path);
  return typeof found === 'number' && Number.isFinite(found) ? found : 0;
}

export function isTrue(value: unknown, ...path: readonly string[]): boolean {
  return child(value, ...path) === true;
}

export function items(value: unknown, ...path: readonly string[]): unknown[] {
  const found = child(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** Text by text; numbers and booleans as text, all else is left out. */
export function texts(value: unknown, ...path: readonly string[]): Record<string, string> {
  const found = child(value, ...path);
  if (typeof found !== 'object' || found === null || Array.isArray(found)) return {};
  return Object.fromEntries(Object.entries(found).flatMap(([key, one]) => (typeof one === 'string' ? [[key, one]] : typeof one === 'number' || typeof one === 'boolean' ? [[key, String(one)]] : [])));
}

export function strings(value: unknown, ...path: readonly string[]): string[] {
  return items(value, ...path).filter((one) => typeof one === 'string');
}

/** A port or a percentage: number or text. */
export function numberOrText(value: unknown, ...path: readonly string[]): number | string | undefined {
  const found = child(value, ...path);
  return typeof found === 'number' || (typeof found === 'string' && found !== '') ? found : undefined;
}

export const nameOf = (object: unknown): string => text(object, 'metadata', 'name');

/** What `kubectl apply` noted; undefined when there is no such note. */
export function lastApplied(object: unknown): unknown {
  const noted = text(object, 'metadata', 'annotations', 'kubectl.kubernetes.io/last-applied-configuration');
  if (noted === '') return undefined;
  try {
    return JSON.parse(noted) as unknown;
  } catch {
    return undefined;
  }
}

/** JSON with its keys sorted, so that equal values give equal text. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, one: unknown) => (typeof one === 'object' && one !== null && !Array.isArray(one) ? Object.fromEntries(Object.entries(one).sort(([left], [right]) => (left < right ? -1 : 1))) : one)) ?? '';
}
