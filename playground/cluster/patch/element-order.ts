/** In which order a merged list ends up: the patch's items as the patch has them, the others where they were. */
import { StatusError } from '../api/status.ts';
import { isFields, sameValue } from './values.ts';
import type { Fields } from './values.ts';

/** `order`: items, or for lists of objects at least their keys. `before`: the list before the patch. */
export function applyElementOrder(merged: readonly unknown[], order: readonly unknown[], before: readonly unknown[], key: string | undefined): unknown[] {
  const identity = (item: unknown): unknown => (key !== undefined && isFields(item) ? item[key] : item);
  const indexIn = (list: readonly unknown[], item: unknown): number => list.findIndex((other) => sameValue(identity(other), identity(item)));
  const byIndex = (list: readonly unknown[]) => (first: unknown, second: unknown): number => indexIn(list, first) - indexIn(list, second);
  const ordered = merged.filter((item) => indexIn(order, item) >= 0).toSorted(byIndex(order));
  const others = merged.filter((item) => indexIn(order, item) < 0).toSorted(byIndex(before));
  const result: unknown[] = [];
  while (ordered.length > 0 || others.length > 0) {
    const [left, right] = [indexIn(before, ordered[0]), indexIn(before, others[0])];
    const leftFirst = others.length === 0 || (ordered.length > 0 && left >= 0 && right >= 0 && left < right);
    result.push(leftFirst ? ordered.shift() : others.shift());
  }
  return result;
}

/** Throws StatusError 500, as Kubernetes does, for an item that doesn't say which one it is. */
export function itemKey(item: Fields, key: string): unknown {
  if (item[key] === undefined || item[key] === null) throw new StatusError({ code: 500, message: `map: ${goMap(item)} does not contain declared merge key: ${key}` });
  return item[key];
}

/** As Go prints maps. */
export function goMap(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goMap).join(' ')}]`;
  if (!isFields(value)) return value === null || value === undefined ? '<nil>' : String(value);
  return `map[${Object.keys(value).toSorted().map((name) => `${name}:${goMap(value[name])}`).join(' ')}]`;
}
