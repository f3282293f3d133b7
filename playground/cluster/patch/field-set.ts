/** Sets of field paths, as managedFields keep them. */
import { isFields } from './values.ts';
import type { Fields } from './values.ts';

/** Path elements are `f:name`, `k:{"name":"x"}` or `v:"x"`. A member is in the set itself, children lead further down. */
export interface FieldSet {
  members: Set<string>;
  children: Map<string, FieldSet>;
}

export const emptySet = (): FieldSet => ({ members: new Set(), children: new Map() });

export function isEmptySet(set: FieldSet): boolean {
  return set.members.size === 0 && [...set.children.values()].every(isEmptySet);
}

export function parseFields(fields: unknown): FieldSet {
  const set = emptySet();
  for (const [element, below] of Object.entries(isFields(fields) ? fields : {})) {
    if (element === '.' || !isFields(below)) continue;
    const names = Object.keys(below);
    if (names.length === 0 || '.' in below) set.members.add(element);
    if (names.some((name) => name !== '.')) set.children.set(element, parseFields(below));
  }
  return set;
}

export function formatFields(set: FieldSet): Fields {
  const result: Fields = {};
  for (const element of elementsOf(set)) {
    const below = set.children.get(element);
    const inner = below === undefined || isEmptySet(below) ? undefined : formatFields(below);
    if (inner === undefined) {
      if (set.members.has(element)) result[element] = {};
    } else result[element] = set.members.has(element) ? { '.': {}, ...inner } : inner;
  }
  return result;
}

export function union(first: FieldSet, second: FieldSet): FieldSet {
  return combine(first, second, (own, other) => own || other);
}

/** Without the very paths of `second`; what lies below them stays. */
export function difference(first: FieldSet, second: FieldSet): FieldSet {
  return combine(first, second, (own, other) => own && !other);
}

export function intersection(first: FieldSet, second: FieldSet): FieldSet {
  return combine(first, second, (own, other) => own && other);
}

/** Without the paths of `second` and everything below them. */
export function without(first: FieldSet, second: FieldSet): FieldSet {
  const result = emptySet();
  for (const element of elementsOf(first)) {
    if (second.members.has(element)) continue;
    if (first.members.has(element)) result.members.add(element);
    const [own, other] = [first.children.get(element), second.children.get(element)];
    if (own !== undefined) keepChild(result, element, other === undefined ? own : without(own, other));
  }
  return result;
}

export function sameSet(first: FieldSet, second: FieldSet): boolean {
  return isEmptySet(difference(first, second)) && isEmptySet(difference(second, first));
}

/** Members in order, each as its path elements. */
export function pathsOf(set: FieldSet, prefix: readonly string[] = []): string[][] {
  const elements = elementsOf(set);
  return [
    ...elements.filter((element) => set.members.has(element)).map((element) => [...prefix, element]),
    ...elements.flatMap((element) => {
      const below = set.children.get(element);
      return below === undefined ? [] : pathsOf(below, [...prefix, element]);
    }),
  ];
}

/** `.spec.containers[name="x"].image`. */
export function pathText(path: readonly string[]): string {
  return path.map((element) => {
    const rest = element.slice(2);
    if (element.startsWith('f:')) return `.${rest}`;
    if (element.startsWith('v:')) return `[=${rest}]`;
    return `[${Object.entries(JSON.parse(rest) as Fields).map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
  }).join('');
}

export function insert(set: FieldSet, path: readonly string[]): void {
  let at = set;
  for (const element of path.slice(0, -1)) {
    const below = at.children.get(element) ?? emptySet();
    at.children.set(element, below);
    at = below;
  }
  const last = path.at(-1);
  if (last !== undefined) at.members.add(last);
}

export function keepChild(set: FieldSet, element: string, child: FieldSet): void {
  if (child.members.size > 0 || child.children.size > 0) set.children.set(element, child);
}

function combine(first: FieldSet, second: FieldSet, keep: (own: boolean, other: boolean) => boolean): FieldSet {
  const result = emptySet();
  for (const element of new Set([...first.members, ...second.members])) if (keep(first.members.has(element), second.members.has(element))) result.members.add(element);
  for (const element of new Set([...first.children.keys(), ...second.children.keys()])) {
    keepChild(result, element, combine(first.children.get(element) ?? emptySet(), second.children.get(element) ?? emptySet(), keep));
  }
  return result;
}

/** Fields, then items by key, then items by value. */
function elementsOf(set: FieldSet): string[] {
  return [...new Set([...set.members, ...set.children.keys()])].toSorted((first, second) => rank(first) - rank(second) || (first < second ? -1 : 1));
}

function rank(element: string): number {
  return ['f:', 'k:', 'v:'].indexOf(element.slice(0, 2));
}
