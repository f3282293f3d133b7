/** GET of a collection. */
import { apiVersionOf } from '../../resources/resource.ts';
import type { StoredObject } from '../../objects/object.ts';
import type { Machinery } from '../machinery.ts';
import { StatusError, badRequest } from '../status.ts';
import { storeKey } from '../writes/common.ts';
import { itemTextOf, sendText } from './answer.ts';
import type { Exchange } from './exchange.ts';
import type { ResourceRoute } from './route.ts';
import { selectionOf } from './selection.ts';
import { asServed, includedOf, metadataText, tableText, viewOf } from './table.ts';

interface Page {
  objects: StoredObject[];
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
}

export function answerList(machinery: Machinery, route: ResourceRoute, exchange: Exchange): void {
  const { definition } = route;
  const { objects, metadata } = pageOf(machinery, route, exchange.query);
  const view = viewOf(exchange.request.headers.accept);
  if (view === 'table') {
    sendText(exchange, 200, tableText(definition, objects, metadata, includedOf(exchange.query), machinery.now()));
    return;
  }
  const [kind, apiVersion, texts] = view === 'metadata'
    ? ['PartialObjectMetadataList', 'meta.k8s.io/v1', objects.map(metadataText)]
    // Items of a custom kind carry their kind, those of a built-in one don't.
    : [definition.listKind, apiVersionOf(definition), objects.map('openapi' in definition.shape ? (object) => JSON.stringify(asServed(definition, object)) : itemTextOf)];
  sendText(exchange, 200, `{"kind":"${kind}","apiVersion":"${apiVersion}","metadata":${JSON.stringify(metadata)},"items":[${texts.join(',')}]}`);
}

export function pageOf(machinery: Machinery, { definition, namespace }: ResourceRoute, query: URLSearchParams): Page {
  const { store } = machinery;
  const selection = selectionOf(definition, query);
  const asked = query.get('resourceVersion');
  if (!/^\d*$/.test(asked ?? '')) throw badRequest(`Invalid value: "${asked}": strconv.ParseUint: parsing "${asked}": invalid syntax`);
  if (asked !== null && asked !== '' && Number(asked) > Number(store.revision())) throw tooLarge(asked, store.revision());
  const limit = Number(query.get('limit') ?? 0);
  const token = query.get('continue') ?? '';
  const { start, revision: continued } = token === '' ? { start: undefined, revision: store.revision() } : readToken(token);
  const revision = Number(continued) > 0 ? continued : store.revision();
  const keyIn = (object: StoredObject): string => (namespace === undefined && definition.namespaced ? `${object.metadata.namespace ?? ''}/${object.metadata.name}` : object.metadata.name);
  let found = listOf(store, storeKey(definition), namespace, start, revision).filter(selection.matches);
  if (start !== undefined) found = found.filter((object) => keyIn(object) >= start);
  const last = limit > 0 && found.length > limit ? found[limit - 1] : undefined;
  if (last === undefined) return { objects: found, metadata: { resourceVersion: revision } };
  return {
    objects: found.slice(0, limit),
    metadata: {
      resourceVersion: revision, continue: writeToken(`${keyIn(last)}\0`, revision),
      ...(selection.narrow ? {} : { remainingItemCount: found.length - limit }),
    },
  };
}

/** Later pages are of the version that the first one was of, as long as it is known. */
function listOf(store: Machinery['store'], resource: string, namespace: string | undefined, start: string | undefined, revision: string): readonly StoredObject[] {
  if (start === undefined || Number(revision) >= Number(store.revision())) return store.list(resource, namespace);
  const found = store.listAt(resource, namespace, Number(revision));
  if (found !== undefined) return found;
  throw new StatusError({
    code: 410, reason: 'Expired', message: 'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
    metadata: { continue: writeToken(start, '-1') },
  });
}

const tooLarge = (asked: string, current: string): StatusError => new StatusError({
  code: 504, reason: 'Timeout', message: `Timeout: Too large resource version: ${asked}, current: ${current}`,
  details: { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }], retryAfterSeconds: 1 },
});

const writeToken = (start: string, revision: string): string => Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: Number(revision), start })).toString('base64url');

function readToken(token: string): { start: string; revision: string } {
  try {
    const { v, rv, start } = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as { v?: unknown; rv?: unknown; start?: unknown };
    if (v === 'meta.k8s.io/v1' && typeof rv === 'number' && typeof start === 'string' && start !== '') return { start, revision: String(rv) };
  } catch {
    // Not one of ours.
  }
  throw badRequest('continue key is not valid: invalid character in token');
}
