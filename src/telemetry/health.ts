/** /healthz (alive), /readyz (its PostgreSQL and queue answer) and /metrics, on Bolt's server or on one of our own. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';

export interface Route {
  path: string;
  method: 'GET' | 'POST';
  handler(request: IncomingMessage, response: ServerResponse): void | Promise<void>;
}

/** `ready` resolves when this process can do its work and rejects, saying why, when it can't. */
export function healthRoutes(ready: () => Promise<void>, metrics: Metrics, log: Pick<Logger, 'warn'>): Route[] {
  const answer = (response: ServerResponse, status: number, body: unknown) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(`${JSON.stringify(body)}\n`);
  };
  return [
    { path: '/healthz', method: 'GET', handler: (_request, response) => answer(response, 200, { status: 'alive' }) },
    {
      path: '/readyz',
      method: 'GET',
      handler: async (_request, response) => {
        try {
          await ready();
          answer(response, 200, { status: 'ready' });
        } catch (error) {
          // Whoever asks has not proved who they are: hosts and roles stay in the log.
          log.warn({ error }, 'not ready');
          answer(response, 503, { status: 'not ready', reason: 'PostgreSQL or the queue does not answer; the log says why.' });
        }
      },
    },
    {
      path: '/metrics',
      method: 'GET',
      handler: async (_request, response) => {
        const { contentType, body } = await metrics.text();
        response.writeHead(200, { 'content-type': contentType });
        response.end(body);
      },
    },
  ];
}

/** A server with these routes alone, for roles that have no Slack app. */
export async function serveRoutes(routes: readonly Route[], { host, port }: { host: string; port: number }): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const route = routes.find((one) => one.method === request.method && one.path === request.url?.split('?')[0]);
    if (!route) {
      response.writeHead(404).end();
      return;
    }
    void Promise.resolve(route.handler(request, response)).catch(() => {
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}
