/** Puts the roles and bindings every cluster begins with into the store, and keeps aggregated roles up to date. */
import { randomUUID } from 'node:crypto';
import type { StoredObject } from '../objects/object.ts';
import { matchesSelector } from '../objects/selectors.ts';
import type { AggregationRule, PolicyRule } from '../objects/types.ts';
import type { Store } from '../store/store.ts';
import { rbacGroup } from './authorizer.ts';
import { bootstrapBindings, bootstrapRoles } from './bootstrap-roles.ts';

const roles = `clusterroles.${rbacGroup}`;
const prefix = 'rbac.authorization.kubernetes.io/';

/** `now`: milliseconds since the epoch. Returns what ends the aggregation. */
export const bootstrapAccess = (store: Store, now: number): (() => void) => {
  for (const { name, rules, flowsInto, gathers: label } of bootstrapRoles) {
    store.put(roles, {
      ...head('ClusterRole', name, now, flowsInto === undefined ? {} : { [prefix + flowsInto]: 'true' }),
      ...(label === undefined ? {} : { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [prefix + label]: 'true' } }] } }),
      rules,
    });
  }
  for (const { role, groups } of bootstrapBindings) {
    store.put(`clusterrolebindings.${rbacGroup}`, {
      ...head('ClusterRoleBinding', role, now, {}),
      roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name: role },
      subjects: groups.map((group) => ({ apiGroup: rbacGroup, kind: 'Group', name: group })),
    });
  }
  aggregate(store);
  return store.watch(roles, undefined, () => aggregate(store));
};

/** `admin` gathers `edit`, which gathers `view`: what is gathered are the rules of the roles that gather nothing themselves. */
const aggregate = (store: Store): void => {
  const all = store.list(roles);
  for (const role of all.filter(gathers)) {
    const rules = distinct(gathered(role, all, new Set()));
    if (JSON.stringify(rules) !== JSON.stringify(rulesOf(role))) store.put(roles, { ...role, rules });
  }
};

const gathered = (role: StoredObject, all: readonly StoredObject[], visited: Set<string>): PolicyRule[] => {
  if (visited.has(role.metadata.name)) return [];
  visited.add(role.metadata.name);
  const selectors = gathers(role);
  if (selectors === undefined) return rulesOf(role);
  return all.filter((source) => selectors.some((selector) => matchesSelector(selector, source.metadata.labels))).flatMap((source) => gathered(source, all, visited));
};

const gathers = (role: StoredObject) => (role['aggregationRule'] as AggregationRule | null | undefined)?.clusterRoleSelectors;

const rulesOf = (role: StoredObject): PolicyRule[] => (role['rules'] as PolicyRule[] | null | undefined) ?? [];

const distinct = (rules: readonly PolicyRule[]): PolicyRule[] => [...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values()];

const head = (kind: string, name: string, now: number, labels: Record<string, string>): StoredObject => ({
  apiVersion: `${rbacGroup}/v1`,
  kind,
  metadata: {
    name,
    uid: randomUUID(),
    resourceVersion: '',
    creationTimestamp: new Date(now).toISOString().replace(/\.\d+Z/, 'Z'),
    annotations: { [`${prefix}autoupdate`]: 'true' },
    labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
  },
});
