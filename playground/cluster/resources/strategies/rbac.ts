/** Roles and bindings. */
import type { RoleBinding } from '../../objects/types.ts';
import type { Strategy } from '../resource.ts';
import { as } from './as.ts';
import { strategy } from './build.ts';
import { validateBinding, validateBindingUpdate, validateRole } from './validation/rbac.ts';

const bindings = { nameRule: 'path' as const, validate: (object: Parameters<typeof as>[0]) => validateBinding(as(object, 'rolebindings.rbac.authorization.k8s.io')) };

export const rbacStrategies: Record<string, Strategy> = {
  'roles.rbac.authorization.k8s.io': strategy({ nameRule: 'path', validate: (object) => validateRole(as(object, 'roles.rbac.authorization.k8s.io'), true) }),
  'clusterroles.rbac.authorization.k8s.io': strategy({ namespaced: false, nameRule: 'path', validate: (object) => validateRole(as(object, 'clusterroles.rbac.authorization.k8s.io'), false) }),
  'rolebindings.rbac.authorization.k8s.io': strategy({
    ...bindings,
    defaults: (object) => setBindingDefaults(as(object, 'rolebindings.rbac.authorization.k8s.io')),
    validateUpdate: (next, previous) => validateBindingUpdate(as(next, 'rolebindings.rbac.authorization.k8s.io'), as(previous, 'rolebindings.rbac.authorization.k8s.io')),
  }),
  'clusterrolebindings.rbac.authorization.k8s.io': strategy({
    ...bindings,
    namespaced: false,
    defaults: (object) => setBindingDefaults(as(object, 'clusterrolebindings.rbac.authorization.k8s.io')),
    validateUpdate: (next, previous) => validateBindingUpdate(as(next, 'clusterrolebindings.rbac.authorization.k8s.io'), as(previous, 'clusterrolebindings.rbac.authorization.k8s.io')),
  }),
};

function setBindingDefaults({ roleRef, subjects }: Pick<RoleBinding, 'roleRef' | 'subjects'>): void {
  const group = 'rbac.authorization.k8s.io';
  if ((roleRef.apiGroup ?? '') === '') roleRef.apiGroup = group;
  for (const subject of subjects ?? []) if ((subject.apiGroup ?? '') === '' && (subject.kind === 'User' || subject.kind === 'Group')) subject.apiGroup = group;
}
