/** Who asks, as authentication found out. */
export interface UserInfo {
  /** `system:serviceaccount:shop:reader`, `kubernetes-admin`. */
  username: string;
  uid?: string;
  groups: readonly string[];
  /** What else the authenticator knows: which token, which pod. */
  extra?: Readonly<Record<string, readonly string[]>>;
}

/** What somebody wants to do, as authorization sees it. */
export type AccessRequest =
  | { verb: string; group: string; version: string; resource: string; subresource?: string; namespace?: string; name?: string }
  | { verb: string; path: string };

export interface Authorizer {
  /** RBAC over the stored roles and bindings; members of system:masters may do everything. */
  allowed(user: UserInfo, request: AccessRequest): boolean;
}
