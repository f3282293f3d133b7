/** The playground's workspace: a small Slack that a person can use, and that a Bolt app talks to. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AppAnswer } from './app-requests.ts';
import type { Fault } from './faults.ts';
import type { WorkspaceOptions } from './options.ts';
import { createParts } from './parts.ts';
import type { RecordedCall } from './parts.ts';
import { route } from './router.ts';
import type { StoredMessage } from './state.ts';
import { currentWorld } from './world.ts';

export interface Workspace {
  /** The page: http://127.0.0.1:PORT */
  url: string;
  /** For Bolt's clientOptions.slackApiUrl; ends in /api/ */
  apiUrl: string;
  /** Every message of a channel, replies too, oldest first. */
  messages(channel: string): StoredMessage[];
  /** The newest calls of the app, oldest first (up to 5000). */
  calls(): readonly RecordedCall[];
  /** One chat.postMessage per second and channel, else 429. */
  limitPosts(enabled: boolean): void;
  /** Makes the next calls fail; `method` is a Web API method, `response_url`, or `*`. */
  failNext(method: string, count: number, fault: Fault): void;
  /** A signed interaction that nobody made on the page: what a person with a modified client could send. */
  sendInteraction(payload: Record<string, unknown>): Promise<AppAnswer>;
  /** Stops listening, abandons retries, and writes the data file. */
  close(): Promise<void>;
}

const LOOPBACK = ['127.0.0.1', 'localhost', '::1'];

export class NotLoopbackError extends Error {
  readonly code = 'not_loopback';
  constructor(host: string) {
    super(`The playground has no login and must not be reachable from outside; listen on 127.0.0.1 instead of ${host}.`);
  }
}

/** Throws NotLoopbackError, or what listening throws (EADDRINUSE: choose another port). */
export async function startWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const host = options.host ?? '127.0.0.1';
  if (!LOOPBACK.includes(host)) throw new NotLoopbackError(host);
  let baseUrl = '';
  const parts = createParts(options, () => baseUrl);
  const server = createServer((request, response) => void route(request, response, parts));
  try {
    await new Promise<void>((listening, failed) => {
      server.once('error', failed);
      server.listen(options.port, host, listening);
    });
  } catch (error) {
    parts.close();
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  baseUrl = `http://${host === '::1' ? '[::1]' : host}:${port}`;
  const unsubscribe = options.world?.subscribe(() => parts.pageEvents.publish({ type: 'world', world: currentWorld(parts) }));
  return {
    url: baseUrl,
    apiUrl: `${baseUrl}/api/`,
    messages: (channel) => parts.state.inChannel(channel),
    calls: () => parts.calls,
    limitPosts: (enabled) => parts.postLimit.set(enabled),
    failNext: (method, count, fault) => parts.faults.failNext(method, count, fault),
    sendInteraction: (payload) => parts.appRequests.interaction(payload),
    async close() {
      unsubscribe?.();
      parts.close();
      await new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      });
    },
  };
}
