/** What rules look at across kinds of objects: how they differ from what was applied, and what programs may do at the API server. */

export type Labels = Record<string, string>;

/** The newest write by one manager, and which leaves it owns: `data/POOL_SIZE`, `spec/selector/app`. */
export interface FieldChange {
  manager: string;
  at: string;
  /** Of subresources only: status, scale. */
  subresource?: string;
  fields: string[];
}

/** A field that is not as `kubectl apply` last wrote it. */
export interface DriftedField {
  /** JSON pointer in the live object; `-` in place of an entry that its list lacks. */
  pointer: string;
  /** `spec.template.spec.containers[api].image` */
  path: string;
  /** JSON; absent: it was not there, or is not. */
  noted?: unknown;
  now?: unknown;
  /** Who wrote it last, when; absent where the object does not say. */
  at?: string;
  manager?: string;
}

/** What differs between an object and what was last applied to it. Replicas and what the server and its controllers keep are left out. */
export interface ObjectDrift {
  /** Lower case: deployment, configmap, flashsale. */
  kind: string;
  apiVersion: string;
  name: string;
  createdAt?: string;
  fields: DriftedField[];
}

/** What programs of the namespace may do at the API server, as far as that may be read. */
export interface AccessRole {
  name: string;
  rules: { groups: string[]; resources: string[]; names: string[]; verbs: string[] }[];
}

export interface AccessReading {
  accounts: string[];
  roles: AccessRole[];
  bindings: { name: string; role: { kind: string; name: string }; accounts: { name: string; namespace: string }[] }[];
  /** Kinds among these that could not be read. */
  missing: string[];
}
