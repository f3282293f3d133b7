/** Server-side apply: everybody declares what he wants, the server knows who declared what. */
import { StatusError, badRequest } from '../api/status.ts';
import type { StoredObject } from '../objects/object.ts';
import type { Shape } from '../resources/resource.ts';
import { cleanAs, named } from '../schema/decode.ts';
import { applyConflict } from './conflicts.ts';
import { difference, intersection, isEmptySet, sameSet, union, without } from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import { hasStatus, ignoredFields, readOwners, sameManager, writeOwners } from './managed-fields.ts';
import type { Owner } from './managed-fields.ts';
import { mergeParts } from './merge-parts.ts';
import { compare, fieldsOf, withNamedFields, withoutParts } from './parts.ts';
import { relationOf } from './relations.ts';
import type { Relation } from './relations.ts';
import { untypedProblem } from './untyped-problem.ts';
import { isFields } from './values.ts';
import type { Fields } from './values.ts';

export interface ApplyWrite {
  /** Undefined when the apply makes the object. */
  current: StoredObject | undefined;
  /** The body as it was sent: only what it says is owned. */
  applied: unknown;
  manager: string;
  force: boolean;
  shape: Shape;
  apiVersion: string;
  kind: string;
  subresource: string | undefined;
  /** RFC 3339 in whole seconds. */
  time: string;
  statusApart?: boolean;
}

/** The merged object, decoded, before its defaults, with its managedFields. Throws StatusError 400, 409 (conflicts) and 500 (not of the type). */
export function serverSideApply(write: ApplyWrite): StoredObject {
  const { current, manager, force, shape, apiVersion, kind, subresource, time } = write;
  const relation = relationOf(shape);
  const applied = readApplied(write, relation);
  const ignored = ignoredFields(subresource, write.statusApart ?? hasStatus(shape));
  const fields = without(fieldsOf(applied, relation), ignored);
  const owners = readOwners(current?.metadata.managedFields);
  const entry: Owner['entry'] = { manager, operation: 'Apply', apiVersion, time, fieldsType: 'FieldsV1', ...(subresource === undefined ? {} : { subresource }) };
  const last = owners.find((owner) => sameManager(owner.entry, entry));
  const others = owners.filter((owner) => owner !== last);
  const merged = mergeParts(current, withoutParts(applied, relation, ignored) ?? {}, relation);
  const all = others.reduce((sum, owner) => union(sum, owner.fields), fields);
  const next = (last === undefined ? merged : pruned(merged, last.fields, all, relation)) as Fields;
  const changes = compare(current ?? {}, next, relation);
  const touched = without(union(changes.modified, changes.added), ignored);
  const removed = without(changes.removed, ignored);
  const conflicts = others.map((owner) => ({ owner: owner.entry, fields: intersection(owner.fields, touched) })).filter((conflict) => !isEmptySet(conflict.fields));
  if (conflicts.length > 0 && !force) throw applyConflict(conflicts);
  const remaining = others.map((owner) => ({ ...owner, fields: difference(difference(owner.fields, touched), removed) }));
  const unchanged = last !== undefined && sameSet(last.fields, fields) && isEmptySet(touched) && isEmptySet(removed);
  const object = named(cleanAs(structuredClone(next), shape).object, { apiVersion, kind });
  object.metadata.managedFields = writeOwners([...remaining, { entry: unchanged ? last.entry : entry, fields }]);
  return object;
}

/** What the manager no longer applies goes, unless somebody else has it. */
function pruned(merged: unknown, last: FieldSet, owned: FieldSet, relation: Relation): unknown {
  const before = withNamedFields(last, relation);
  const everything = withNamedFields(fieldsOf(merged, relation), relation);
  const bare = withoutParts(merged, relation, before) ?? {};
  const kept = union(withNamedFields(fieldsOf(bare, relation), relation), withNamedFields(owned, relation));
  const restored = withoutParts(merged, relation, difference(everything, kept)) ?? {};
  const left = withNamedFields(fieldsOf(restored, relation), relation);
  return withoutParts(merged, relation, intersection(difference(everything, left), before)) ?? {};
}

/** Canonical values of exactly the fields that were sent. */
function readApplied({ applied, shape, apiVersion, kind }: ApplyWrite, relation: Relation): Fields {
  if (!isFields(applied)) throw badRequest('error decoding YAML: the body is not an object');
  if (isFields(applied['metadata']) && Array.isArray(applied['metadata']['managedFields']) && applied['metadata']['managedFields'].length > 0) throw badRequest('metadata.managedFields must be nil');
  const { object, unknown, problem } = cleanAs(structuredClone(applied), shape);
  const why = untypedProblem(applied, unknown, problem, relation);
  if (why !== undefined) {
    const metadata = isFields(applied['metadata']) ? applied['metadata'] : {};
    const place = [metadata['namespace'], metadata['name']].filter((part) => typeof part === 'string' && part !== '').join('/');
    throw new StatusError({ code: 500, message: `failed to create typed patch object (${place}; ${apiVersion}, Kind=${kind}): ${why}` });
  }
  return restricted(object, applied) as Fields;
}

function restricted(value: unknown, sent: unknown): unknown {
  if (Array.isArray(value) && Array.isArray(sent)) return value.map((item, index) => restricted(item, sent[index]));
  if (!isFields(value) || !isFields(sent)) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => sent[name] !== undefined && sent[name] !== null).map(([name, inner]) => [name, restricted(inner, sent[name])]));
}
