/** Questions about rights and identity, and tokens of service accounts: posted, answered, never stored. */
import type { Reviews } from '../../access/reviews.ts';
import type { Tokens } from '../../access/tokens.ts';
import type { UserInfo } from '../../access/user.ts';
import type * as types from '../../objects/types.ts';
import { keyOf } from '../../resources/resource.ts';
import type { ResourceDefinition } from '../../resources/resource.ts';
import type { Machinery } from '../machinery.ts';
import { sendJson } from './answer.ts';
import type { SpecialHandler } from './handler.ts';
import { readObject } from './resources.ts';

type Answer = (body: never, user: UserInfo, namespace: string) => unknown;

export function reviewHandler(machinery: Machinery, reviews: Reviews): SpecialHandler {
  const answers: Record<string, Answer> = {
    'selfsubjectaccessreviews.authorization.k8s.io': (body: types.SelfSubjectAccessReview, user) => reviews.selfSubjectAccess(body, user),
    'selfsubjectrulesreviews.authorization.k8s.io': (body: types.SelfSubjectRulesReview, user) => reviews.selfSubjectRules(body, user),
    'subjectaccessreviews.authorization.k8s.io': (body: types.SubjectAccessReview) => reviews.subjectAccess(body),
    'localsubjectaccessreviews.authorization.k8s.io': (body: types.LocalSubjectAccessReview, _user, namespace) => reviews.localSubjectAccess(body, namespace),
    'selfsubjectreviews.authentication.k8s.io': (body: types.SelfSubjectReview, user) => reviews.selfSubject(body, user),
    'tokenreviews.authentication.k8s.io': (body: types.TokenReview) => reviews.token(body),
  };
  return ({ definition, namespace }, verb, exchange) => {
    const answer = verb === 'create' ? answers[keyOf(definition)] : undefined;
    if (answer === undefined) return undefined;
    const run = async (): Promise<void> => {
      const body: unknown = machinery.decode(await readObject(exchange, definition.kind), definition, 'Warn', exchange.caller.warn);
      sendJson(exchange, 201, answer(body as never, exchange.user, namespace ?? ''));
    };
    return run();
  };
}

export function tokenHandler(machinery: Machinery, tokens: Tokens): SpecialHandler {
  return ({ definition, namespace, name, subresource }, verb, exchange) => {
    if (keyOf(definition) !== 'serviceaccounts' || subresource?.name !== 'token' || verb !== 'create') return undefined;
    const shape: ResourceDefinition = { ...definition, group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest', shape: { type: 'TokenRequest' } };
    const run = async (): Promise<void> => {
      const body: unknown = machinery.decode(await readObject(exchange, 'TokenRequest'), shape, 'Warn', exchange.caller.warn);
      sendJson(exchange, 201, tokens.request(namespace ?? '', name, body as types.TokenRequest));
    };
    return run();
  };
}
