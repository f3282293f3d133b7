/** From a request to its answer: who, what, may they, do it. Nothing thrown in here gets out. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Authorizer, UserInfo } from '../../access/user.ts';
import type { Verb } from '../../resources/resource.ts';
import { StatusError } from '../status.ts';
import { authenticate, demandPath, demandResource } from './access.ts';
import { sendError, sendText } from './answer.ts';
import { createExchange, flag } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import type { ResourceParts } from './resources.ts';
import { answerResource } from './resources.ts';
import { routeOf } from './route.ts';
import type { ResourceRoute } from './route.ts';

/** Answers a path that is no resource; false when it isn't its. */
export type PathHandler = (exchange: Exchange) => boolean;

/** Answers requests that are not plain reading and writing of stored objects: reviews, logs, metrics. Undefined: not its. */
export type SpecialHandler = (route: ResourceRoute, verb: Verb, exchange: Exchange) => Promise<void> | undefined;

export interface HandlerParts extends ResourceParts {
  authorizer: Authorizer;
  verifyToken(token: string): UserInfo | undefined;
  paths: readonly PathHandler[];
  specials: readonly SpecialHandler[];
  log(line: string): void;
}

const nobody: UserInfo = { username: 'system:anonymous', groups: [] };

export function createHandler(parts: HandlerParts): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    let exchange: Exchange | undefined;
    const failed = (error: unknown): void => {
      if (response.destroyed) return;
      exchange ??= createExchange(request, response, nobody);
      const trace = sendError(exchange, error);
      if (trace !== undefined) parts.log(`${exchange.method} ${exchange.path}: ${trace}`);
      // The rest of a body that nobody wants must not keep the connection.
      if (!request.complete) request.unpipe().resume();
    };
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    try {
      exchange = createExchange(request, response, nobody);
      const user = authenticate(request, parts.verifyToken, parts.authorizer);
      exchange = { ...exchange, user, caller: { ...exchange.caller, user } };
      answer(parts, exchange).catch(failed);
    } catch (error) {
      failed(error);
    }
  };
}

async function answer(parts: HandlerParts, exchange: Exchange): Promise<void> {
  const route = routeOf(exchange.path, parts.machinery.registry);
  if (route === undefined) {
    demandPath(parts.authorizer, exchange.user, exchange.method.toLowerCase(), exchange.path);
    if (!parts.paths.some((handle) => handle(exchange))) sendText(exchange, 404, '404 page not found\n', 'text/plain; charset=utf-8');
    return;
  }
  const verb = verbOf(route, exchange);
  if (verb === undefined) throw methodNotAllowed();
  demandResource(parts.authorizer, exchange.user, route, verb);
  const { definition, subresource } = route;
  const served: readonly string[] = subresource === undefined ? definition.verbs : subresource.verbs;
  if (!served.includes(verb)) throw methodNotAllowed();
  if (definition.group === '' && definition.plural === 'endpoints') exchange.caller.warn('v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice');
  for (const handle of parts.specials) {
    const handled = handle(route, verb, exchange);
    if (handled !== undefined) return handled;
  }
  return answerResource(parts, route, verb, exchange);
}

export const methodNotAllowed = (): StatusError =>
  new StatusError({ code: 405, reason: 'MethodNotAllowed', message: 'the server does not allow this method on the requested resource', details: {} });

function verbOf({ name, subresource }: ResourceRoute, { method, query }: Exchange): Verb | undefined {
  const item = name !== '';
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (flag(query, 'watch') && subresource === undefined && !item) return 'watch';
      return item ? 'get' : 'list';
    case 'POST': return 'create';
    case 'PUT': return item ? 'update' : undefined;
    case 'PATCH': return item ? 'patch' : undefined;
    case 'DELETE': return item ? 'delete' : 'deletecollection';
    default: return undefined;
  }
}
