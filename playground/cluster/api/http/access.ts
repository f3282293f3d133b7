/** Who asks, and whether they may. */
import type { IncomingMessage } from 'node:http';
import type { AccessRequest, Authorizer, UserInfo } from '../../access/user.ts';
import type { Verb } from '../../resources/resource.ts';
import { StatusError, forbidden } from '../status.ts';
import { impersonated } from './impersonation.ts';
import type { ResourceRoute } from './route.ts';

const anonymous: UserInfo = { username: 'system:anonymous', groups: ['system:unauthenticated'] };

/** Throws 401 for a token that nobody issued, 403 for who wants to be somebody else and may not. */
export function authenticate(request: IncomingMessage, verify: (token: string) => UserInfo | undefined, authorizer: Authorizer): UserInfo {
  const header = request.headers.authorization;
  const token = header === undefined ? undefined : /^bearer\s+(\S+)$/i.exec(header)?.[1];
  const user = token === undefined ? anonymous : verifySafely(token, verify);
  if (user === undefined) throw new StatusError({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' });
  return impersonated(request.headers, user, authorizer);
}

function verifySafely(token: string, verify: (token: string) => UserInfo | undefined): UserInfo | undefined {
  try {
    return verify(token);
  } catch {
    return undefined;
  }
}

export function demandResource(authorizer: Authorizer, user: UserInfo, route: ResourceRoute, verb: Verb): void {
  const { definition, namespace, name, subresource } = route;
  // A namespace is asked for within itself, so that a role in it can give it.
  const within = definition.group === '' && definition.plural === 'namespaces' && name !== '' ? name : namespace;
  const request: AccessRequest = {
    verb, group: definition.group, version: definition.version, resource: definition.plural,
    ...(subresource === undefined ? {} : { subresource: subresource.name }), ...(within === undefined ? {} : { namespace: within }), ...(name === '' ? {} : { name }),
  };
  if (authorizer.allowed(user, request)) return;
  const resource = subresource === undefined ? definition.plural : `${definition.plural}/${subresource.name}`;
  const place = within === undefined ? 'at the cluster scope' : `in the namespace "${within}"`;
  throw forbidden(definition, name, `User "${user.username}" cannot ${verb} resource "${resource}" in API group "${definition.group}" ${place}`);
}

export function demandPath(authorizer: Authorizer, user: UserInfo, verb: string, path: string): void {
  if (authorizer.allowed(user, { verb, path })) return;
  throw new StatusError({ code: 403, reason: 'Forbidden', message: `forbidden: User "${user.username}" cannot ${verb} path "${path}"`, details: {} });
}
