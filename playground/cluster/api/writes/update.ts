/** PUT, and what every patch ends in. */
import type { StoredObject } from '../../objects/object.ts';
import type { FieldError } from '../../resources/resource.ts';
import type { Machinery } from '../machinery.ts';
import { badRequest, conflict, notFound } from '../status.ts';
import type { Caller, Place, WriteOptions } from '../verbs.ts';
import { admit, decoded, refuseInvalid, sameContent, settleNamespace, storeKey } from './common.ts';

const modified = 'the object has been modified; please apply your changes to the latest version and try again';

export function current(machinery: Machinery, { definition, namespace, name }: Place): StoredObject {
  const object = machinery.store.get(storeKey(definition), namespace, name);
  if (object === undefined) throw notFound(definition, name);
  return object;
}

export function updateObject(machinery: Machinery, place: Place, body: unknown, caller: Caller, options: WriteOptions = {}): StoredObject {
  const object = decoded(machinery, body, place.definition, caller, options);
  checkName(object, place);
  settleNamespace(object, place.namespace, place.definition);
  const previous = current(machinery, place);
  return replace(machinery, place, previous, object, caller, options);
}

export function checkName(object: StoredObject, { name, definition }: Place): void {
  const given = object.metadata.name ?? '';
  if (given === '') throw badRequest(`name must be provided`);
  if (given !== name) throw badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`);
  void definition;
}

/** `next` is a private copy. `record` writes its managed fields; by default those of an update by the caller. */
export function replace(machinery: Machinery, { definition }: Place, previous: StoredObject, next: StoredObject, caller: Caller, options: WriteOptions, record?: (object: StoredObject) => void): StoredObject {
  const { strategy } = definition;
  checkVersion(next, previous, definition);
  keepMetadata(next, previous);
  strategy.setDefaults?.(next);
  if (record === undefined) {
    next.metadata.managedFields = machinery.recordUpdate({ definition, previous, next, manager: options.fieldManager ?? caller.manager, subresource: options.subresource });
  } else record(next);
  if (options.subresource === 'status') {
    if (strategy.prepareForStatusUpdate === undefined) keepAllButStatus(next, previous);
    else strategy.prepareForStatusUpdate(next, previous);
  } else if (options.subresource !== 'finalize') strategy.prepareForUpdate?.(next, previous);
  const request = { operation: 'UPDATE', definition, object: next, previous, caller, options } as const;
  admit(machinery, request, 'first');
  refuseInvalid(definition, next.metadata.name, [
    ...metadataErrors(next, previous),
    ...(options.subresource === 'status' ? [] : (strategy.validateUpdate?.(next, previous) ?? [])),
  ]);
  admit(machinery, request, 'last');
  if (isFinished(next)) return finish(machinery, definition, next, options);
  if (sameContent(next, previous) && sameOwners(next, previous)) return previous;
  return options.dryRun === true ? next : machinery.store.put(storeKey(definition), next);
}

function checkVersion(next: StoredObject, previous: StoredObject, definition: Place['definition']): void {
  const { uid, resourceVersion } = next.metadata as { uid?: string; resourceVersion?: string };
  if (uid !== undefined && uid !== '' && uid !== previous.metadata.uid) {
    throw conflict(definition, previous.metadata.name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${previous.metadata.uid}`);
  }
  if (resourceVersion === undefined || resourceVersion === '') {
    const required: FieldError = { reason: 'FieldValueInvalid', field: 'metadata.resourceVersion', detail: 'Invalid value: 0: must be specified for an update' };
    if ('openapi' in definition.shape) refuseInvalid(definition, previous.metadata.name, [required]);
    return;
  }
  if (resourceVersion !== previous.metadata.resourceVersion) throw conflict(definition, previous.metadata.name, modified);
}

/** What only the server sets. */
function keepMetadata(next: StoredObject, previous: StoredObject): void {
  const { metadata } = next;
  const before = previous.metadata;
  for (const field of ['generation', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'generateName'] as const) {
    if (before[field] === undefined) delete metadata[field];
    else Object.assign(metadata, { [field]: before[field] });
  }
  Object.assign(metadata, { uid: before.uid, creationTimestamp: before.creationTimestamp, resourceVersion: before.resourceVersion });
}

function keepAllButStatus(next: StoredObject, previous: StoredObject): void {
  const { status } = next;
  for (const field of Object.keys(next)) if (field !== 'metadata' && field !== 'status') delete next[field];
  Object.assign(next, structuredClone({ ...previous, metadata: next.metadata }), status === undefined ? {} : { status });
}

function metadataErrors(next: StoredObject, previous: StoredObject): FieldError[] {
  if (previous.metadata.deletionTimestamp === undefined) return [];
  const before = previous.metadata.finalizers ?? [];
  const added = (next.metadata.finalizers ?? []).filter((finalizer) => !before.includes(finalizer));
  if (added.length === 0) return [];
  const found = `[]string{${added.map((finalizer) => JSON.stringify(finalizer)).join(', ')}}`;
  return [{ reason: 'FieldValueForbidden', field: 'metadata.finalizers', detail: `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers ${found}` }];
}

/** Managed fields alone can be a change: somebody came to own a field, or gave one up. */
function sameOwners(next: StoredObject, previous: StoredObject): boolean {
  const bare = (object: StoredObject): string => JSON.stringify((object.metadata.managedFields ?? []).map((entry) => ({ ...entry, time: undefined })));
  return bare(next) === bare(previous);
}

/** Marked for deletion, nothing left to wait for: the last finalizer went, or a pod's grace is over. */
export function isFinished(object: StoredObject): boolean {
  const { metadata, spec } = object as StoredObject & { spec?: { finalizers?: unknown[] } };
  if (metadata.deletionTimestamp === undefined || (metadata.deletionGracePeriodSeconds ?? 0) > 0) return false;
  if ((metadata.finalizers ?? []).length > 0) return false;
  return object.kind !== 'Namespace' || (spec?.finalizers ?? []).length === 0;
}

function finish(machinery: Machinery, definition: Place['definition'], object: StoredObject, options: WriteOptions): StoredObject {
  if (options.dryRun !== true) machinery.store.remove(storeKey(definition), object.metadata.namespace, object.metadata.name);
  return object;
}
