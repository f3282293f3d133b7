/** What writing an object needs beside the store. Each part is somebody else's; here they meet. */
import type { AdmissionPlugin } from '../admission/admission.ts';
import type { StoredObject } from '../objects/object.ts';
import type { ManagedFieldsEntry } from '../objects/types.ts';
import type { ResourceDefinition, ResourceRegistry } from '../resources/resource.ts';
import type { Store } from '../store/store.ts';
import type { Patch, WriteOptions } from './verbs.ts';

export interface FieldWrite {
  definition: ResourceDefinition;
  previous: StoredObject | undefined;
  next: StoredObject;
  manager: string;
  subresource: string | undefined;
}

export interface ApplyRequest {
  definition: ResourceDefinition;
  current: StoredObject | undefined;
  /** The body as it was sent: who applies owns exactly what it says. */
  applied: unknown;
  manager: string;
  force: boolean;
  subresource: string | undefined;
}

export interface Machinery {
  store: Store;
  registry: ResourceRegistry;
  admission: readonly AdmissionPlugin[];
  /** A private, typed copy of what a client sent; throws 400 for what can't be read, warns or throws for unknown fields. */
  decode(body: unknown, definition: ResourceDefinition, validation: NonNullable<WriteOptions['fieldValidation']>, warn: (text: string) => void): StoredObject;
  /** A private, decoded copy after the patch; throws 422 when it can't be applied, or leaves what can't be read. */
  applyPatch(current: StoredObject, patch: Exclude<Patch, { type: 'apply' }>, definition: ResourceDefinition, validation: NonNullable<WriteOptions['fieldValidation']>, warn: (text: string) => void): StoredObject;
  /** Merged and decoded object with its managed fields, before its defaults; throws 409 with the conflicts. */
  serverSideApply(request: ApplyRequest): StoredObject;
  /** Who owns which fields after an update. */
  recordUpdate(write: FieldWrite): ManagedFieldsEntry[];
  /** Milliseconds since the epoch. */
  now(): number;
}
