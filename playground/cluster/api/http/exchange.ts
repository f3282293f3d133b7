/** One request and its answer. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { UserInfo } from '../../access/user.ts';
import type { Caller } from '../verbs.ts';

export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  method: string;
  path: string;
  query: URLSearchParams;
  user: UserInfo;
  caller: Caller;
  /** Fires when the client is gone. */
  signal: AbortSignal;
}

export function createExchange(request: IncomingMessage, response: ServerResponse, user: UserInfo): Exchange {
  const url = new URL(request.url ?? '/', 'https://cluster');
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const warnings: string[] = [];
  const agent = request.headers['user-agent'] ?? 'unknown';
  return {
    request, response, method: request.method ?? 'GET', path: url.pathname, query: url.searchParams, user, signal: gone.signal,
    caller: {
      user, manager: agent.split('/')[0] || 'unknown',
      warn: (text) => {
        if (warnings.includes(text)) return;
        warnings.push(text);
        // A header holds Latin-1 without line ends; what doesn't fit becomes a question mark.
        const safe = text.replaceAll(/[^\x20-\x7e]/g, '?').replaceAll('\\', '\\\\').replaceAll('"', '\\"');
        if (!response.headersSent) response.appendHeader('warning', `299 - "${safe}"`);
      },
    },
  };
}

export const flag = (query: URLSearchParams, name: string): boolean => {
  const value = query.get(name);
  return value !== null && value !== 'false' && value !== '0';
};
