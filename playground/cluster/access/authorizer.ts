/** RBAC over the stored roles and bindings. */
import type { ObjectOf, StoredObject } from '../objects/object.ts';
import type { PolicyRule, RoleRef, Subject } from '../objects/types.ts';
import type { Store } from '../store/store.ts';
import { ruleAllows } from './rules.ts';
import type { AccessRequest, Authorizer, UserInfo } from './user.ts';

export interface RbacAuthorizer extends Authorizer {
  /** Why it is allowed, in Kubernetes' words ('' for system:masters); undefined when it isn't. */
  reasonFor(user: UserInfo, request: AccessRequest): string | undefined;
  /** Everything a user may do in a namespace, and in the cluster. */
  rulesFor(user: UserInfo, namespace: string | undefined): PolicyRule[];
  /** The rules behind a reference, as a binding in `namespace` means it; undefined when there is no such role. */
  rulesOf(reference: RoleRef, namespace: string | undefined): PolicyRule[] | undefined;
}

export const rbacGroup = 'rbac.authorization.k8s.io';

interface Grant { rules: PolicyRule[]; reason(): string }

export const createAuthorizer = (store: Store): RbacAuthorizer => {
  const rulesOf: RbacAuthorizer['rulesOf'] = ({ kind, name }, namespace) => {
    const role = kind === 'ClusterRole' ? store.get(`clusterroles.${rbacGroup}`, undefined, name) : store.get(`roles.${rbacGroup}`, namespace, name);
    return role === undefined ? undefined : (role['rules'] as PolicyRule[] | null | undefined) ?? [];
  };
  const grant = (object: StoredObject, user: UserInfo): Grant[] => {
    const binding = object as unknown as ObjectOf<'rolebindings.rbac.authorization.k8s.io'>;
    const { namespace } = binding.metadata;
    const subject = (binding.subjects ?? []).find((candidate) => means(candidate, user, namespace));
    const rules = subject === undefined ? undefined : rulesOf(binding.roleRef, namespace);
    return subject === undefined || rules === undefined ? [] : [{ rules, reason: () => reasonText(binding, subject) }];
  };
  const grants = (user: UserInfo, namespace: string | undefined): Grant[] => [
    ...store.list(`clusterrolebindings.${rbacGroup}`).flatMap((binding) => grant(binding, user)),
    ...(namespace === undefined || namespace === '' ? [] : store.list(`rolebindings.${rbacGroup}`, namespace).flatMap((binding) => grant(binding, user))),
  ];
  const reasonFor: RbacAuthorizer['reasonFor'] = (user, request) => {
    if (user.groups.includes('system:masters')) return '';
    const namespace = 'path' in request ? undefined : request.namespace;
    return grants(user, namespace).find(({ rules }) => rules.some((rule) => ruleAllows(rule, request)))?.reason();
  };
  return {
    reasonFor,
    allowed: (user, request) => reasonFor(user, request) !== undefined,
    rulesFor: (user, namespace) => grants(user, namespace).flatMap(({ rules }) => rules),
    rulesOf,
  };
};

const means = (subject: Subject, user: UserInfo, bindingNamespace: string | undefined): boolean => {
  switch (subject.kind) {
    case 'User': return subject.name === user.username;
    case 'Group': return user.groups.includes(subject.name);
    case 'ServiceAccount': {
      const namespace = subject.namespace || bindingNamespace;
      return namespace !== undefined && user.username === `system:serviceaccount:${namespace}:${subject.name}`;
    }
    default: return false;
  }
};

const reasonText = (binding: ObjectOf<'rolebindings.rbac.authorization.k8s.io'>, subject: Subject): string => {
  const { name, namespace } = binding.metadata;
  const bound = namespace === undefined ? `ClusterRoleBinding "${name}"` : `RoleBinding "${name}/${namespace}"`;
  const who = subject.kind === 'ServiceAccount' ? `ServiceAccount "${subject.name}/${subject.namespace ?? namespace ?? ''}"` : `${subject.kind} "${subject.name}"`;
  return `RBAC: allowed by ${bound} of ${binding.roleRef.kind} "${binding.roleRef.name}" to ${who}`;
};
