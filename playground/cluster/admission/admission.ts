/** What is checked and filled in after authorization, before validation: quotas, limit ranges, service accounts, namespaces that end. */
import type { UserInfo } from '../access/user.ts';
import type { StoredObject } from '../objects/object.ts';
import type { ResourceDefinition } from '../resources/resource.ts';

export interface AdmissionRequest {
  operation: 'CREATE' | 'UPDATE' | 'DELETE';
  definition: ResourceDefinition;
  subresource?: string;
  namespace?: string;
  name: string;
  user: UserInfo;
  dryRun: boolean;
  /** A private copy: change it in place. Absent for DELETE. */
  object?: StoredObject;
  previous?: StoredObject;
  warn(text: string): void;
}

/** Throws StatusError to refuse. `last`: asked after validation, changes nothing. */
export type AdmissionPlugin = ((request: AdmissionRequest) => void) & { readonly last?: true };
