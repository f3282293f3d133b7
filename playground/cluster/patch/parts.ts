/** Values walked along their relations: what fields they have, what two of them differ in, what is left without some. */
import { keyDefaults } from '../schema/topology.ts';
import { emptySet, keepChild } from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import type { Relation } from './relations.ts';
import { isFields, sameValue } from './values.ts';
import type { Fields } from './values.ts';

export interface Part {
  element: string;
  value: unknown;
  relation: Relation;
  /** A field that the type declares, and not a key or an item. */
  declared: boolean;
}

/** Undefined for what is only ever written whole. */
export function partsOf(value: unknown, relation: Relation): Part[] | undefined {
  switch (relation.is) {
    case 'whole': return undefined;
    case 'untyped':
    case 'map': {
      if (!isFields(value)) return undefined;
      const of: Relation = relation.is === 'map' ? relation.of : relation;
      return present(value).map(([name, item]) => ({ element: `f:${name}`, value: item, relation: of, declared: false }));
    }
    case 'struct': {
      if (!isFields(value)) return undefined;
      return present(value).map(([name, item]) => {
        const field = relation.field(name);
        return { element: `f:${name}`, value: item, relation: field?.relation ?? { is: 'untyped' }, declared: field !== undefined };
      });
    }
    case 'list by key':
      if (!Array.isArray(value) || !value.every(isFields)) return undefined;
      return value.map((item) => ({ element: keyElement(item, relation.keys), value: item, relation: relation.of, declared: false }));
    case 'set':
      return Array.isArray(value) ? value.map((item) => ({ element: `v:${JSON.stringify(item)}`, value: item, relation: { is: 'whole' }, declared: false })) : undefined;
  }
}

/** The paths of a configuration that somebody applies. */
export function fieldsOf(value: unknown, relation: Relation): FieldSet {
  const set = emptySet();
  for (const part of partsOf(value, relation) ?? []) {
    const below = fieldsOf(part.value, part.relation);
    const inner = partsOf(part.value, part.relation);
    const isItem = part.element.startsWith('k:') || part.element.startsWith('v:');
    const empty = isFields(part.value) && Object.keys(part.value).length === 0;
    if (inner === undefined || empty || !part.declared || isItem) set.members.add(part.element);
    keepChild(set, part.element, below);
  }
  return set;
}

export interface Comparison {
  added: FieldSet;
  modified: FieldSet;
  removed: FieldSet;
}

export function compare(before: unknown, after: unknown, relation: Relation): Comparison {
  const result: Comparison = { added: emptySet(), modified: emptySet(), removed: emptySet() };
  const [left, right] = [byElement(before, relation), byElement(after, relation)];
  for (const element of new Set([...left.keys(), ...right.keys()])) {
    const [was, is] = [left.get(element), right.get(element)];
    if (was === undefined && is !== undefined) {
      result.added.members.add(element);
      keepChild(result.added, element, everything(is.value, is.relation));
    } else if (is === undefined && was !== undefined) {
      result.removed.members.add(element);
      keepChild(result.removed, element, everything(was.value, was.relation));
    } else if (was !== undefined && is !== undefined) compareParts(result, element, was, is);
  }
  return result;
}

function compareParts(result: Comparison, element: string, was: Part, is: Part): void {
  if (was.value === is.value) return;
  const divisible = partsOf(was.value, was.relation) !== undefined && partsOf(is.value, is.relation) !== undefined;
  if (!divisible) {
    if (!sameValue(was.value, is.value)) result.modified.members.add(element);
    return;
  }
  const below = compare(was.value, is.value, is.relation);
  for (const kind of ['added', 'modified', 'removed'] as const) keepChild(result[kind], element, below[kind]);
}

/** Every path in a value, with what leads to it. */
function everything(value: unknown, relation: Relation): FieldSet {
  const set = emptySet();
  for (const part of partsOf(value, relation) ?? []) {
    set.members.add(part.element);
    keepChild(set, part.element, everything(part.value, part.relation));
  }
  return set;
}

/** Fields that are always there count as empty when they are absent. */
function byElement(value: unknown, relation: Relation): Map<string, Part> {
  const parts = new Map((partsOf(value, relation) ?? []).map((part) => [part.element, part]));
  if (relation.is !== 'struct') return parts;
  for (const name of relation.alwaysFields()) {
    const field = relation.field(name);
    if (field === undefined || parts.has(`f:${name}`)) continue;
    const empty = field.relation.is === 'list by key' || field.relation.is === 'set' ? [] : field.relation.is === 'whole' ? null : {};
    parts.set(`f:${name}`, { element: `f:${name}`, value: empty, relation: field.relation, declared: true });
  }
  return parts;
}

/** The value without the parts that are members of `set`; undefined when nothing is left. */
export function withoutParts(value: unknown, relation: Relation, set: FieldSet): unknown {
  const parts = partsOf(value, relation);
  if (parts === undefined) return value;
  const left = parts.flatMap((part): { name: string; value: unknown }[] => {
    if (set.members.has(part.element)) return [];
    const below = set.children.get(part.element);
    const kept = below === undefined ? part.value : withoutParts(part.value, part.relation, below);
    return kept === undefined ? [] : [{ name: part.element.slice(2), value: kept }];
  });
  if (left.length === 0 && parts.length > 0) return undefined;
  return Array.isArray(value) ? left.map((item) => item.value) : Object.fromEntries(left.map((item) => [item.name, item.value]));
}

/** Declared fields that lead to members become members themselves. */
export function withNamedFields(set: FieldSet, relation: Relation): FieldSet {
  const result: FieldSet = { members: new Set(set.members), children: new Map() };
  for (const [element, below] of set.children) {
    const name = element.slice(2);
    const field = relation.is === 'struct' && element.startsWith('f:') ? relation.field(name) : undefined;
    if (field !== undefined) result.members.add(element);
    const inner: Relation = field?.relation ?? (relation.is === 'map' || relation.is === 'list by key' ? relation.of : { is: 'untyped' });
    result.children.set(element, withNamedFields(below, inner));
  }
  return result;
}

function present(fields: Fields): [string, unknown][] {
  return Object.entries(fields).filter(([, value]) => value !== undefined);
}

function keyElement(item: Fields, keys: readonly string[]): string {
  const sorted = [...keys].toSorted();
  return `k:${JSON.stringify(Object.fromEntries(sorted.flatMap((key) => {
    const value = item[key] ?? keyDefaults[key];
    return value === undefined ? [] : [[key, value]];
  })))}`;
}
