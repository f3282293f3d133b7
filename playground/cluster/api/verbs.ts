/** What can be done with objects, behind HTTP and the in-process client alike. Everything is synchronous and can throw StatusError. */
import type { UserInfo } from '../access/user.ts';
import type { StoredObject } from '../objects/object.ts';
import type { ResourceDefinition } from '../resources/resource.ts';

export interface Caller {
  user: UserInfo;
  /** Default field manager: the user agent up to the first slash. */
  manager: string;
  warn(text: string): void;
}

export interface WriteOptions {
  dryRun?: boolean;
  fieldManager?: string;
  fieldValidation?: 'Strict' | 'Warn' | 'Ignore';
  /** `status`, `scale`, ...; absent: the object itself. */
  subresource?: string;
}

export interface Place {
  definition: ResourceDefinition;
  namespace: string | undefined;
  name: string;
}

export type Patch =
  | { type: 'json' | 'merge' | 'strategic'; body: unknown }
  | { type: 'apply'; body: unknown; force: boolean };

export interface DeleteRequest {
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  gracePeriodSeconds?: number;
  preconditions?: { uid?: string; resourceVersion?: string };
  dryRun?: boolean;
}

/** Authorization is the HTTP server's business: these don't ask who may. */
export interface Verbs {
  get(place: Place): StoredObject;
  create(definition: ResourceDefinition, namespace: string | undefined, body: unknown, caller: Caller, options?: WriteOptions): StoredObject;
  update(place: Place, body: unknown, caller: Caller, options?: WriteOptions): StoredObject;
  patch(place: Place, patch: Patch, caller: Caller, options?: WriteOptions): { object: StoredObject; created: boolean };
  /** The object as it is marked for deletion, or as it was when it went at once (`gone`). */
  delete(place: Place, request: DeleteRequest, caller: Caller): { object: StoredObject; gone: boolean };
}
