/** PATCH: four ways to say what should change. */
import { apiVersionOf } from '../../resources/resource.ts';
import type { StoredObject } from '../../objects/object.ts';
import type { Machinery } from '../machinery.ts';
import { StatusError, badRequest } from '../status.ts';
import type { Caller, Patch, Place, WriteOptions } from '../verbs.ts';
import { settleNamespace, storeKey } from './common.ts';
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
  const applied = named(patch.body, place);
  const previous = machinery.store.get(storeKey(definition), namespace, name);
  const next = structuredClone(machinery.serverSideApply({ definition, current: previous, applied, manager: options.fieldManager, force: patch.force, subresource: options.subresource }));
  next.metadata.name = name;
  settleNamespace(next, namespace, definition);
  const { managedFields } = next.metadata;
  const record = (object: StoredObject): void => {
    object.metadata.managedFields = managedFields ?? [];
  };
  if (previous === undefined) {
    if ((next.metadata.uid ?? '') !== '') throw new StatusError({ code: 409, reason: 'Conflict', message: `uid mismatch: the provided object specified uid ${next.metadata.uid}, and no existing object was found` });
    return { object: insert(machinery, definition, next, caller, options, record), created: true };
  }
  return { object: replace(machinery, place, previous, next, caller, options, record), created: false };
}

/** The body, with the name and kind that the path says, and nothing in it that belongs elsewhere. */
function named(body: unknown, { definition, namespace, name }: Place): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw badRequest('error decoding YAML: the patch is not an object');
  const { apiVersion, kind, metadata = {} } = body as { apiVersion?: unknown; kind?: unknown; metadata?: Record<string, unknown> | null };
  if (kind !== definition.kind || apiVersion !== apiVersionOf(definition)) throw badRequest(`invalid object type: ${String(apiVersion ?? '')}, Kind=${String(kind ?? '')}`);
  if (Array.isArray(metadata?.['managedFields']) && metadata['managedFields'].length > 0) throw badRequest('metadata.managedFields must be nil');
  const given = metadata?.['name'] ?? name;
  if (given !== name) throw badRequest(`the name of the object (${String(given)}) does not match the name on the URL (${name})`);
  const home = metadata?.['namespace'] ?? namespace;
  if (definition.namespaced && home !== namespace) throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  return { ...body, metadata: { ...metadata, name, ...(definition.namespaced ? { namespace } : {}) } };
}
