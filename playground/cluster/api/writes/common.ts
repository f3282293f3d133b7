/** What create, update and delete have in common. */
import type { StoredObject } from '../../objects/object.ts';
import type { FieldError, ResourceDefinition } from '../../resources/resource.ts';
import { keyOf } from '../../resources/resource.ts';
import type { Machinery } from '../machinery.ts';
import { badRequest, invalid } from '../status.ts';
import type { Caller, WriteOptions } from '../verbs.ts';

/** RFC 3339 in whole seconds. */
export const timestamp = (milliseconds: number): string => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;

export const decoded = (machinery: Machinery, body: unknown, definition: ResourceDefinition, caller: Caller, options: WriteOptions): StoredObject =>
  machinery.decode(body, definition, options.fieldValidation ?? 'Warn', caller.warn);

export function settleNamespace(object: StoredObject, namespace: string | undefined, definition: ResourceDefinition): void {
  const { metadata } = object;
  if (!definition.namespaced) {
    delete metadata.namespace;
    return;
  }
  if (metadata.namespace === undefined || metadata.namespace === '') Object.assign(metadata, { namespace });
  else if (metadata.namespace !== namespace) throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
}

export function admit(machinery: Machinery, request: {
  operation: 'CREATE' | 'UPDATE' | 'DELETE'; definition: ResourceDefinition; object?: StoredObject; previous?: StoredObject; caller: Caller; options: WriteOptions;
}, when: 'first' | 'last'): void {
  const { definition, object, previous, caller, options } = request;
  const { namespace, name } = (object ?? previous)?.metadata ?? { namespace: undefined, name: '' };
  for (const plugin of machinery.admission) {
    if ((plugin.last === true) !== (when === 'last')) continue;
    plugin({
      operation: request.operation, definition, name, user: caller.user, dryRun: options.dryRun === true, warn: caller.warn,
      ...(options.subresource === undefined ? {} : { subresource: options.subresource }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(object === undefined ? {} : { object }), ...(previous === undefined ? {} : { previous }),
    });
  }
}

export function refuseInvalid(definition: ResourceDefinition, name: string, errors: FieldError[] | undefined): void {
  if (errors !== undefined && errors.length > 0) throw invalid(definition, name, errors);
}

export const storeKey = (definition: ResourceDefinition): string => keyOf(definition);

/** Same but for bookkeeping: then a write changes nothing, not even the version. */
export function sameContent(a: StoredObject, b: StoredObject): boolean {
  const bare = (object: StoredObject): unknown => ({ ...object, metadata: { ...object.metadata, managedFields: undefined, resourceVersion: undefined } });
  return travelsAlike(bare(a), bare(b));
}

/** Whether both would be the same JSON, in whatever order their fields are. Every write asks, mostly for nothing: it copies nothing. */
function travelsAlike(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, index) => travelsAlike(one, b[index]));
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const fields = Object.keys(left).filter((key) => left[key] !== undefined);
  return fields.length === Object.keys(right).filter((key) => right[key] !== undefined).length && fields.every((key) => Object.hasOwn(right, key) && travelsAlike(left[key], right[key]));
}
