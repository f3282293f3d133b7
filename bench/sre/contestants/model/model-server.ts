/** A Messages API on loopback: for the replayer, and as the recorder's near side. */
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ModelServer {
  url: string;
  close(): Promise<void>;
}

export interface Answer {
  status: number;
  body: string;
}

/** After this long a 200 is begun and kept open with blanks, which JSON allows: clients give up on headers after 300 s. */
const patience = 45_000;

/** `answer` is given each POST /v1/messages. A rejection is an error 500. */
export async function startModelServer(answer: (body: string, request: { path: string; headers: IncomingHttpHeaders; signal: AbortSignal }) => Promise<Answer>): Promise<ModelServer> {
  const server = createServer((request, response) => void handle(request, response));
  server.requestTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const waiting = setInterval(() => {
      if (!response.headersSent) response.writeHead(200, { 'content-type': 'application/json' });
      response.write(' ');
    }, patience);
    const result = await read(request)
      .then((body) => (request.method === 'POST' && request.url?.startsWith('/v1/messages') === true ? answer(body, { path: request.url, headers: request.headers, signal: gone.signal }) : modelError(404, 'not_found_error', `${request.url} is not served`)))
      .catch((error: unknown) => modelError(500, 'api_error', error instanceof Error ? error.message : String(error)));
    clearInterval(waiting);
    if (response.headersSent && result.status !== 200) return void response.destroy();
    if (!response.headersSent) response.writeHead(result.status, { 'content-type': 'application/json' });
    response.end(result.body);
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

export function modelError(status: number, type: string, message: string): Answer {
  return { status, body: JSON.stringify({ type: 'error', error: { type, message } }) };
}

async function read(request: IncomingMessage): Promise<string> {
  request.setEncoding('utf8');
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}
