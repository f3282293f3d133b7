/** `kubectl --as`: whoever may impersonate asks as somebody else. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Authorizer, UserInfo } from '../../access/user.ts';
import { StatusError, forbidden } from '../status.ts';

/** The user whose rights count. Throws 403 where `user` may not be them, 500 for groups, a uid or more about no user. */
export function impersonated(headers: IncomingHttpHeaders, user: UserInfo, authorizer: Authorizer): UserInfo {
  const names = Object.keys(headers).filter((name) => name.startsWith('impersonate-'));
  if (names.length === 0) return user;
  const username = first(headers['impersonate-user']);
  const groups = listed(headers['impersonate-group']);
  const uid = first(headers['impersonate-uid']);
  const extra = Object.fromEntries(names.filter((name) => name.startsWith(extraPrefix)).map((name) => [unescapeKey(name.slice(extraPrefix.length)), listed(headers[name])]));
  const demand = (group: string, resource: string, name: string, more: { namespace?: string; subresource?: string } = {}): void => {
    if (authorizer.allowed(user, { verb: 'impersonate', group, version: 'v1', resource, name, ...more })) return;
    const place = more.namespace === undefined ? 'at the cluster scope' : `in the namespace "${more.namespace}"`;
    const full = more.subresource === undefined ? resource : `${resource}/${more.subresource}`;
    throw forbidden({ group, plural: full }, name, `User "${user.username}" cannot impersonate resource "${full}" in API group "${group}" ${place}`);
  };

  if (username === undefined) throw new StatusError({ code: 500, reason: 'InternalError', message: 'Internal error occurred: groups, a uid or more were to be impersonated without a user' });
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username);
  if (account?.[1] !== undefined && account[2] !== undefined) demand('', 'serviceaccounts', account[2], { namespace: account[1] });
  else demand('', 'users', username);
  for (const group of groups) demand('', 'groups', group);
  if (uid !== undefined) demand('authentication.k8s.io', 'uids', uid);
  for (const [key, values] of Object.entries(extra)) for (const value of values) demand('authentication.k8s.io', 'userextras', value, { subresource: key });

  const own = groups.length > 0 || account?.[1] === undefined ? groups : ['system:serviceaccounts', `system:serviceaccounts:${account[1]}`];
  const known = username === 'system:anonymous' ? 'system:unauthenticated' : 'system:authenticated';
  return { username, groups: [...new Set([...own, known])], ...(uid === undefined ? {} : { uid }), ...(Object.keys(extra).length === 0 ? {} : { extra }) };
}

const extraPrefix = 'impersonate-extra-';

const first = (value: string | string[] | undefined): string | undefined => listed(value)[0];

/** Node joins what comes several times by commas. */
function listed(value: string | string[] | undefined): string[] {
  const values = value === undefined ? [] : typeof value === 'string' ? value.split(',') : value;
  return values.map((each) => each.trim()).filter((each) => each !== '');
}

function unescapeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
