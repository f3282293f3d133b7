/** POST: a new object. */
import { randomUUID } from 'node:crypto';
import type { StoredObject } from '../../objects/object.ts';
import { randomSuffix } from '../../objects/random-suffix.ts';
import type { ResourceDefinition } from '../../resources/resource.ts';
import type { Machinery } from '../machinery.ts';
import { StatusError, alreadyExists, invalid } from '../status.ts';
import type { Caller, WriteOptions } from '../verbs.ts';
import { admit, decoded, refuseInvalid, settleNamespace, storeKey, timestamp } from './common.ts';

const longestGeneratedBase = 58;

export function createObject(machinery: Machinery, definition: ResourceDefinition, namespace: string | undefined, body: unknown, caller: Caller, options: WriteOptions = {}): StoredObject {
  const object = decoded(machinery, body, definition, caller, options);
  settleNamespace(object, namespace, definition);
  if ((object.metadata.resourceVersion ?? '') !== '') {
    throw new StatusError({ code: 500, message: 'resourceVersion should not be set on objects to be created' });
  }
  return insert(machinery, definition, object, caller, options, (next) => {
    next.metadata.managedFields = machinery.recordUpdate({ definition, previous: undefined, next, manager: options.fieldManager ?? caller.manager, subresource: undefined });
  });
}

/** `object` is a private copy in its namespace. `record` writes its managed fields: what the caller sent and the defaults, nothing of the server's own. */
export function insert(machinery: Machinery, definition: ResourceDefinition, object: StoredObject, caller: Caller, options: WriteOptions, record: (object: StoredObject) => void): StoredObject {
  const { strategy } = definition;
  const { metadata } = object;
  nameIt(machinery, definition, object);
  strategy.setDefaults?.(object);
  record(object);
  const request = { operation: 'CREATE', definition, object, caller, options } as const;
  admit(machinery, request, 'first');
  strategy.setDefaults?.(object);
  Object.assign(metadata, { uid: randomUUID(), creationTimestamp: timestamp(machinery.now()) });
  for (const field of ['deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink', 'generation', 'resourceVersion'] as const) delete (metadata as Partial<typeof metadata>)[field];
  strategy.prepareForCreate?.(object);
  refuseInvalid(definition, metadata.name, strategy.validateCreate?.(object));
  admit(machinery, request, 'last');
  if (machinery.store.get(storeKey(definition), metadata.namespace, metadata.name) !== undefined) throw alreadyExists(definition, metadata.name);
  return options.dryRun === true ? object : machinery.store.put(storeKey(definition), object);
}

function nameIt(machinery: Machinery, definition: ResourceDefinition, object: StoredObject): void {
  const { metadata } = object;
  if ((metadata.name ?? '') !== '') return;
  const { generateName } = metadata;
  if (generateName === undefined || generateName === '') {
    throw invalid(definition, '', [{ reason: 'FieldValueRequired', field: 'metadata.name', detail: 'Required value: name or generateName is required' }]);
  }
  do metadata.name = generateName.slice(0, longestGeneratedBase) + randomSuffix();
  while (machinery.store.get(storeKey(definition), metadata.namespace, metadata.name) !== undefined);
}
