/** Which rights of RBAC are more than looking. Pure. */
import type { Excess } from './finding.ts';

export interface ResourceRule {
  verbs: string[];
  apiGroups: string[];
  /** `pods`, `pods/exec`, `*` */
  resources: string[];
  resourceNames?: string[] | undefined;
}

const looking = new Set(['get', 'list', 'watch']);
/** Whatever the verb: with a get on these, code runs in pods, traffic reaches them, or tokens are made. */
const doors = new Set(['exec', 'attach', 'portforward', 'proxy', 'token']);

/** One for each resource, with all its verbs. */
export function excessOf(rules: readonly ResourceRule[], namespace: string): Excess[] {
  const found = new Map<string, Set<string>>();
  for (const { verbs, resources, resourceNames } of rules) {
    for (const resource of resources) {
      const bad = verbs.filter((verb) => isExcess(verb, resource));
      if (bad.length === 0) continue;
      const key = `${resource}${resourceNames === undefined || resourceNames.length === 0 ? '' : ` named ${resourceNames.join(', ')}`}`;
      found.set(key, new Set([...(found.get(key) ?? []), ...bad]));
    }
  }
  return [...found].map(([resource, verbs]) => ({ right: wordsOf(resource, [...verbs].sort(), namespace), remedy: remedyOf(resource, [...verbs].sort()) }));
}

/** The same of an identity that runs probes: it may exec into pods as well, and whoever may that needs no other right that writes. */
export function probeExcessOf(rules: readonly ResourceRule[], namespace: string): Excess[] {
  const others = rules.flatMap((rule) => {
    const isExec = (resource: string): boolean => resource === 'pods/exec' && rule.verbs.every((verb) => verb === 'get' || verb === 'create');
    return [{ ...rule, resources: rule.resources.filter((resource) => !isExec(resource)) }];
  });
  return excessOf(others, namespace).map(({ right, remedy }) => ({ right, remedy: remedy.replace('deploy/kubernetes/read.yaml', 'deploy/kubernetes/probe.yaml') }));
}

function isExcess(verb: string, resource: string): boolean {
  const [kind = '', subresource = ''] = resource.split('/');
  // Questions about oneself are posted, and nothing is stored.
  if (kind.endsWith('reviews') && verb === 'create') return false;
  // What everybody has on clusters that still know pod security policies.
  if (verb === 'use') return false;
  return !looking.has(verb) || kind === '*' || kind === 'secrets' || doors.has(subresource) || subresource === '*';
}

function wordsOf(resource: string, verbs: readonly string[], namespace: string): string {
  const may = `may ${verbs.join(', ')} ${resource === '*' ? 'everything' : resource} in namespace ${namespace}`;
  if (verbs.some((verb) => !looking.has(verb))) return may;
  return `${may}${resource.startsWith('secrets') || resource.startsWith('*') ? ', which shows every secret' : ', which reaches into pods'}`;
}

function remedyOf(resource: string, verbs: readonly string[]): string {
  return `take ${verbs.join(', ')} on ${resource} out of its Role or ClusterRole: kubectl auth can-i --list shows what is left, deploy/kubernetes/read.yaml what it needs`;
}

/** For an authorizer that can't list its rules. */
export const questions: readonly { verb: string; group: string; resource: string; subresource?: string }[] = [
  ...['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'].map((verb) => ({ verb, group: '', resource: 'secrets' })),
  ...['get', 'create'].flatMap((verb) => ['exec', 'attach', 'portforward', 'proxy'].map((subresource) => ({ verb, group: '', resource: 'pods', subresource }))),
  { verb: 'create', group: '', resource: 'serviceaccounts', subresource: 'token' },
  { verb: 'create', group: '', resource: 'pods', subresource: 'eviction' },
  ...['create', 'update', 'patch', 'delete'].flatMap((verb) => [{ verb, group: '', resource: 'pods' }, { verb, group: '', resource: 'configmaps' }, { verb, group: 'apps', resource: 'deployments' }, { verb, group: 'batch', resource: 'jobs' }]),
  ...['create', 'patch', 'bind', 'escalate'].map((verb) => ({ verb, group: 'rbac.authorization.k8s.io', resource: 'roles' })),
  { verb: 'create', group: 'rbac.authorization.k8s.io', resource: 'rolebindings' },
  { verb: 'impersonate', group: '', resource: 'serviceaccounts' },
];
