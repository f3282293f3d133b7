/** Reading, patching and bookkeeping of objects, in the shape the verbs want. */
import { applyPatch } from '../../patch/apply-patch.ts';
import { decodeObject } from '../../schema/decode.ts';
import type { StoredObject } from '../../objects/object.ts';
import { apiVersionOf } from '../../resources/resource.ts';
import type { Machinery } from '../machinery.ts';

export const objectWriting: Pick<Machinery, 'decode' | 'applyPatch' | 'serverSideApply' | 'recordUpdate'> = {
  decode: (body, definition, validation, warn) => {
    const { object, warnings } = decodeObject(body, definition.shape, { apiVersion: apiVersionOf(definition), kind: definition.kind, validation });
    for (const warning of warnings) warn(warning);
    return structuredClone(object);
  },
  applyPatch: (current, patch, definition, validation, warn) => {
    const { object, warnings } = applyPatch(current, patch, definition.shape, { apiVersion: apiVersionOf(definition), kind: definition.kind, validation });
    for (const warning of warnings) warn(warning);
    return structuredClone(object);
  },
  serverSideApply: ({ current, applied }) => merged(current ?? { metadata: {} }, applied) as StoredObject,
  recordUpdate: ({ previous }) => previous?.metadata.managedFields ?? [],
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
