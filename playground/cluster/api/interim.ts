/** Simplest stand-ins for the parts that read, patch and describe objects. */
import type { StoredObject } from '../objects/object.ts';
import { apiVersionOf } from '../resources/resource.ts';
import type { TableDefinition } from '../resources/resource.ts';
import type { Machinery } from './machinery.ts';
import { badRequest } from './status.ts';

export const plainMachinery: Pick<Machinery, 'decode' | 'applyPatch' | 'serverSideApply' | 'recordUpdate'> = {
  decode: (body, definition) => {
    if (typeof body !== 'object' || body === null) throw badRequest('the body is not an object');
    const object = structuredClone(body) as StoredObject;
    return { ...object, apiVersion: apiVersionOf(definition), kind: definition.kind, metadata: { ...object.metadata } };
  },
  applyPatch: (_type, current, patch) => merged(current, patch),
  serverSideApply: ({ current, applied }) => merged(current ?? { metadata: {} }, applied) as StoredObject,
  recordUpdate: ({ previous }) => previous?.metadata.managedFields ?? [],
};

export const nameAndAge: TableDefinition = {
  columns: [
    { name: 'Name', type: 'string', format: 'name', description: 'Name of the object.', priority: 0 },
    { name: 'Created At', type: 'date', format: '', description: 'When it was created.', priority: 0 },
  ],
  row: (object) => [object.metadata.name, object.metadata.creationTimestamp],
};

function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return structuredClone(patch);
  const result: Record<string, unknown> = typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return structuredClone(result);
}
