/** Reading, patching and bookkeeping of objects, in the shape the verbs want. */
import { applyPatch, recordUpdate, serverSideApply } from '../../patch/index.ts';
import { apiVersionOf } from '../../resources/resource.ts';
import type { ResourceDefinition } from '../../resources/resource.ts';
import { decodeObject } from '../../schema/decode.ts';
import type { Machinery } from '../machinery.ts';
import { timestamp } from './common.ts';

const about = (definition: ResourceDefinition): { apiVersion: string; kind: string } => ({ apiVersion: apiVersionOf(definition), kind: definition.kind });
const statusApart = ({ subresources }: ResourceDefinition): boolean => subresources.some(({ name }) => name === 'status');

export const objectWriting: Pick<Machinery, 'decode' | 'applyPatch' | 'serverSideApply' | 'recordUpdate'> = {
  decode: (body, definition, validation, warn) => {
    const { object, warnings } = decodeObject(structuredClone(body), definition.shape, { ...about(definition), validation });
    for (const warning of warnings) warn(warning);
    return object;
  },
  applyPatch: (current, patch, definition, validation, warn) => {
    const { object, warnings } = applyPatch(current, patch, definition.shape, { ...about(definition), validation });
    for (const warning of warnings) warn(warning);
    return structuredClone(object);
  },
  serverSideApply: ({ definition, ...request }) =>
    serverSideApply({ ...request, ...about(definition), shape: definition.shape, time: timestamp(Date.now()), statusApart: statusApart(definition) }),
  recordUpdate: ({ definition, ...write }) =>
    recordUpdate({ ...write, apiVersion: apiVersionOf(definition), shape: definition.shape, time: timestamp(Date.now()), statusApart: statusApart(definition) }),
};
