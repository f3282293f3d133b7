/** Label selectors as Kubernetes judges them, and labels that are almost the same. */
import type { Labels, LabelSelector } from '../cluster-readings.ts';

/** An empty selector of a policy selects everything. */
export function selects({ labels, expressions }: LabelSelector, of: Labels): boolean {
  return hasAll(of, labels) && expressions.every(({ key, operator, values }) => {
    const value = Object.hasOwn(of, key) ? of[key] : undefined;
    if (operator === 'In') return value !== undefined && values.includes(value);
    if (operator === 'NotIn') return value === undefined || !values.includes(value);
    if (operator === 'Exists') return value !== undefined;
    return operator === 'DoesNotExist' ? value === undefined : true;
  });
}

export function hasAll(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value);
}

/** A Service without a selector selects nothing. */
export function serviceSelects(selector: Labels, labels: Labels): boolean {
  return Object.keys(selector).length > 0 && hasAll(labels, selector);
}

/** A slip of the hand, a suffix or prefix more or less: `catalogue` and `catalog`, `checkout-v2` and `checkout`. */
export function isNear(left: string, right: string): boolean {
  if (left === right) return true;
  const [short, long] = left.length < right.length ? [left.toLowerCase(), right.toLowerCase()] : [right.toLowerCase(), left.toLowerCase()];
  if (short.length < 2) return false;
  if (short.length >= 3 && (long.startsWith(short) || long.endsWith(short))) return true;
  const most = short.length >= 6 ? 2 : 1;
  return long.length - short.length <= most && isWithin(short, long, most);
}

/** By Levenshtein's distance, over the first 100 characters. */
function isWithin(left: string, right: string, most: number): boolean {
  const [from, to] = [left.slice(0, 100), right.slice(0, 100)];
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)));
    if (Math.min(...next) > most) return false;
    row = next;
  }
  return (row.at(-1) ?? 0) <= most;
}
