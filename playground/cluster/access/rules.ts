/** What one rule of a role allows. */
import type { PolicyRule } from '../objects/types.ts';
import type { AccessRequest } from './user.ts';

export const ruleAllows = (rule: PolicyRule, request: AccessRequest): boolean => {
  if (!includes(rule.verbs, request.verb)) return false;
  if ('path' in request) return (rule.nonResourceURLs ?? []).some((url) => urlMatches(url, request.path));
  return includes(rule.apiGroups, request.group)
    && resourceMatches(rule.resources, request.resource, request.subresource ?? '')
    && ((rule.resourceNames ?? []).length === 0 || (request.name !== undefined && (rule.resourceNames ?? []).includes(request.name)));
};

/** `/healthz`, `/api/*`, `*`. */
export const urlMatches = (url: string, path: string): boolean =>
  url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.replace(/\*+$/, '')));

/** Parts of `wanted` that none of `held` covers, as small rules with one verb, group and resource each. */
export const notCovered = (held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] =>
  wanted.flatMap(atoms).filter((atom) => !held.some((rule) => covers(rule, atom)));

const includes = (list: readonly string[] | undefined, value: string): boolean => (list ?? []).some((item) => item === '*' || item === value);

const resourceMatches = (resources: readonly string[] | undefined, resource: string, subresource: string): boolean => {
  const combined = subresource === '' ? resource : `${resource}/${subresource}`;
  return (resources ?? []).some((item) => item === '*' || item === combined || (subresource !== '' && item === `*/${subresource}`));
};

const atoms = ({ verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }: PolicyRule): PolicyRule[] =>
  (verbs ?? []).flatMap((verb) => [
    ...apiGroups.flatMap((group) => resources.flatMap((resource) => (resourceNames.length === 0
      ? [{ apiGroups: [group], resources: [resource], verbs: [verb] }]
      : resourceNames.map((name) => ({ apiGroups: [group], resources: [resource], resourceNames: [name], verbs: [verb] }))))),
    ...nonResourceURLs.map((url) => ({ nonResourceURLs: [url], verbs: [verb] })),
  ]);

const covers = (rule: PolicyRule, atom: PolicyRule): boolean => {
  const [verb = ''] = atom.verbs;
  if (!includes(rule.verbs, verb)) return false;
  const url = atom.nonResourceURLs?.[0];
  if (url !== undefined) return (rule.nonResourceURLs ?? []).some((own) => urlMatches(own, url));
  const [resource = '', subresource = ''] = (atom.resources?.[0] ?? '').split('/');
  const name = atom.resourceNames?.[0];
  return includes(rule.apiGroups, atom.apiGroups?.[0] ?? '')
    && resourceMatches(rule.resources, resource, subresource)
    && ((rule.resourceNames ?? []).length === 0 || (name !== undefined && (rule.resourceNames ?? []).includes(name)));
};
