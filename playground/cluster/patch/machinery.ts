/** Decoding and patching as the verbs want them. */
import type { Machinery } from '../api/machinery.ts';
import { apiVersionOf } from '../resources/resource.ts';
import type { ResourceDefinition } from '../resources/resource.ts';
import { decodeObject } from '../schema/decode.ts';
import { applyPatch } from './apply-patch.ts';
import { recordUpdate } from './managed-fields.ts';
import { serverSideApply } from './server-side-apply.ts';

export function schemaMachinery(now: () => number): Pick<Machinery, 'decode' | 'applyPatch' | 'serverSideApply' | 'recordUpdate'> {
  const time = (): string => `${new Date(now()).toISOString().slice(0, 19)}Z`;
  return {
    decode(body, definition, validation, warn) {
      const { object, warnings } = decodeObject(body, definition.shape, { ...about(definition), validation });
      for (const text of warnings) warn(text);
      return structuredClone(object);
    },
    applyPatch(current, patch, definition, validation, warn) {
      const { object, warnings } = applyPatch(current, patch, definition.shape, { ...about(definition), validation });
      for (const text of warnings) warn(text);
      return structuredClone(object);
    },
    serverSideApply: ({ definition, current, applied, manager, force, subresource }) =>
      serverSideApply({ current, applied, manager, force, subresource, shape: definition.shape, ...about(definition), time: time(), statusApart: statusApart(definition) }),
    recordUpdate: ({ definition, previous, next, manager, subresource }) =>
      recordUpdate({ previous, next, manager, subresource, shape: definition.shape, apiVersion: apiVersionOf(definition), time: time(), statusApart: statusApart(definition) }),
  };
}

function about(definition: ResourceDefinition): { apiVersion: string; kind: string } {
  return { apiVersion: apiVersionOf(definition), kind: definition.kind };
}

function statusApart({ subresources }: ResourceDefinition): boolean {
  return subresources.some((subresource) => subresource.name === 'status');
}
