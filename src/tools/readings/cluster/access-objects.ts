/** Service accounts, Roles and their bindings of a namespace. Total: any JSON gives something. */
import type { AccessReading } from '../../../rules/object-readings.ts';
import { child, items, nameOf, strings, text } from './fields.ts';
import { ofKind } from './other-objects.ts';

export const accessKinds = ['serviceaccounts', 'roles.rbac.authorization.k8s.io', 'rolebindings.rbac.authorization.k8s.io'] as const;

export function accessOf(objects: readonly unknown[], missing: readonly string[]): AccessReading {
  return {
    accounts: ofKind(objects, 'ServiceAccount').map(nameOf),
    roles: ofKind(objects, 'Role').map((one) => ({
      name: nameOf(one),
      rules: items(one, 'rules').map((rule) => ({ groups: strings(rule, 'apiGroups'), resources: strings(rule, 'resources'), names: strings(rule, 'resourceNames'), verbs: strings(rule, 'verbs') })),
    })),
    bindings: ofKind(objects, 'RoleBinding').map((one) => ({
      name: nameOf(one), role: { kind: text(child(one, 'roleRef'), 'kind'), name: text(child(one, 'roleRef'), 'name') },
      accounts: items(one, 'subjects').flatMap((subject) => (text(subject, 'kind') === 'ServiceAccount' ? [{ name: text(subject, 'name'), namespace: text(subject, 'namespace') }] : [])),
    })),
    missing: [...missing],
  };
}

export function accessLines({ accounts, roles, bindings }: AccessReading): string {
  return [
    `service accounts: ${accounts.join(', ') || '(none read)'}`,
    ...roles.flatMap((one) => [`role ${one.name}:`, ...one.rules.map((rule) => `  ${rule.verbs.join(', ') || '(no verbs)'} on ${rule.resources.join(', ') || '(nothing)'}${rule.names.length === 0 ? '' : ` named ${rule.names.join(', ')}`} of ${rule.groups.map((group) => group || 'core').join(', ')}`)]),
    ...bindings.map((one) => `rolebinding ${one.name}: ${one.role.kind} ${one.role.name} for ${one.accounts.map((account) => account.name).join(', ') || '(no service account)'}`),
  ].join('\n');
}
