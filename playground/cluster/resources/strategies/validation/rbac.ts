/** Roles and bindings. */
import { isDeepStrictEqual } from 'node:util';
import type { Stored } from '../../../objects/object.ts';
import type { PolicyRule, Role, RoleBinding, RoleRef, Subject } from '../../../objects/types.ts';
import type { FieldError } from '../../resource.ts';
import { invalidValue, notSupported, required } from './errors.ts';

const group = 'rbac.authorization.k8s.io';

export function validateRole({ rules }: Pick<Stored<Role>, 'rules'>, namespaced: boolean): FieldError[] {
  return (rules ?? []).flatMap((rule, index) => ruleErrors(rule, `rules[${index}]`, namespaced));
}

function ruleErrors({ verbs, apiGroups = [], resources = [], nonResourceURLs = [], resourceNames = [] }: PolicyRule, field: string, namespaced: boolean): FieldError[] {
  const noVerbs = (verbs ?? []).length === 0 ? [required(`${field}.verbs`, 'verbs must contain at least one value')] : [];
  if (nonResourceURLs.length > 0) {
    return [
      ...noVerbs,
      ...(namespaced ? [invalidValue(`${field}.nonResourceURLs`, nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs')] : []),
      ...(apiGroups.length + resources.length + resourceNames.length > 0 ? [invalidValue(`${field}.nonResourceURLs`, nonResourceURLs, 'rules cannot apply to both regular resources and non-resource URLs')] : []),
    ];
  }
  return [
    ...noVerbs,
    ...(apiGroups.length === 0 ? [required(`${field}.apiGroups`, 'resource rules must supply at least one api group')] : []),
    ...(resources.length === 0 ? [required(`${field}.resources`, 'resource rules must supply at least one resource')] : []),
  ];
}

export function validateBinding({ metadata, roleRef, subjects }: Stored<RoleBinding>): FieldError[] {
  const kinds = metadata.namespace === undefined ? ['ClusterRole'] : ['Role', 'ClusterRole'];
  return [
    ...(roleRef.apiGroup === group ? [] : [notSupported('roleRef.apiGroup', roleRef.apiGroup, [group])]),
    ...(kinds.includes(roleRef.kind) ? [] : [notSupported('roleRef.kind', roleRef.kind, kinds)]),
    ...((roleRef.name ?? '') === '' ? [required('roleRef.name')] : []),
    ...(subjects ?? []).flatMap((subject, index) => subjectErrors(subject, `subjects[${index}]`, metadata.namespace !== undefined)),
  ];
}

function subjectErrors({ kind, name, apiGroup = '', namespace = '' }: Subject, field: string, namespaced: boolean): FieldError[] {
  const errors = (name ?? '') === '' ? [required(`${field}.name`)] : [];
  if (kind === 'ServiceAccount') {
    return [
      ...errors, ...(apiGroup === '' ? [] : [notSupported(`${field}.apiGroup`, apiGroup, [''])]),
      ...(!namespaced && namespace === '' ? [required(`${field}.namespace`)] : []),
    ];
  }
  if (kind === 'User' || kind === 'Group') return [...errors, ...(apiGroup === group ? [] : [notSupported(`${field}.apiGroup`, apiGroup, [group])])];
  return [...errors, notSupported(`${field}.kind`, kind, ['ServiceAccount', 'User', 'Group'])];
}

export function validateBindingUpdate(next: Stored<RoleBinding>, previous: Stored<RoleBinding>): FieldError[] {
  return isDeepStrictEqual(plain(next.roleRef), plain(previous.roleRef)) ? [] : [invalidValue('roleRef', plain(next.roleRef), 'cannot change roleRef')];
}

/** As the server names the fields among its own. */
function plain({ apiGroup, kind, name }: RoleRef): Record<string, string> {
  return { APIGroup: apiGroup ?? '', Kind: kind, Name: name };
}
