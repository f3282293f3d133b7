/** Who looks after custom resources: the workload whose service account may write their status, and what it writes for others. */
import type { ConfigMap, CustomResource, Workload } from '../cluster-readings.ts';
import { mapsOf } from './configuration-cause.ts';
import type { Scope } from './scope.ts';

/** Workloads whose service account is bound to a Role about the resource's group. */
export function operatorsOf(scope: Pick<Scope, 'namespace'>, { apiVersion, plural }: Pick<CustomResource, 'apiVersion' | 'plural'>): Workload[] {
  const access = scope.namespace.access?.value;
  const [group] = (apiVersion ?? '').split('/');
  if (access === undefined || group === undefined || group === '') return [];
  const roles = new Set(access.roles.filter((one) => one.rules.some((rule) => rule.groups.includes(group) && (plural === undefined || rule.resources.some((name) => name === '*' || name.split('/')[0] === plural)))).map((one) => one.name));
  const accounts = new Set(access.bindings.filter((one) => one.role.kind === 'Role' && roles.has(one.role.name)).flatMap((one) => one.accounts.map(({ name }) => name)));
  return scope.namespace.workloads.value.filter((one) => one.template.serviceAccount !== '' && accounts.has(one.template.serviceAccount));
}

/** ConfigMaps that its Role lets it write by name. */
export function writtenBy(scope: Pick<Scope, 'namespace'>, { template }: Workload): ConfigMap[] {
  const access = scope.namespace.access?.value;
  if (access === undefined) return [];
  const bound = new Set(access.bindings.filter((one) => one.role.kind === 'Role' && one.accounts.some(({ name }) => name === template.serviceAccount)).map((one) => one.role.name));
  const names = new Set(access.roles.filter((one) => bound.has(one.name)).flatMap((one) => one.rules.filter((rule) => rule.resources.includes('configmaps')).flatMap((rule) => rule.names)));
  return scope.namespace.configMaps.value.filter((one) => names.has(one.name));
}

/** Who reads what the operator writes. */
export function readersOf(scope: Pick<Scope, 'namespace'>, operator: Workload): Workload[] {
  const maps = new Set(writtenBy(scope, operator));
  return maps.size === 0 ? [] : scope.namespace.workloads.value.filter((one) => one !== operator && mapsOf(one.template, scope).some((map) => maps.has(map)));
}

const recentSeconds = 1800;

/** Written by hand not long ago, or made. */
export function writtenLately({ namespace }: Pick<Scope, 'namespace'>, { changes = [], createdAt }: CustomResource): boolean {
  const last = changes.find((one) => one.subresource === undefined)?.at ?? createdAt;
  return (Date.parse(namespace.at) - Date.parse(last ?? '')) / 1000 < recentSeconds;
}
