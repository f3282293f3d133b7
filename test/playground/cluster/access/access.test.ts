import { beforeEach, describe, expect, test } from 'vitest';
import { createAuthorizer } from '../../../../playground/cluster/access/authorizer.ts';
import type { RbacAuthorizer } from '../../../../playground/cluster/access/authorizer.ts';
import { bootstrapAccess } from '../../../../playground/cluster/access/bootstrap.ts';
import { createReviews } from '../../../../playground/cluster/access/reviews.ts';
import { createTokens } from '../../../../playground/cluster/access/tokens.ts';
import type { Tokens } from '../../../../playground/cluster/access/tokens.ts';
import type { AccessRequest, UserInfo } from '../../../../playground/cluster/access/user.ts';
import { createStore } from '../../../../playground/cluster/store/memory.ts';
import type { Store } from '../../../../playground/cluster/store/store.ts';
import { recordedTable } from '../resources/recorded.ts';

let store: Store;
let tokens: Tokens;
let authorizer: RbacAuthorizer;
let now = 1_000_000_000_000;

const put = (resource: string, name: string, fields: Record<string, unknown>, namespace?: string, labels?: Record<string, string>) =>
  store.put(resource, { apiVersion: 'v1', kind: 'x', metadata: { name, uid: `uid-${name}`, resourceVersion: '', creationTimestamp: '', ...(namespace === undefined ? {} : { namespace }), ...(labels === undefined ? {} : { labels }) }, ...fields });
const bind = (kind: string, role: string) => put('rolebindings.rbac.authorization.k8s.io', 'reader', { roleRef: { kind, name: role }, subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace: 'shop' }] }, 'shop');
const reader = (): UserInfo => {
  const user = tokens.verify(tokens.forServiceAccount('shop', 'reader').token);
  if (user === undefined) throw new Error('The token is not accepted.');
  return user;
};
const ask = (verb: string, resource: string, group = '', namespace = 'shop'): AccessRequest => ({ verb, group, version: 'v1', resource, namespace });

beforeEach(() => {
  now = 1_000_000_000_000;
  store = createStore();
  bootstrapAccess(store, now);
  tokens = createTokens({ store, now: () => now });
  authorizer = createAuthorizer(store);
  put('serviceaccounts', 'reader', {}, 'shop');
});

describe('tokens', () => {
  test('say who somebody is', () => {
    expect(reader()).toMatchObject({ username: 'system:serviceaccount:shop:reader', uid: 'uid-reader', groups: ['system:serviceaccounts', 'system:serviceaccounts:shop', 'system:authenticated'] });
    expect(tokens.verify(tokens.issue({ username: 'jane', groups: ['sre'] }))).toMatchObject({ username: 'jane', groups: ['sre', 'system:authenticated'] });
  });

  test('end', () => {
    const { token, expires } = tokens.forServiceAccount('shop', 'reader', { seconds: 600 });
    expect(expires).toBe('2001-09-09T01:56:40Z');
    now += 599_000;
    expect(tokens.verify(token)).toBeDefined();
    now += 1_000;
    expect(tokens.verify(token)).toBeUndefined();
  });

  test('are worth nothing when altered, foreign, or without their account', () => {
    const { token } = tokens.forServiceAccount('shop', 'reader');
    const [head = '', body = '', signature = ''] = token.split('.');
    const forged = Buffer.from(JSON.stringify({ sub: 'root', groups: ['system:masters'], exp: 9e12 })).toString('base64url');
    for (const broken of ['', 'x', `${head}.${forged}.${signature}`, `${head}.${body}.`, `${head}.${body}`, `${token}.x`, createTokens({ store }).issue({ username: 'jane', groups: [] })]) {
      expect(tokens.verify(broken)).toBeUndefined();
    }
    store.remove('serviceaccounts', 'shop', 'reader');
    expect(tokens.verify(token)).toBeUndefined();
    put('serviceaccounts', 'reader', {}, 'shop');
    expect(tokens.verify(token)).toBeDefined();
  });

  test('of a pod end with it', () => {
    const pod = put('pods', 'web', {}, 'shop');
    const { token } = tokens.forServiceAccount('shop', 'reader', { pod: { name: 'web', uid: pod.metadata.uid } });
    expect(tokens.verify(token)?.extra).toMatchObject({ 'authentication.kubernetes.io/pod-name': ['web'] });
    store.remove('pods', 'shop', 'web');
    expect(tokens.verify(token)).toBeUndefined();
  });

  test('are given on request, but not for less than ten minutes', () => {
    const answer = tokens.request('shop', 'reader', { spec: { expirationSeconds: 600 } });
    expect(answer).toMatchObject({ kind: 'TokenRequest', metadata: { name: 'reader', namespace: 'shop' }, status: { expirationTimestamp: '2001-09-09T01:56:40Z' } });
    expect(tokens.verify(answer.status?.token ?? '')).toBeDefined();
    expect(() => tokens.request('shop', 'reader', { spec: { expirationSeconds: 10 } })).toThrow('spec.expirationSeconds: Invalid value: 10: may not specify a duration less than 10 minutes');
    expect(() => tokens.request('shop', 'nobody', {})).toThrow('serviceaccounts "nobody" not found');
  });
});

describe('rights', () => {
  test('are none without a binding, but for looking around', () => {
    expect(authorizer.allowed(reader(), ask('get', 'pods'))).toBe(false);
    expect(authorizer.allowed(reader(), { verb: 'get', path: '/apis/apps/v1' })).toBe(true);
    expect(authorizer.allowed(reader(), { verb: 'get', path: '/metrics' })).toBe(false);
    expect(authorizer.allowed({ username: 'system:anonymous', groups: ['system:unauthenticated'] }, { verb: 'get', path: '/healthz' })).toBe(true);
    expect(authorizer.allowed({ username: 'system:anonymous', groups: ['system:unauthenticated'] }, { verb: 'get', path: '/api' })).toBe(false);
  });

  test('hold in the namespace of their binding, and end with it', () => {
    bind('ClusterRole', 'view');
    expect(authorizer.reasonFor(reader(), ask('list', 'pods'))).toBe('RBAC: allowed by RoleBinding "reader/shop" of ClusterRole "view" to ServiceAccount "reader/shop"');
    expect(authorizer.allowed(reader(), ask('list', 'secrets'))).toBe(false);
    expect(authorizer.allowed(reader(), ask('delete', 'pods'))).toBe(false);
    expect(authorizer.allowed(reader(), ask('list', 'pods', '', 'other'))).toBe(false);
    expect(authorizer.allowed(reader(), { verb: 'list', group: '', version: 'v1', resource: 'pods' })).toBe(false);
    store.remove('rolebindings.rbac.authorization.k8s.io', 'shop', 'reader');
    expect(authorizer.allowed(reader(), ask('list', 'pods'))).toBe(false);
  });

  test('grow with the roles that are gathered', () => {
    bind('ClusterRole', 'admin');
    expect(authorizer.allowed(reader(), ask('get', 'widgets', 'example.com'))).toBe(false);
    put('clusterroles.rbac.authorization.k8s.io', 'widgets-view', { rules: [{ verbs: ['get'], apiGroups: ['example.com'], resources: ['widgets'] }] }, undefined, { 'rbac.authorization.kubernetes.io/aggregate-to-view': 'true' });
    expect(authorizer.allowed(reader(), ask('get', 'widgets', 'example.com'))).toBe(true);
    store.remove('clusterroles.rbac.authorization.k8s.io', undefined, 'widgets-view');
    expect(authorizer.allowed(reader(), ask('get', 'widgets', 'example.com'))).toBe(false);
  });

  test('of roles that gather each other come to an end', () => {
    const gathering = (label: string) => ({ aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [label]: 'true' } }] }, rules: [] });
    put('clusterroles.rbac.authorization.k8s.io', 'a', gathering('c'), undefined, { a: 'true' });
    put('clusterroles.rbac.authorization.k8s.io', 'b', gathering('a'), undefined, { b: 'true' });
    put('clusterroles.rbac.authorization.k8s.io', 'c', gathering('b'), undefined, { c: 'true' });
    put('clusterroles.rbac.authorization.k8s.io', 'd', { rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] }, undefined, { b: 'true' });
    expect(store.get('clusterroles.rbac.authorization.k8s.io', undefined, 'a')).toMatchObject({ rules: [{ resources: ['pods'] }] });
  });

  test('of administrators have no bounds', () => {
    const master = { username: 'kubernetes-admin', groups: ['system:masters'] };
    expect(authorizer.allowed(master, ask('delete', 'secrets'))).toBe(true);
    expect(authorizer.allowed(master, { verb: 'get', path: '/metrics' })).toBe(true);
  });
});

describe('reviews', () => {
  test('list the rights of a reader as a real cluster does', () => {
    bind('ClusterRole', 'view');
    const { status } = createReviews({ authorizer, tokens }).selfSubjectRules({ spec: { namespace: 'shop' } }, reader());
    // kubectl takes rules apart and prints one line per resource, or per URL and rule.
    const resources = (status?.resourceRules ?? []).flatMap(({ apiGroups = [], resources: names = [], verbs }) => apiGroups.flatMap((group) => names.map((name) => {
      const [plural = '', subresource] = name.split('/');
      return [`${plural}${group === '' ? '' : `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`, '[]', '[]', `[${verbs.join(' ')}]`];
    })));
    const urls = (status?.nonResourceRules ?? []).flatMap(({ nonResourceURLs = [], verbs }) => nonResourceURLs.map((url) => ['', `[${url}]`, '[]', `[${verbs.join(' ')}]`]));
    const inOrder = (rows: string[][]) => rows.map((row) => row.join(' ')).sort();
    expect(inOrder([...resources, ...urls])).toEqual(inOrder(recordedTable('rbac.txt', 'kubectl --token=TOKEN auth can-i --list -n shop')));
  });

  test('answer about oneself and about others', () => {
    bind('ClusterRole', 'view');
    const reviews = createReviews({ authorizer, tokens });
    const resourceAttributes = { verb: 'get', resource: 'pods', namespace: 'shop' };
    expect(reviews.selfSubjectAccess({ spec: { resourceAttributes } }, reader()).status).toMatchObject({ allowed: true });
    expect(reviews.selfSubjectAccess({ spec: { resourceAttributes: { ...resourceAttributes, verb: 'delete' } } }, reader()).status).toEqual({ allowed: false });
    expect(reviews.subjectAccess({ spec: { user: 'system:serviceaccount:shop:reader', resourceAttributes } }).status).toMatchObject({ allowed: true });
    expect(() => reviews.localSubjectAccess({ spec: { resourceAttributes } }, 'other')).toThrow('namespace');
    expect(reviews.selfSubject({}, reader()).status?.userInfo).toMatchObject({ username: 'system:serviceaccount:shop:reader' });
    expect(reviews.token({ spec: { token: tokens.forServiceAccount('shop', 'reader').token } }).status).toMatchObject({ authenticated: true });
    expect(reviews.token({ spec: { token: 'x' } }).status).not.toHaveProperty('authenticated');
  });
});
