/** JSON values as patches see them. */
export type Fields = Record<string, unknown>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Key order means nothing, list order does; a field that is undefined isn't there. */
export function sameValue(first: unknown, second: unknown): boolean {
  if (first === second) return true;
  if (Array.isArray(first)) return Array.isArray(second) && first.length === second.length && first.every((item, index) => sameValue(item, second[index]));
  if (!isFields(first) || !isFields(second)) return false;
  const names = Object.keys(first).filter((name) => first[name] !== undefined);
  return names.length === Object.keys(second).filter((name) => second[name] !== undefined).length && names.every((name) => Object.hasOwn(second, name) && sameValue(first[name], second[name]));
}

export function sortedFields(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).toSorted(([first], [second]) => (first < second ? -1 : 1)));
}
