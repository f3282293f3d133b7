/** Questions about rights: what `kubectl auth can-i` and `kubectl auth whoami` ask. Each takes what was posted and gives the answer. */
import { badRequest } from '../api/status.ts';
import type {
  LocalSubjectAccessReview, NonResourceAttributes, PolicyRule, ResourceAttributes, SelfSubjectAccessReview, SelfSubjectReview, SelfSubjectRulesReview,
  SubjectAccessReview, SubjectAccessReviewStatus, TokenReview, UserInfo as ApiUser,
} from '../objects/types.ts';
import type { RbacAuthorizer } from './authorizer.ts';
import type { Tokens } from './tokens.ts';
import type { AccessRequest, UserInfo } from './user.ts';

export interface Reviews {
  selfSubjectAccess(review: SelfSubjectAccessReview, user: UserInfo): SelfSubjectAccessReview;
  subjectAccess(review: SubjectAccessReview): SubjectAccessReview;
  localSubjectAccess(review: LocalSubjectAccessReview, namespace: string): LocalSubjectAccessReview;
  selfSubjectRules(review: SelfSubjectRulesReview, user: UserInfo): SelfSubjectRulesReview;
  selfSubject(review: SelfSubjectReview, user: UserInfo): SelfSubjectReview;
  token(review: TokenReview): TokenReview;
}

const authorization = 'authorization.k8s.io/v1';
const authentication = 'authentication.k8s.io/v1';

/** `now`: milliseconds since the epoch. */
export const createReviews = ({ authorizer, tokens, now = Date.now }: { authorizer: RbacAuthorizer; tokens: Tokens; now?: () => number }): Reviews => {
  const decide = (user: UserInfo, spec: Attributes): SubjectAccessReviewStatus => {
    const reason = authorizer.reasonFor(user, requestOf(spec));
    return reason === undefined ? { allowed: false } : reason === '' ? { allowed: true } : { allowed: true, reason };
  };
  const named = ({ spec }: SubjectAccessReview): UserInfo => ({ username: spec.user ?? '', groups: spec.groups ?? [] });
  return {
    selfSubjectAccess: (review, user) => ({
      kind: 'SelfSubjectAccessReview', apiVersion: authorization, metadata: review.metadata ?? {}, spec: review.spec, status: decide(user, review.spec),
    }),
    subjectAccess: (review) => ({
      kind: 'SubjectAccessReview', apiVersion: authorization, metadata: review.metadata ?? {}, spec: review.spec, status: decide(named(review), review.spec),
    }),
    localSubjectAccess: (review, namespace) => {
      if (review.spec.resourceAttributes?.namespace !== namespace) {
        throw badRequest(`namespace on resource attributes must be namespace of the local subject access review: ${namespace}`);
      }
      return { kind: 'LocalSubjectAccessReview', apiVersion: authorization, metadata: review.metadata ?? {}, spec: review.spec, status: decide(named(review), review.spec) };
    },
    selfSubjectRules: (review, user) => {
      const { namespace } = review.spec;
      if (namespace === undefined || namespace === '') throw badRequest('no namespace on request');
      return { kind: 'SelfSubjectRulesReview', apiVersion: authorization, metadata: review.metadata ?? {}, spec: {}, status: rulesStatus(authorizer, user, namespace) };
    },
    selfSubject: (_review, user) => ({
      kind: 'SelfSubjectReview', apiVersion: authentication, metadata: { creationTimestamp: new Date(now()).toISOString().replace(/\.\d+Z/, 'Z') },
      status: { userInfo: apiUser(user) },
    }),
    token: (review) => {
      const user = tokens.verify(review.spec.token);
      const status = user === undefined ? { user: {}, error: 'invalid bearer token' } : { authenticated: true, user: apiUser(user), audiences: review.spec.audiences ?? [defaultAudience] };
      return { kind: 'TokenReview', apiVersion: authentication, metadata: review.metadata ?? {}, spec: review.spec, status };
    },
  };
};

const defaultAudience = 'https://kubernetes.default.svc.cluster.local';

const apiUser = ({ username, uid, groups, extra }: UserInfo): ApiUser => ({
  username,
  ...(uid === undefined ? {} : { uid }),
  groups: [...groups],
  ...(extra === undefined ? {} : { extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]])) }),
});

interface Attributes { resourceAttributes?: ResourceAttributes; nonResourceAttributes?: NonResourceAttributes }

const requestOf = ({ resourceAttributes, nonResourceAttributes }: Attributes): AccessRequest => {
  if (resourceAttributes === undefined) return { verb: nonResourceAttributes?.verb ?? '', path: nonResourceAttributes?.path ?? '' };
  const { verb = '', group = '', version = '', resource = '', subresource, namespace, name } = resourceAttributes;
  return {
    verb, group, version, resource,
    ...(subresource ? { subresource } : {}), ...(namespace ? { namespace } : {}), ...(name ? { name } : {}),
  };
};

const rulesStatus = (authorizer: RbacAuthorizer, user: UserInfo, namespace: string): NonNullable<SelfSubjectRulesReview['status']> => {
  const master = user.groups.includes('system:masters');
  const everything: PolicyRule[] = master ? [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, { verbs: ['*'], nonResourceURLs: ['*'] }] : [];
  const rules = [...everything, ...authorizer.rulesFor(user, namespace)];
  return {
    resourceRules: rules.filter(({ resources = [] }) => resources.length > 0).map(({ verbs, apiGroups = [], resources = [], resourceNames }) => ({
      verbs, apiGroups, resources, ...(resourceNames === undefined ? {} : { resourceNames }),
    })),
    nonResourceRules: rules.filter(({ nonResourceURLs = [] }) => nonResourceURLs.length > 0).map(({ verbs, nonResourceURLs = [] }) => ({ verbs, nonResourceURLs })),
    incomplete: false,
  };
};
