import { execFile } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, normalize, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { PageEvent, PageMessage, PageView, SendAction, SendMessage, SendReaction, SubmitView, World } from '../../playground/workspace/page-api.ts';
import { incidents, sampleBootstrap, sampleMessages, sampleModal, sampleWorld } from './page-samples.ts';

const root = resolve(import.meta.dirname, '../..');
const source = join(root, 'playground/workspace/page');

/** A small server that keeps the page's side of the contract over sample data, and remembers what it was asked. */
export interface PageStub {
  url: string;
  actions: SendAction[];
  sent: SendMessage[];
  submitted: SubmitView[];
  shortcuts: { user: string; ts: string; callback_id: string }[];
  messages: PageMessage[];
  world: World;
  /** Ends every event stream, as a restart of the server would. */
  dropStreams(): void;
  push(event: PageEvent): void;
  openView(user: string, view: PageView['view']): void;
  /** What the next submit of a view answers. */
  answerSubmit: (view: SubmitView) => { ok: true } | { ok: false; errors: Record<string, string> };
  close(): Promise<void>;
}

/** Compiles the page into a folder of its own. Returns the folder; the caller removes it. */
export async function compilePage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'page-'));
  await promisify(execFile)(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', source, '--outDir', folder, '--noCheck', '--sourceMap', 'false']);
  return folder;
}

/** `compiled` is what compilePage returned. */
export async function startPageStub(compiled: string, port = 0): Promise<PageStub> {
  const streams = new Map<ServerResponse, string>();
  const views = new Map<string, PageView[]>();
  const now = Math.floor(Date.now() / 1000);
  let counter = 0;

  const stub: PageStub = {
    url: '',
    actions: [],
    sent: [],
    submitted: [],
    shortcuts: [],
    messages: sampleMessages(now),
    world: sampleWorld(),
    dropStreams: () => streams.forEach((_, response) => response.destroy()),
    push(event) {
      for (const [response, user] of streams) {
        const isPrivate = (event.type === 'message' || event.type === 'message_changed') && event.message.ephemeralFor !== undefined && event.message.ephemeralFor !== user;
        if (!isPrivate) response.write(`data: ${JSON.stringify(event)}\n\n`);
      }
    },
    openView(user, view) {
      counter += 1;
      setViews(user, [...(views.get(user) ?? []), { id: `V${counter}`, view }]);
    },
    answerSubmit: () => ({ ok: true }),
    async close() {
      stub.dropStreams();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };

  const setViews = (user: string, stack: PageView[]): void => {
    views.set(user, stack);
    for (const [response, name] of streams) if (name === user) response.write(`data: ${JSON.stringify({ type: 'views', views: stack })}\n\n`);
  };

  const keep = (message: PageMessage): void => {
    stub.messages.push(message);
    stub.push({ type: 'message', message });
  };

  const take = (message: SendMessage): object => {
    stub.sent.push(message);
    counter += 1;
    const ts = `${Math.floor(Date.now() / 1000)}.${String(counter).padStart(6, '0')}`;
    const base = { ts, channel: message.channel, ...(message.thread_ts === undefined ? {} : { thread_ts: message.thread_ts }) };
    if (message.text.startsWith('/unknown')) return { ok: false, error: 'There is no command /unknown here.' };
    if (message.text.startsWith('/')) keep({ ...base, user: 'U0BOT', text: `I heard \`${message.text}\`.`, ephemeralFor: message.user });
    else keep({ ...base, user: message.user, text: message.text });
    return { ok: true };
  };

  const act = (action: SendAction): object => {
    stub.actions.push(action);
    if (action.action_id === 'reject') stub.openView(action.user, sampleModal());
    return { ok: true };
  };

  const react = (reaction: SendReaction): object => {
    const index = stub.messages.findIndex((message) => message.ts === reaction.ts);
    const message = stub.messages[index];
    if (message === undefined) return { ok: false, error: 'This message is gone.' };
    const others = (message.reactions ?? []).filter((each) => each.name !== reaction.name);
    const users = (message.reactions?.find((each) => each.name === reaction.name)?.users ?? []).filter((user) => user !== reaction.user);
    const next = reaction.active ? [...users, reaction.user] : users;
    const changed = { ...message, reactions: next.length === 0 ? others : [...others, { name: reaction.name, users: next }] };
    stub.messages[index] = changed;
    stub.push({ type: 'message_changed', message: changed });
    return { ok: true };
  };

  const answerPost = (path: string[], body: unknown): object => {
    const [, kind, id = '', verb] = path;
    if (kind === 'messages') return take(body as SendMessage);
    if (kind === 'actions') return act(body as SendAction);
    if (kind === 'reactions') return react(body as SendReaction);
    if (kind === 'shortcuts') stub.shortcuts.push(body as PageStub['shortcuts'][number]);
    if (kind === 'dismissals') stub.messages = stub.messages.filter((message) => message.ephemeralFor === undefined || message.ts !== (body as { ts: string }).ts);
    if (kind === 'shortcuts' || kind === 'dismissals') return { ok: true };
    if (kind === 'world') return changeWorld(id, verb ?? '', body as { active: boolean });
    const submission = body as SubmitView;
    const stack = views.get(submission.user) ?? [];
    if (verb === 'submit') {
      stub.submitted.push(submission);
      const answer = stub.answerSubmit(submission);
      if (!answer.ok) return answer;
    }
    setViews(submission.user, stack.slice(0, stack.findIndex((view) => view.id === id)));
    return { ok: true };
  };

  const changeWorld = (kind: string, id: string, body: { active: boolean }): object => {
    if (kind === 'alerts') return { ok: true, status: 202 };
    stub.world = { ...stub.world, faults: stub.world.faults.map((fault) => (fault.id === id ? { ...fault, active: body.active } : fault)) };
    stub.push({ type: 'world', world: stub.world });
    return { ok: true };
  };

  const answerGet = (path: string[], user: string): object | null => {
    const [, kind, id, list, ts] = path;
    const seen = stub.messages.filter((message) => message.channel === id && message.ephemeralFor === undefined);
    if (kind === 'bootstrap') return { ...sampleBootstrap(), views: views.get(user) ?? [] };
    if (kind === 'world') return stub.world;
    if (list === 'messages') return { messages: stub.messages.filter((message) => message.channel === id && (message.thread_ts ?? message.ts) === message.ts && (message.ephemeralFor ?? user) === user) };
    if (list === 'threads') return { messages: seen.filter((message) => message.ts === ts || message.thread_ts === ts) };
    return null;
  };

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const path = url.pathname.split('/').slice(1).map(decodeURIComponent);
    const user = url.searchParams.get('user') ?? '';
    if (url.pathname === '/page/events') return listen(response, user);
    if (path[0] !== 'page') return serveFile(response, url.pathname, compiled);
    const answer = request.method === 'POST' ? answerPost(path, JSON.parse(await readBody(request))) : answerGet(path, user);
    response.writeHead(answer === null ? 404 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  };

  const listen = (response: ServerResponse, user: string): void => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write('retry: 300\n\n');
    streams.set(response, user);
    response.on('close', () => streams.delete(response));
  };

  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  stub.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return stub;
}

const types: Record<string, string> = { '.html': 'text/html; charset=utf-8', '.css': 'text/css; charset=utf-8', '.js': 'text/javascript; charset=utf-8' };

async function serveFile(response: ServerResponse, pathname: string, compiled: string): Promise<void> {
  const asset = normalize(pathname).replace(/^\/assets\//, '');
  const file = pathname === '/' ? join(source, 'index.html') : asset.endsWith('.css') ? join(source, asset) : join(compiled, 'page', asset);
  try {
    const content = await readFile(file);
    response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' }).end(content);
  } catch {
    response.writeHead(404).end();
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}

/** The channel that the samples are about. */
export const sampleChannel = incidents;
