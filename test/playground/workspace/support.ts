/** A workspace, a real Bolt app that talks to it, and people who use the page's own doors. */
import type { AddressInfo } from 'node:net';
import { App, HTTPReceiver, LogLevel } from '@slack/bolt';
import type { WebClientOptions } from '@slack/web-api';
import { WebClient } from '@slack/web-api';
import { vi } from 'vitest';
import type { WorkspaceOptions } from '../../../playground/workspace/options.ts';
import type { PageEvent, PageMessage, PageView, SendAction } from '../../../playground/workspace/page-api.ts';
import { startWorkspace } from '../../../playground/workspace/server.ts';
import type { Workspace } from '../../../playground/workspace/server.ts';

export const SIGNING_SECRET = 'the-signing-secret-of-the-tests';
export const BOT_TOKEN = 'xoxb-tests';

export interface Bench {
  workspace: Workspace;
  app: App;
  client: WebClient;
  /** Where Bolt listens. */
  requestUrl: string;
  warnings: string[];
  close(): Promise<void>;
}

export interface BenchOptions extends Partial<Pick<WorkspaceOptions, 'limits' | 'dataFile' | 'manifest' | 'world' | 'alerts' | 'pageDirectory' | 'pageScriptDirectory'>> {
  listen?(app: App): void;
}

const quiet = { debug() {}, info() {}, warn() {}, error() {}, setLevel() {}, getLevel: () => LogLevel.ERROR, setName() {} };

export async function startBench({ listen, ...options }: BenchOptions = {}): Promise<Bench> {
  let requestUrl = 'http://127.0.0.1:9/';
  const { workspace, warnings } = await startOnly({ ...options, requestUrl: () => requestUrl });
  const receiver = new HTTPReceiver({ signingSecret: SIGNING_SECRET, logger: quiet });
  const app = new App({ token: BOT_TOKEN, receiver, logger: quiet, clientOptions: { slackApiUrl: workspace.apiUrl } });
  app.error(async () => undefined);
  listen?.(app);
  const server = await receiver.start({ port: 0, host: '127.0.0.1' });
  requestUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`;
  return {
    workspace,
    app,
    client: webClient(workspace),
    requestUrl,
    warnings,
    async close() {
      server.closeAllConnections();
      await app.stop();
      await workspace.close();
    },
  };
}

/** Without a Bolt app. */
export async function startOnly(options: Partial<WorkspaceOptions> & { requestUrl?: string | (() => string) } = {}): Promise<{ workspace: Workspace; warnings: string[] }> {
  const warnings: string[] = [];
  const { requestUrl = 'http://127.0.0.1:9/', ...rest } = options;
  const workspace = await startWorkspace({
    port: 0,
    app: { requestUrl, signingSecret: SIGNING_SECRET, botToken: BOT_TOKEN },
    pageDirectory: '/nowhere',
    pageScriptDirectory: '/nowhere',
    log: { info: () => undefined, warn: (message) => void warnings.push(message) },
    ...rest,
    limits: { acknowledgement: 60_000, triggerLifetime: 60_000, ...rest.limits },
  });
  return { workspace, warnings };
}

export function webClient(workspace: Workspace, options: WebClientOptions = {}): WebClient {
  return new WebClient(BOT_TOKEN, { slackApiUrl: workspace.apiUrl, logger: quiet, retryConfig: { retries: 0 }, ...options });
}

/** `chat.postMessage` and the like, reduced to Slack's error code; 'ok' when there is none. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    return (error as { data?: { error?: string } }).data?.error ?? String(error);
  }
}

/** The `[json-pointer:...]` messages of a refused call. */
export async function complaintsOf(call: Promise<unknown>): Promise<string[]> {
  try {
    await call;
    return [];
  } catch (error) {
    return (error as { data?: { response_metadata?: { messages?: string[] } } }).data?.response_metadata?.messages ?? [];
  }
}

export interface Person {
  say(channel: string, text: string, threadTs?: string): Promise<Record<string, unknown>>;
  channel(id: string): Promise<PageMessage[]>;
  thread(channel: string, ts: string): Promise<PageMessage[]>;
  act(action: Omit<SendAction, 'user'>): Promise<Record<string, unknown>>;
  views(): Promise<PageView[]>;
  submit(viewId: string, values: Record<string, Record<string, unknown>>): Promise<Record<string, unknown>>;
  closeView(viewId: string): Promise<Record<string, unknown>>;
  post(path: string, body: Record<string, unknown>): Promise<Record<string, unknown>>;
  get(path: string): Promise<Record<string, unknown>>;
}

/** Somebody at the page. */
export function person(workspace: Workspace, user: string): Person {
  const get = async (path: string): Promise<Record<string, unknown>> => {
    const response = await fetch(`${workspace.url}${path}${path.includes('?') ? '&' : '?'}user=${user}`);
    return (await response.json()) as Record<string, unknown>;
  };
  const post = async (path: string, body: Record<string, unknown>): Promise<Record<string, unknown>> => {
    const response = await fetch(`${workspace.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ user, ...body }) });
    return (await response.json()) as Record<string, unknown>;
  };
  return {
    get,
    post,
    say: (channel, text, threadTs) => post('/page/messages', { channel, text, ...(threadTs !== undefined && { thread_ts: threadTs }) }),
    channel: async (id) => (await get(`/page/channels/${id}/messages`))['messages'] as PageMessage[],
    thread: async (channel, ts) => (await get(`/page/channels/${channel}/threads/${ts}`))['messages'] as PageMessage[],
    act: (action) => post('/page/actions', { ...action }),
    views: async () => (await get('/page/bootstrap'))['views'] as PageView[],
    submit: (viewId, values) => post(`/page/views/${viewId}/submit`, { values }),
    closeView: (viewId) => post(`/page/views/${viewId}/close`, {}),
  };
}

/** Collects what the event stream of a person says, until closed. */
export async function listen(workspace: Workspace, user: string): Promise<{ events: PageEvent[]; close(): void }> {
  const stop = new AbortController();
  const response = await fetch(`${workspace.url}/page/events?user=${user}`, { signal: stop.signal });
  const events: PageEvent[] = [];
  void (async () => {
    let pending = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      pending += decoder.decode(chunk as Uint8Array, { stream: true });
      const frames = pending.split('\n\n');
      pending = frames.pop() ?? '';
      for (const frame of frames) if (frame.startsWith('data: ')) events.push(JSON.parse(frame.slice(6)) as PageEvent);
    }
  })().catch(() => undefined);
  return { events, close: () => stop.abort() };
}

export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 30_000, interval: 20 });
}

export function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('It is not there.');
  return value;
}
