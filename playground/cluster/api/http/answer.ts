/** How answers go out: JSON, indented for people. */
import type { StoredObject } from '../../objects/object.ts';
import { StatusError } from '../status.ts';
import type { Exchange } from './exchange.ts';

const texts = new WeakMap<object, string>();
const itemTexts = new WeakMap<object, string>();

/** JSON of a stored object; remembered, because stored objects never change. */
export function textOf(object: StoredObject): string {
  let text = Object.isFrozen(object) ? texts.get(object) : undefined;
  if (text === undefined) {
    const { kind, apiVersion, metadata, ...rest } = object;
    text = JSON.stringify({ kind, apiVersion, metadata, ...rest });
    if (Object.isFrozen(object)) texts.set(object, text);
  }
  return text;
}

/** The same as an item of a list, which doesn't repeat its kind. */
export function itemTextOf(object: StoredObject): string {
  let text = itemTexts.get(object);
  if (text === undefined) {
    const { kind: _kind, apiVersion: _apiVersion, ...rest } = object;
    text = JSON.stringify(rest);
    if (Object.isFrozen(object)) itemTexts.set(object, text);
  }
  return text;
}

export function sendText(exchange: Exchange, code: number, text: string, contentType = 'application/json'): void {
  const { response, query, request } = exchange;
  if (response.headersSent || response.destroyed) return;
  const body = contentType.startsWith('application/json') ? `${escaped(wantsIndent(query, request.headers['user-agent']) ? JSON.stringify(JSON.parse(text), null, 2) : text)}\n` : text;
  response.writeHead(code, { 'content-type': contentType, 'content-length': Buffer.byteLength(body), 'cache-control': 'no-cache, private' });
  response.end(body);
}

/** JSON as Go writes it: safe inside HTML. */
export const escaped = (text: string): string => (/[<>&\u2028\u2029]/.test(text) ? text.replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`) : text);

export const sendObject = (exchange: Exchange, code: number, object: StoredObject): void => sendText(exchange, code, textOf(object));

export const sendJson = (exchange: Exchange, code: number, value: unknown, contentType?: string): void => sendText(exchange, code, JSON.stringify(value), contentType);

/** Whatever went wrong, as a Status. Returns what is worth a log line. */
export function sendError(exchange: Exchange, error: unknown): string | undefined {
  if (error instanceof StatusError) {
    const seconds = error.status.details?.retryAfterSeconds;
    if (seconds !== undefined && !exchange.response.headersSent) exchange.response.setHeader('retry-after', String(seconds));
    sendJson(exchange, error.status.code, statusInOrder(error));
    return undefined;
  }
  const message = error instanceof Error ? error.message : String(error);
  sendJson(exchange, 500, {
    kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: `Internal error occurred: ${message}`, reason: 'InternalError',
    details: { causes: [{ message }] }, code: 500,
  });
  return error instanceof Error ? (error.stack ?? message) : message;
}

function statusInOrder({ status }: StatusError): unknown {
  const { kind, apiVersion, metadata, status: outcome, message, reason, details, code } = status;
  return { kind, apiVersion, metadata, status: outcome, message, reason, details, code };
}

function wantsIndent(query: URLSearchParams, agent: string | undefined): boolean {
  const asked = query.get('pretty');
  if (asked !== null) return asked !== 'false' && asked !== '0';
  return agent === undefined || /^(curl|Wget|Mozilla\/5\.0)/.test(agent);
}
