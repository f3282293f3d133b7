/** GET ?watch: events as lines of JSON until the client, or the clock, has had enough. */
import { apiVersionOf } from '../../resources/resource.ts';
import type { StoredObject } from '../../objects/object.ts';
import type { StoreEvent } from '../../store/store.ts';
import type { Machinery } from '../machinery.ts';
import { StatusError, badRequest } from '../status.ts';
import { storeKey } from '../writes/common.ts';
import { escaped } from './answer.ts';
import type { Exchange } from './exchange.ts';
import { flag } from './exchange.ts';
import type { ResourceRoute } from './route.ts';
import { selectionOf } from './selection.ts';
import type { Selection } from './selection.ts';
import { includedOf, viewOf, viewText } from './table.ts';

const bookmarkMilliseconds = 60_000;
const longestWatchSeconds = 1800;
/** A client that doesn't read is let go before its backlog fills our memory. */
const longestBacklogBytes = 16 * 1024 * 1024;

export function answerWatch(machinery: Machinery, { definition, namespace }: ResourceRoute, exchange: Exchange): void {
  const { response, query, signal } = exchange;
  const { store } = machinery;
  const selection = selectionOf(definition, query);
  const resource = storeKey(definition);
  const view = viewOf(exchange.request.headers.accept);
  const included = includedOf(query);
  const bookmarks = flag(query, 'allowWatchBookmarks');
  const asked = query.get('resourceVersion') ?? '';
  if (!/^\d*$/.test(asked)) throw badRequest(`Invalid value: "${asked}": strconv.ParseUint: parsing "${asked}": invalid syntax`);
  const initial = query.get('sendInitialEvents') === 'true' || ((asked === '' || asked === '0') && query.get('sendInitialEvents') !== 'false');
  let columns = true;
  let sentVersion = store.revision();

  const write = (type: string, text: string): void => {
    if (response.destroyed || response.writableEnded) return;
    response.write(`{"type":"${type}","object":${escaped(text)}}\n`);
    if (response.writableLength > longestBacklogBytes) response.destroy();
  };
  const send = (type: string, object: StoredObject): void => {
    write(type, viewText(view, definition, object, included, machinery.now(), columns));
    columns = false;
    sentVersion = object.metadata.resourceVersion;
  };
  const bookmark = (annotations?: Record<string, string>): void => {
    if (view === 'table') return;
    write('BOOKMARK', JSON.stringify({
      kind: view === 'metadata' ? 'PartialObjectMetadata' : definition.kind, apiVersion: view === 'metadata' ? 'meta.k8s.io/v1' : apiVersionOf(definition),
      metadata: { resourceVersion: latestVersion(store.revision(), sentVersion), creationTimestamp: null, ...(annotations === undefined ? {} : { annotations }) },
    }));
  };

  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  response.flushHeaders();
  let stop = (): void => undefined;
  const timers: NodeJS.Timeout[] = [];
  const end = (): void => {
    stop();
    for (const timer of timers) clearInterval(timer);
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    if (initial) {
      for (const object of store.list(resource, namespace)) if (selection.matches(object)) send('ADDED', object);
      if (query.get('sendInitialEvents') === 'true' && bookmarks) bookmark({ 'k8s.io/initial-events-end': 'true' });
    }
    stop = store.watch(resource, initial ? undefined : (asked === '' || asked === '0' ? undefined : asked), (event) => {
      if (namespace !== undefined && event.object.metadata.namespace !== namespace) return;
      // The writer behind this event must not suffer from what this watcher can't take.
      try {
        const seen = asSeen(event, selection);
        if (seen !== undefined) send(seen.type, seen.object);
      } catch (error) {
        response.destroy(error instanceof Error ? error : undefined);
      }
    });
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    write('ERROR', JSON.stringify(error.status));
    response.end();
    return;
  }
  const seconds = Number(query.get('timeoutSeconds') ?? 0) || longestWatchSeconds + Math.floor(Math.random() * longestWatchSeconds);
  const finish = setTimeout(() => {
    if (bookmarks) bookmark();
    end();
    response.end();
  }, seconds * 1000);
  const periodically = setInterval(() => {
    if (bookmarks) bookmark();
  }, bookmarkMilliseconds);
  timers.push(finish, periodically);
  for (const timer of timers) timer.unref();
  if (signal.aborted) end();
}

const latestVersion = (a: string, b: string): string => (Number(a) > Number(b) ? a : b);

/** An object that comes to match, or ceases to, appears and disappears for this watcher. */
function asSeen({ type, object, previous }: StoreEvent, selection: Selection): { type: StoreEvent['type']; object: StoredObject } | undefined {
  if (!selection.narrow) return { type, object };
  const before = previous !== undefined && selection.matches(previous);
  const after = type !== 'DELETED' && selection.matches(object);
  if (type === 'DELETED') return before ? { type, object } : undefined;
  if (before && after) return { type: 'MODIFIED', object };
  if (after) return { type: 'ADDED', object };
  if (!before || previous === undefined) return undefined;
  return { type: 'DELETED', object: { ...previous, metadata: { ...previous.metadata, resourceVersion: object.metadata.resourceVersion } } };
}
