/** Which part answers which path. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { refuse } from './guard.ts';
import { BodyTooLargeError, parseJson, readBody, sendJson, sendText } from './http.ts';
import { handlePage } from './page.ts';
import type { Parts } from './parts.ts';
import { findChannel } from './people.ts';
import { serveStatic } from './static-files.ts';
import { finish, handleWebApi, record } from './web-api/handler.ts';

export async function route(request: IncomingMessage, response: ServerResponse, parts: Parts): Promise<void> {
  try {
    const refusal = refuse(request);
    if (refusal !== undefined) return sendText(response, 403, `${refusal}\n`);
    const address = `${parts.baseUrl()}${request.url ?? '/'}`;
    if (!URL.canParse(address)) return sendText(response, 400, 'This is no address.\n');
    await dispatch(request, response, new URL(address), parts);
  } catch (error) {
    const known = error instanceof BodyTooLargeError;
    if (!known) parts.options.log.warn(`A request to the workspace failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    if (response.headersSent) response.destroy();
    else sendJson(response, known ? 413 : 500, { ok: false, error: known ? error.message : 'fatal_error' });
  }
}

async function dispatch(request: IncomingMessage, response: ServerResponse, url: URL, parts: Parts): Promise<void> {
  const { pathname } = url;
  const posted = request.method === 'POST';
  if (pathname.startsWith('/api/')) return handleWebApi(request, response, url, parts);
  if (pathname.startsWith('/page/')) return handlePage(request, response, url, parts);
  if (posted && pathname.startsWith('/response/')) return handleResponseUrl(request, response, pathname.slice('/response/'.length), parts);
  if (posted && pathname.startsWith('/upload/v1/')) return handleUpload(request, response, pathname.slice('/upload/v1/'.length), parts);
  if (request.method !== 'GET' && request.method !== 'HEAD') return sendText(response, 405, 'GET only.\n');
  if (pathname.startsWith('/files/')) return sendFile(response, pathname.split('/')[2] ?? '', parts);
  if (pathname.startsWith('/archives/')) return followPermalink(response, url, parts);
  return serveStatic(response, pathname, parts.options);
}

async function handleResponseUrl(request: IncomingMessage, response: ServerResponse, token: string, parts: Parts): Promise<void> {
  const body = parseJson((await readBody(request)).toString('utf8'));
  const fault = parts.faults.take('response_url');
  const answer = fault === undefined || fault.applied === true ? parts.responseUrls.receive(token, body) : undefined;
  finish(response, fault, answer, (status, error) => {
    record(parts.calls, { method: 'response_url', values: (body ?? {}) as Record<string, unknown>, status, ...(error !== undefined && { error }) });
  });
}

/** The bytes as the body, or in the first field of a form. */
async function handleUpload(request: IncomingMessage, response: ServerResponse, token: string, parts: Parts): Promise<void> {
  const type = request.headers['content-type'] ?? '';
  const body = await readBody(request);
  const content = type.startsWith('multipart/form-data') ? await firstField(body, type) : body;
  if (content === undefined || !parts.uploads.receive(token, content)) return sendText(response, 404, 'This upload URL is unknown or used.\n');
  sendText(response, 200, `OK - ${content.length}`);
}

async function firstField(body: Buffer, type: string): Promise<Buffer | undefined> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData().catch(() => undefined);
  for (const [, value] of form ?? []) return typeof value === 'string' ? Buffer.from(value) : Buffer.from(await value.arrayBuffer());
  return undefined;
}

function sendFile(response: ServerResponse, id: string, parts: Parts): void {
  const file = parts.state.file(id);
  if (file === undefined) return sendText(response, 404, 'There is no such file.\n');
  const shownInPlace = file.mimetype.startsWith('image/') || file.mimetype === 'text/plain';
  response.writeHead(200, {
    'content-type': file.mimetype.startsWith('text/') ? 'text/plain; charset=utf-8' : file.mimetype,
    'content-disposition': `${shownInPlace ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(file.name)}`,
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    'x-content-type-options': 'nosniff',
  });
  response.end(Buffer.from(file.content, 'base64'));
}

/** /archives/C../p1700000000123456?thread_ts=.. leads to the place in the page. */
function followPermalink(response: ServerResponse, url: URL, parts: Parts): void {
  const [, , id = '', link = ''] = url.pathname.split('/');
  const ts = /^p(\d{10})(\d{6})$/.exec(link);
  const channel = findChannel(id);
  const message = channel === undefined || ts === null ? undefined : parts.state.find(channel.id, `${ts[1]}.${ts[2]}`);
  if (channel === undefined || message === undefined) return sendText(response, 404, 'There is no such message.\n');
  const place = new URLSearchParams({ channel: channel.id, ...(message.thread_ts !== undefined && { thread: message.thread_ts }) });
  response.writeHead(302, { location: `/#${place.toString()}` });
  response.end();
}
