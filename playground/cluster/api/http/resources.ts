/** The verbs on collections and objects. */
import type { StoredObject } from '../../objects/object.ts';
import type { Verb } from '../../resources/resource.ts';
import type { Machinery } from '../machinery.ts';
import { StatusError, badRequest } from '../status.ts';
import type { Patch, Place, Verbs } from '../verbs.ts';
import { sendJson, sendText } from './answer.ts';
import { mediaTypeOf, parseJson, parseObject, parseYaml, readBody, readBytes, unsupportedMediaType } from './body.ts';
import type { Exchange } from './exchange.ts';
import { answerList, pageOf } from './list.ts';
import { deleteRequestOf, writeOptionsOf } from './options.ts';
import type { ResourceRoute } from './route.ts';
import { includedOf, viewOf, viewText } from './table.ts';
import { answerWatch } from './watch.ts';

export interface ResourceParts {
  machinery: Machinery;
  verbs: Verbs;
}

/** Kinds whose deletion answers with the object rather than with a Status. */
const returnsDeleted = new Set(['pods', 'services', 'serviceaccounts', 'persistentvolumes', 'persistentvolumeclaims', 'podtemplates', 'resourcequotas']);

export async function answerResource({ machinery, verbs }: ResourceParts, route: ResourceRoute, verb: Verb, exchange: Exchange): Promise<void> {
  const { definition, namespace, name, subresource } = route;
  const place: Place = { definition, namespace, name };
  switch (verb) {
    case 'list': return answerList(machinery, route, exchange);
    case 'watch': return answerWatch(machinery, route, exchange);
    case 'get': return send(machinery, route, exchange, 200, verbs.get(place));
    case 'create': {
      const body = await readObject(exchange, definition.kind);
      return send(machinery, route, exchange, 201, verbs.create(definition, namespace, body, exchange.caller, writeOptionsOf(exchange, 'CreateOptions')));
    }
    case 'update': {
      const body = await readObject(exchange, definition.kind);
      return send(machinery, route, exchange, 200, verbs.update(place, body, exchange.caller, writeOptionsOf(exchange, 'UpdateOptions', subresource?.name)));
    }
    case 'patch': {
      const patch = await readPatch(exchange, 'openapi' in definition.shape);
      const { object, created } = verbs.patch(place, patch, exchange.caller, writeOptionsOf(exchange, 'PatchOptions', subresource?.name));
      return send(machinery, route, exchange, created ? 201 : 200, object);
    }
    case 'delete': {
      const request = deleteRequestOf(exchange.query, await readOptions(exchange));
      const { object, gone } = verbs.delete(place, request, exchange.caller);
      if (gone && !returnsDeleted.has(definition.group === '' ? definition.plural : '')) return sendJson(exchange, 200, deletedStatus(route, object));
      return send(machinery, route, exchange, 200, object);
    }
    case 'deletecollection': {
      const request = deleteRequestOf(exchange.query, await readOptions(exchange));
      const { objects, metadata } = pageOf(machinery, route, exchange.query);
      const deleted = objects.flatMap((object) => deleteOne(verbs, { definition, namespace: object.metadata.namespace, name: object.metadata.name }, request, exchange));
      const items = deleted.map(({ kind: _kind, apiVersion: _apiVersion, ...rest }) => rest);
      return sendJson(exchange, 200, { kind: definition.listKind, apiVersion: deleted[0]?.apiVersion ?? objects[0]?.apiVersion ?? 'v1', metadata, items });
    }
  }
}

function deleteOne(verbs: Verbs, place: Place, request: Parameters<Verbs['delete']>[1], exchange: Exchange): StoredObject[] {
  try {
    return [verbs.delete(place, request, exchange.caller).object];
  } catch (error) {
    // Somebody else was faster.
    if (error instanceof StatusError && error.status.code === 404) return [];
    throw error;
  }
}

export function send({ now }: Machinery, { definition }: ResourceRoute, exchange: Exchange, code: number, object: StoredObject): void {
  sendText(exchange, code, viewText(viewOf(exchange.request.headers.accept), definition, object, includedOf(exchange.query), now()));
}

export async function readObject(exchange: Exchange, kind: string): Promise<unknown> {
  const body = parseObject(await readBytes(exchange.request), mediaTypeOf(exchange.request), kind);
  if (body === undefined || typeof body !== 'object' || body === null) throw badRequest(`the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)`);
  return body;
}

async function readOptions(exchange: Exchange): Promise<unknown> {
  return parseObject(await readBytes(exchange.request), mediaTypeOf(exchange.request), 'DeleteOptions');
}

export async function readPatch(exchange: Exchange, custom: boolean): Promise<Patch> {
  const supported = ['application/json-patch+json', 'application/merge-patch+json', ...(custom ? [] : ['application/strategic-merge-patch+json']), 'application/apply-patch+yaml', 'application/apply-patch+cbor'];
  const mediaType = mediaTypeOf(exchange.request);
  if (!supported.includes(mediaType) || mediaType === 'application/apply-patch+cbor') {
    throw new StatusError({ ...unsupportedMediaType(supported).status, message: `the body of the request was in an unknown format - accepted media types include: ${supported.join(', ')}` });
  }
  const text = await readBody(exchange.request);
  if (mediaType === 'application/apply-patch+yaml') {
    const force = exchange.query.get('force');
    return { type: 'apply', body: parseYaml(text), force: force === 'true' || force === '1' };
  }
  const type = mediaType === 'application/json-patch+json' ? 'json' : mediaType === 'application/merge-patch+json' ? 'merge' : 'strategic';
  return { type, body: parseJson(text, (why) => badRequest(`error decoding patch: ${why}`)) };
}

function deletedStatus({ definition, name }: ResourceRoute, object: StoredObject): unknown {
  return {
    kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success',
    details: { name, ...(definition.group === '' ? {} : { group: definition.group }), kind: definition.plural, uid: object.metadata.uid },
  };
}
