/** Bearer tokens: signed, with an end, bound to a service account (and pod) that must still be there. */
import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import type { TokenRequest } from '../objects/types.ts';
import { invalid, notFound } from '../api/status.ts';
import type { Store } from '../store/store.ts';
import type { UserInfo } from './user.ts';

export interface TokenOptions {
  /** Default: an hour. */
  seconds?: number;
  audiences?: readonly string[];
  pod?: { name: string; uid: string };
}

export interface Tokens {
  /** For a user that is no object: kubeconfigs of people. */
  issue(user: { username: string; groups: readonly string[] }, options?: Pick<TokenOptions, 'seconds'>): string;
  /** Throws 404 when there is no such account. `expires`: RFC 3339. */
  forServiceAccount(namespace: string, name: string, options?: TokenOptions): { token: string; expires: string };
  /** Undefined for a token that is broken, foreign, over, or whose account or pod went. */
  verify(token: string): UserInfo | undefined;
  /** serviceaccounts/token: the answer to a TokenRequest. */
  request(namespace: string, name: string, request: TokenRequest): TokenRequest;
}

const issuer = 'https://kubernetes.default.svc.cluster.local';

interface Claims {
  aud: readonly string[];
  exp: number;
  iat: number;
  iss: string;
  jti: string;
  sub: string;
  groups?: readonly string[];
  'kubernetes.io'?: { namespace: string; serviceaccount: { name: string; uid: string }; pod?: { name: string; uid: string } };
}

export const createTokens = ({ store, now = Date.now }: { store: Store; now?: () => number }): Tokens => {
  const key = randomBytes(32);
  const header = encode({ alg: 'HS256', kid: randomBytes(32).toString('base64url') });
  const signature = (text: string): string => createHmac('sha256', key).update(text).digest('base64url');
  const sign = (claims: Omit<Claims, 'iss' | 'iat' | 'exp' | 'jti'>, seconds: number): { token: string; expires: string } => {
    const issued = Math.floor(now() / 1000);
    const text = `${header}.${encode({ ...claims, exp: issued + seconds, iat: issued, iss: issuer, jti: randomUUID(), nbf: issued })}`;
    return { token: `${text}.${signature(text)}`, expires: new Date((issued + seconds) * 1000).toISOString().replace('.000Z', 'Z') };
  };
  const read = (token: string): Claims | undefined => {
    const [head = '', body = '', signed = '', ...rest] = token.split('.');
    if (rest.length > 0 || head !== header || !equal(signed, signature(`${head}.${body}`))) return undefined;
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Claims;
    return claims.exp * 1000 > now() ? claims : undefined;
  };
  const forServiceAccount: Tokens['forServiceAccount'] = (namespace, name, { seconds = 3600, audiences = [issuer], pod } = {}) => {
    const account = store.get('serviceaccounts', namespace, name);
    if (account === undefined) throw notFound({ group: '', plural: 'serviceaccounts' }, name);
    const bound = { namespace, ...(pod === undefined ? {} : { pod }), serviceaccount: { name, uid: account.metadata.uid } };
    return sign({ aud: audiences, sub: `system:serviceaccount:${namespace}:${name}`, 'kubernetes.io': bound }, seconds);
  };
  return {
    issue: ({ username, groups }, { seconds = 10 * 365 * 86_400 } = {}) => sign({ aud: [issuer], sub: username, groups }, seconds).token,
    forServiceAccount,
    verify: (token) => {
      const claims = read(token);
      return claims === undefined ? undefined : userOf(claims, store);
    },
    request: (namespace, name, { metadata, spec }) => {
      const seconds = spec?.expirationSeconds ?? 3600;
      if (seconds < 600) throw tooShort(name, seconds);
      const reference = spec?.boundObjectRef;
      const pod = reference?.kind === 'Pod' && reference.name !== undefined ? boundPod(store, namespace, reference.name) : undefined;
      const audiences = (spec?.audiences ?? []).length > 0 ? spec?.audiences ?? [] : [issuer];
      const { token, expires } = forServiceAccount(namespace, name, { seconds, audiences, ...(pod === undefined ? {} : { pod }) });
      return {
        kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1',
        metadata: { ...metadata, name, namespace, creationTimestamp: new Date(now()).toISOString().replace(/\.\d+Z/, 'Z') },
        spec: { ...spec, audiences: [...audiences], expirationSeconds: seconds },
        status: { token, expirationTimestamp: expires },
      };
    },
  };
};

/** As authentication sees a service account. */
const serviceAccountUser = (namespace: string, name: string, uid: string): UserInfo => ({
  username: `system:serviceaccount:${namespace}:${name}`,
  uid,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
});

const userOf = (claims: Claims, store: Store): UserInfo | undefined => {
  const extra = { 'authentication.kubernetes.io/credential-id': [`JTI=${claims.jti}`] };
  const bound = claims['kubernetes.io'];
  if (bound === undefined) return { username: claims.sub, groups: [...new Set([...(claims.groups ?? []), 'system:authenticated'])], extra };
  const { namespace, serviceaccount: { name, uid }, pod } = bound;
  if (store.get('serviceaccounts', namespace, name)?.metadata.uid !== uid) return undefined;
  if (pod === undefined) return { ...serviceAccountUser(namespace, name, uid), extra };
  if (store.get('pods', namespace, pod.name)?.metadata.uid !== pod.uid) return undefined;
  const ofPod = { 'authentication.kubernetes.io/pod-name': [pod.name], 'authentication.kubernetes.io/pod-uid': [pod.uid] };
  return { ...serviceAccountUser(namespace, name, uid), extra: { ...extra, ...ofPod } };
};

const boundPod = (store: Store, namespace: string, name: string): { name: string; uid: string } => {
  const pod = store.get('pods', namespace, name);
  if (pod === undefined) throw notFound({ group: '', plural: 'pods' }, name);
  return { name, uid: pod.metadata.uid };
};

const tooShort = (name: string, seconds: number) =>
  invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, name, [
    { reason: 'FieldValueInvalid', field: 'spec.expirationSeconds', detail: `Invalid value: ${seconds}: may not specify a duration less than 10 minutes` },
  ]);

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const equal = (one: string, other: string): boolean => {
  const [first, second] = [Buffer.from(one), Buffer.from(other)];
  return first.length === second.length && timingSafeEqual(first, second);
};
