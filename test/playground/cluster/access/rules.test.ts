import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { notCovered, ruleAllows, urlMatches } from '../../../../playground/cluster/access/rules.ts';
import type { AccessRequest } from '../../../../playground/cluster/access/user.ts';
import type { PolicyRule } from '../../../../playground/cluster/objects/types.ts';

const words = (...list: string[]) => fc.uniqueArray(fc.constantFrom(...list), { minLength: 1, maxLength: 2 });
const rules = fc.record({
  verbs: words('get', 'list', 'delete', '*'), apiGroups: words('', 'apps', '*'), resources: words('pods', 'pods/log', '*/log', 'deployments', '*'),
}, { requiredKeys: ['verbs', 'apiGroups', 'resources'] });
const named = fc.tuple(rules, fc.uniqueArray(fc.constantFrom('a', 'b'), { maxLength: 2 })).map(([rule, resourceNames]): PolicyRule => ({ ...rule, ...(resourceNames.length === 0 ? {} : { resourceNames }) }));
const requests = fc.record({
  verb: fc.constantFrom('get', 'list', 'delete'), group: fc.constantFrom('', 'apps'), version: fc.constant('v1'), resource: fc.constantFrom('pods', 'deployments'),
  subresource: fc.constantFrom('log', 'scale'), name: fc.constantFrom('a', 'b', 'c'),
}, { requiredKeys: ['verb', 'group', 'version', 'resource'] });

describe('a rule', () => {
  test('with * everywhere allows everything, and nothing more is allowed by fewer words', () => {
    const everything: PolicyRule = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };
    fc.assert(fc.property(named, requests, (rule, request) => {
      expect(ruleAllows(everything, request)).toBe(true);
      for (const less of [{ verbs: [] }, { resources: [] }, { apiGroups: [] }]) expect(ruleAllows({ ...rule, ...less }, request)).toBe(false);
    }));
  });

  test('with names allows only those, and nothing that has no name', () => {
    fc.assert(fc.property(named, requests, (rule, request) => {
      const names = rule.resourceNames ?? [];
      fc.pre(names.length > 0 && ruleAllows(rule, request));
      expect(names).toContain(request.name);
    }));
  });

  test('allows the same after one of its words became *', () => {
    fc.assert(fc.property(named, requests, (rule, request) => {
      fc.pre(ruleAllows(rule, request));
      for (const more of [{ verbs: ['*'] }, { apiGroups: ['*'] }, { resources: ['*'] }]) expect(ruleAllows({ ...rule, ...more }, request)).toBe(true);
    }));
  });

  test.each<[string[], string, string | undefined, boolean]>([
    [['pods'], 'pods', undefined, true],
    [['pods'], 'pods', 'log', false],
    [['pods/log'], 'pods', 'log', true],
    [['pods/log'], 'pods', undefined, false],
    [['*/log'], 'pods', 'log', true],
    [['*/log'], 'pods', undefined, false],
    [['pods/*'], 'pods', 'log', false],
    [['*'], 'pods', 'log', true],
  ])('%j and %s/%s: %s', (resources, resource, subresource, allowed) => {
    const request: AccessRequest = { verb: 'get', group: '', version: 'v1', resource, ...(subresource === undefined ? {} : { subresource }) };
    expect(ruleAllows({ verbs: ['get'], apiGroups: [''], resources }, request)).toBe(allowed);
  });
});

test.each([
  ['/api', '/api', true], ['/api', '/apis', false], ['/api/*', '/api/v1', true], ['/api/*', '/api', false], ['*', '/metrics', true], ['/*', '/metrics', true], ['/healthz*', '/healthz/etcd', true],
])('%s and %s: %s', (url, path, matches) => expect(urlMatches(url, path)).toBe(matches));

describe('what is not covered', () => {
  test('is nothing of what one has', () => fc.assert(fc.property(fc.array(named, { maxLength: 4 }), (held) => {
    expect(notCovered(held, held)).toEqual([]);
  })));

  test('is everything for somebody who has nothing', () => {
    fc.assert(fc.property(named, (rule) => {
      expect(notCovered([], [rule])).toHaveLength(rule.verbs.length * (rule.resources?.length ?? 0) * (rule.apiGroups?.length ?? 0) * Math.max(1, rule.resourceNames?.length ?? 0));
    }));
  });

  test('allows nothing that held rules allow not already', () => {
    fc.assert(fc.property(fc.array(named, { maxLength: 3 }), named, requests, (held, wanted, request) => {
      fc.pre(notCovered(held, [wanted]).length === 0 && ruleAllows(wanted, request));
      expect(held.some((rule) => ruleAllows(rule, request))).toBe(true);
    }), { maxSkipsPerRun: 10_000 });
  });
});
