/** Who owns which fields: an entry per manager, operation, version and door. */
import type { StoredObject } from '../objects/object.ts';
import type { ManagedFieldsEntry } from '../objects/types.ts';
import type { Shape } from '../resources/resource.ts';
import { objectType } from '../schema/types.ts';
import { difference, emptySet, formatFields, insert, isEmptySet, parseFields, union, without } from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import { compare } from './parts.ts';
import { relationOf } from './relations.ts';

export interface Owner {
  entry: Omit<ManagedFieldsEntry, 'fieldsV1'>;
  fields: FieldSet;
}

export interface UpdateWrite {
  /** Undefined for a create. */
  previous: StoredObject | undefined;
  /** With its defaults, as yet untouched by admission and by what the server itself sets. */
  next: StoredObject;
  manager: string;
  apiVersion: string;
  subresource: string | undefined;
  /** RFC 3339 in whole seconds. */
  time: string;
  shape: Shape;
  /** Whether status has its own door; by default built-in kinds that have a status. */
  statusApart?: boolean;
}

/** The managedFields of `next` after an ordinary write. */
export function recordUpdate({ previous, next, manager, apiVersion, subresource, time, shape, statusApart }: UpdateWrite): ManagedFieldsEntry[] {
  const owners = readOwners(previous?.metadata.managedFields);
  const changes = compare(previous ?? {}, next, relationOf(shape));
  const ignored = ignoredFields(subresource, statusApart ?? hasStatus(shape));
  const taken = without(union(changes.added, changes.modified), ignored);
  const removed = without(changes.removed, ignored);
  if (isEmptySet(taken) && isEmptySet(removed)) return previous?.metadata.managedFields ?? [];
  // What goes through scale carries no time.
  const entry: Owner['entry'] = { manager, operation: 'Update', apiVersion, ...(subresource === 'scale' ? {} : { time }), fieldsType: 'FieldsV1', ...(subresource === undefined ? {} : { subresource }) };
  const others = owners.map((owner) => ({ ...owner, fields: difference(difference(owner.fields, removed), taken) }));
  const own = others.find((owner) => sameManager(owner.entry, entry));
  const rest = others.filter((owner) => owner !== own);
  const mine = own === undefined ? taken : union(own.fields, taken);
  return writeOwners([...rest, { entry: isEmptySet(taken) && own !== undefined ? own.entry : entry, fields: mine }]);
}

export function readOwners(entries: readonly ManagedFieldsEntry[] | undefined): Owner[] {
  return (entries ?? []).map(({ fieldsV1, ...entry }) => ({ entry, fields: parseFields(fieldsV1) }));
}

/** In Kubernetes' order, without those that own nothing. */
export function writeOwners(owners: readonly Owner[]): ManagedFieldsEntry[] {
  return owners.filter((owner) => !isEmptySet(owner.fields)).map(({ entry, fields }) => ({
    manager: entry.manager ?? '', operation: entry.operation ?? '', apiVersion: entry.apiVersion ?? '', ...(entry.time === undefined ? {} : { time: entry.time }),
    fieldsType: 'FieldsV1', fieldsV1: formatFields(fields), ...(entry.subresource === undefined ? {} : { subresource: entry.subresource }),
  })).toSorted(byOperationAndTime);
}

export function sameManager(first: Owner['entry'], second: Owner['entry']): boolean {
  return first.manager === second.manager && first.operation === second.operation && (first.subresource ?? '') === (second.subresource ?? '')
    && (first.apiVersion === second.apiVersion || first.operation === 'Apply');
}

/** What nobody owns, or this door doesn't write. */
export function ignoredFields(subresource: string | undefined, statusApart: boolean): FieldSet {
  const set = emptySet();
  for (const name of ['apiVersion', 'kind']) insert(set, [`f:${name}`]);
  for (const name of ['name', 'namespace', 'creationTimestamp', 'selfLink', 'uid', 'generation', 'managedFields', 'resourceVersion', 'deletionTimestamp', 'deletionGracePeriodSeconds']) insert(set, ['f:metadata', `f:${name}`]);
  if (statusApart && subresource !== 'status') insert(set, ['f:status']);
  if (subresource === 'status') insert(set, ['f:spec']);
  return set;
}

export function hasStatus(shape: Shape): boolean {
  return 'type' in shape && objectType(shape.type)?.fields.has('status') === true;
}

function byOperationAndTime(first: ManagedFieldsEntry, second: ManagedFieldsEntry): number {
  const key = (entry: ManagedFieldsEntry): string => [entry.operation ?? '', entry.time ?? '', entry.manager ?? '', entry.apiVersion ?? '', entry.subresource ?? ''].join('\0');
  return key(first) < key(second) ? -1 : 1;
}
