/** PATCH: four ways to say what should change. */
import { isDeepStrictEqual } from 'node:util';
import { apiVersionOf } from '../../resources/resource.ts';
import type { StoredObject } from '../../objects/object.ts';
import type { Machinery } from '../machinery.ts';
import { StatusError, badRequest } from '../status.ts';
import type { Caller, Patch, Place, WriteOptions } from '../verbs.ts';
import { decoded, settleNamespace, storeKey } from './common.ts';
import { insert } from './create.ts';
import { checkName, current, replace } from './update.ts';

export function patchObject(machinery: Machinery, place: Place, patch: Patch, caller: Caller, options: WriteOptions = {}): { object: StoredObject; created: boolean } {
  if (patch.type === 'apply') return applyObject(machinery, place, patch, caller, options);
  const previous = current(machinery, place);
  const next = machinery.applyPatch(previous, patch, place.definition, options.fieldValidation ?? 'Warn', caller.warn);
  checkName(next, place);
  settleNamespace(next, place.namespace, place.definition);
  return { object: replace(machinery, place, previous, next, caller, options), created: false };
}

function applyObject(machinery: Machinery, place: Place, patch: Patch & { type: 'apply' }, caller: Caller, options: WriteOptions): { object: StoredObject; created: boolean } {
  const { definition, namespace, name } = place;
  if (options.fieldManager === undefined || options.fieldManager === '') {
    throw new StatusError({
      code: 422, reason: 'Invalid', message: 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
      details: { group: 'meta.k8s.io', kind: 'PatchOptions', causes: [{ reason: 'FieldValueRequired', message: 'Required value: is required for apply patch', field: 'fieldManager' }] },
    });
  }
  const applied = decoded(machinery, patch.body, definition, caller, options);
  if (applied.kind !== definition.kind || applied.apiVersion !== apiVersionOf(definition)) throw badRequest(`incorrect type specified for the object: expected ${apiVersionOf(definition)}, Kind=${definition.kind}`);
  if ((applied.metadata.name ?? '') === '') applied.metadata.name = name;
  checkName(applied, place);
  settleNamespace(applied, namespace, definition);
  if (applied.metadata.managedFields !== undefined && applied.metadata.managedFields.length > 0) throw badRequest('metadata.managedFields must be nil');
  const previous = machinery.store.get(storeKey(definition), namespace, name);
  const next = structuredClone(machinery.serverSideApply({ definition, current: previous, applied, manager: options.fieldManager, force: patch.force, subresource: options.subresource }));
  const { managedFields } = next.metadata;
  const record = (object: StoredObject): void => {
    object.metadata.managedFields = stamped(managedFields, previous);
  };
  if (previous === undefined) {
    if ((next.metadata.uid ?? '') !== '') throw new StatusError({ code: 409, reason: 'Conflict', message: `uid mismatch: the provided object specified uid ${next.metadata.uid}, and no existing object was found` });
    return { object: insert(machinery, definition, next, caller, options, record), created: true };
  }
  return { object: replace(machinery, place, previous, next, caller, options, record), created: false };
}

/** An entry whose fields are as before keeps its time, so that applying the same twice changes nothing. */
function stamped(entries: StoredObject['metadata']['managedFields'], previous: StoredObject | undefined): NonNullable<StoredObject['metadata']['managedFields']> {
  const before = previous?.metadata.managedFields ?? [];
  return (entries ?? []).map((entry) => before.find((other) => isDeepStrictEqual({ ...other, time: undefined }, { ...entry, time: undefined })) ?? entry);
}
