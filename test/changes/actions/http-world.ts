/** A small internal API: variables of a service, with a revision that guards writes. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { OperationTarget } from '../../../src/config/targets.ts';
import { kindContext, secret, targetsWith } from '../../support/changes.ts';

export async function openHttpWorld() {
  const state = {
    revision: 3,
    variables: { PAYMENTS_URL: 'http://wrong.internal/x y', MODE: 'slow', PASSWORD: '***' } as Record<string, string>,
    restarts: 0,
    flags: { recommendations: 'on' } as Record<string, string>,
    cached: 12,
    /** Replaces the usual answer to a write. */
    interfere: undefined as undefined | ((request: IncomingMessage, response: ServerResponse, apply: () => void) => void),
  };
  let log = '';
  const authorizations: (string | undefined)[] = [];

  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => { body += chunk.toString(); });
    request.on('end', () => {
      const condition = request.headers['if-match'];
      log += `${request.method} http://${request.headers.host}${request.url}${body && ` ${body}`}${condition ? `\nIf-Match: ${condition}` : ''}\n`;
      authorizations.push(`${request.method} ${request.headers.authorization}`);
      const answer = (status: number, document: unknown, headers: Record<string, string> = {}) => response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(document));
      if (request.method === 'GET') return request.url?.startsWith('/services/checkout') ? answer(200, { revision: state.revision, variables: state.variables, flags: state.flags, cached: state.cached, state: 'running' }) : answer(404, { error: 'no such service' });
      const apply = () => {
        const flag = /\/flags\/(\w+)\/(on|off)$/.exec(request.url ?? '');
        if (request.url?.endsWith('/restart')) state.restarts += 1;
        else if (request.url?.endsWith('/cache')) state.cached = 0;
        else if (flag) state.flags[flag[1] ?? ''] = flag[2] ?? '';
        else {
          const { variable, value } = JSON.parse(body) as { variable: string; value: string };
          state.variables[variable] = value;
        }
        state.revision += 1;
      };
      if (condition !== undefined && condition !== `"${state.revision}"`) return answer(412, { error: 'revision moved' });
      if (state.interfere) return state.interfere(request, response, apply);
      apply();
      return answer(200, { revision: state.revision });
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const operations: OperationTarget[] = [
    {
      name: 'set-variable', description: 'Sets an environment variable of a service and restarts it', effect: 'set-environment',
      parameters: { service: { enum: ['checkout', 'missing'] }, variable: { pattern: '[A-Z_]{1,40}' }, value: { pattern: 'https?://[a-z0-9.:/-]+|fast|slow' } },
      read: { url: `${base}/services/{service}`, value: '/variables/{variable}' },
      change: { method: 'PUT', url: `${base}/services/{service}/environment`, body: { variable: '{variable}', value: '{value}' } },
      undo: { kind: 'restore', parameter: 'value' },
      readToken: secret('read-token'), writeToken: secret('write-token'),
    },
    {
      name: 'restart', description: 'Restarts a service', effect: 'restart', parameters: { service: { enum: ['checkout'] } },
      read: { url: `${base}/services/{service}`, value: '/state' }, change: { method: 'POST', url: `${base}/services/{service}/restart` }, undo: { kind: 'not_needed' },
      readToken: secret('read-token'), writeToken: secret('write-token'),
    },
    {
      name: 'flag-off', description: 'Switches a feature off', effect: 'other', parameters: { service: { enum: ['checkout', 'missing'] }, flag: { enum: ['recommendations'] } },
      read: { url: `${base}/services/{service}`, value: '/flags/{flag}' }, change: { method: 'POST', url: `${base}/services/{service}/flags/{flag}/off` }, undo: { kind: 'operation', operation: 'flag-on' },
      readToken: secret('read-token'), writeToken: secret('write-token'),
    },
    {
      name: 'flag-on', description: 'Switches a feature on', effect: 'other', parameters: { service: { enum: ['checkout', 'missing'] }, flag: { enum: ['recommendations'] } },
      read: { url: `${base}/services/{service}`, value: '/flags/{flag}' }, change: { method: 'POST', url: `${base}/services/{service}/flags/{flag}/on` }, undo: { kind: 'operation', operation: 'flag-off' },
      readToken: secret('read-token'), writeToken: secret('write-on-token'),
    },
    {
      name: 'flush', description: 'Empties the cache of a service', effect: 'other', parameters: { service: { enum: ['checkout'] }, left: { enum: ['0', '1'] } },
      read: { url: `${base}/services/{service}`, value: '/cached' }, change: { method: 'DELETE', url: `${base}/services/{service}/cache` }, undo: { kind: 'not_needed' },
      check: { url: `${base}/services/{service}`, value: '/cached', equals: '{left}' },
    },
    {
      name: 'free-path', description: 'Takes a path segment', effect: 'other', parameters: { name: { pattern: '.*' } },
      read: { url: `${base}/services/{name}`, value: '/state' }, change: { method: 'DELETE', url: `${base}/services/{name}/cache` }, undo: { kind: 'impossible' },
    },
    {
      name: 'free-host', description: 'Takes a host', effect: 'other', parameters: { host: { pattern: '.*' } },
      read: { url: 'http://{host}/state', value: '' }, change: { method: 'POST', url: 'http://{host}/state' }, undo: { kind: 'impossible' },
    },
  ];
  const targets = targetsWith({ operations });
  return {
    base, state, targets, operations, authorizations,
    context: kindContext(targets),
    sent: () => log,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => { server.close(() => resolve()); });
    },
  };
}

export type HttpWorld = Awaited<ReturnType<typeof openHttpWorld>>;
