/** The page's event stream: who is listening, and who hears what. */
import type { ServerResponse } from 'node:http';
import type { PageEvent } from './page-api.ts';

const HEARTBEAT_MILLISECONDS = 15_000;

export interface PageEvents {
  /** Keeps the response open until the browser leaves. */
  connect(user: string, response: ServerResponse, first: PageEvent[]): void;
  /** To everybody, or to these people only. */
  publish(event: PageEvent, audience?: readonly string[]): void;
  close(): void;
}

export function createPageEvents(): PageEvents {
  const listeners = new Map<ServerResponse, string>();
  const heartbeat = setInterval(() => {
    for (const response of listeners.keys()) response.write(': still here\n\n');
  }, HEARTBEAT_MILLISECONDS);
  heartbeat.unref();
  return {
    connect(user, response, first) {
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
      response.write('retry: 1000\n\n');
      for (const event of first) response.write(frame(event));
      listeners.set(response, user);
      response.on('close', () => listeners.delete(response));
    },
    publish(event, audience) {
      const text = frame(event);
      for (const [response, user] of listeners) {
        if (audience === undefined || audience.includes(user)) response.write(text);
      }
    },
    close() {
      clearInterval(heartbeat);
      for (const response of listeners.keys()) response.end();
      listeners.clear();
    },
  };
}

function frame(event: PageEvent): string {
  return `data: ${JSON.stringify(event)}\n\n`;
}
