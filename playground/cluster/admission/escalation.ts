/** Nobody gives away rights they don't have, unless they may `escalate` a role or `bind` it. */
import { rbacGroup } from '../access/authorizer.ts';
import type { RbacAuthorizer } from '../access/authorizer.ts';
import { notCovered } from '../access/rules.ts';
import { notFound } from '../api/status.ts';
import type { PolicyRule, RoleRef } from '../objects/types.ts';
import type { AdmissionPlugin, AdmissionRequest } from './admission.ts';
import { refused } from './refusal.ts';

export const escalation = (authorizer: RbacAuthorizer): AdmissionPlugin => (request) => {
  const { definition, operation, object, previous, namespace, user } = request;
  if (definition.group !== rbacGroup || operation === 'DELETE' || object === undefined || user.groups.includes('system:masters')) return;
  const may = (verb: string, resource: string, name: string): boolean =>
    authorizer.allowed(user, { verb, group: rbacGroup, version: definition.version, resource, name, ...(namespace === undefined ? {} : { namespace }) });
  if (definition.plural === 'roles' || definition.plural === 'clusterroles') {
    const rules = (object['rules'] as PolicyRule[] | null | undefined) ?? [];
    if (same(rules, previous?.['rules']) || may('escalate', definition.plural, request.name)) return;
    requireHeld(request, authorizer, rules);
    return;
  }
  const reference = object['roleRef'] as RoleRef;
  if (previous !== undefined && same(reference, previous['roleRef']) && same(object['subjects'], previous['subjects'])) return;
  const plural = reference.kind === 'ClusterRole' ? 'clusterroles' : 'roles';
  if (may('bind', plural, reference.name)) return;
  const rules = authorizer.rulesOf(reference, namespace);
  if (rules === undefined) throw notFound({ group: rbacGroup, plural }, reference.name);
  requireHeld(request, authorizer, rules);
};

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

const requireHeld = (request: AdmissionRequest, authorizer: RbacAuthorizer, rules: readonly PolicyRule[]): void => {
  const { user, namespace } = request;
  const missing = notCovered(authorizer.rulesFor(user, namespace), rules);
  if (missing.length === 0) return;
  const texts = compact(missing).map(ruleText).sort();
  throw refused(request, `user ${JSON.stringify(user.username)} (groups=${quoted(user.groups)}) is attempting to grant RBAC permissions not currently held:\n${[...new Set(texts)].join('\n')}`);
};

/** Rules for the same resource become one with all their verbs. */
const compact = (rules: readonly PolicyRule[]): PolicyRule[] => {
  const bySubject = new Map<string, PolicyRule>();
  for (const { verbs, ...subject } of rules) {
    const key = subject.nonResourceURLs === undefined ? JSON.stringify(subject) : JSON.stringify([subject, verbs]);
    bySubject.set(key, { ...subject, verbs: [...bySubject.get(key)?.verbs ?? [], ...verbs] });
  }
  return [...bySubject.values()];
};

const quoted = (list: readonly string[]): string => `[${list.map((item) => JSON.stringify(item)).join(' ')}]`;

const ruleText = ({ apiGroups, resources, nonResourceURLs, resourceNames, verbs }: PolicyRule): string => {
  const parts = Object.entries({ APIGroups: apiGroups, Resources: resources, NonResourceURLs: nonResourceURLs, ResourceNames: resourceNames, Verbs: verbs });
  return `{${parts.flatMap(([name, list]) => (list === undefined || list.length === 0 ? [] : [`${name}:${quoted(list)}`])).join(', ')}}`;
};
