/** The page's API, as page-api.ts describes it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { sendBlockAction } from './block-actions.ts';
import { parseJson, readBody, sendJson } from './http.ts';
import { DEFAULT_SLASH_COMMANDS } from './options.ts';
import type { Bootstrap, PageMessage, SendReaction } from './page-api.ts';
import { PageRefusal } from './page-refusal.ts';
import type { Parts } from './parts.ts';
import { APPROVERS, CHANNELS, TEAM, USERS, directMessageId, findChannel, findUser } from './people.ts';
import type { Channel } from './people.ts';
import { runSlashCommand } from './slash-commands.ts';
import { runMessageShortcut } from './message-shortcuts.ts';
import { toPageMessage } from './state.ts';
import { toMessageText } from './text.ts';
import { closeView, submitView } from './view-interactions.ts';
import { currentWorld, sendAlert, setFault } from './world.ts';

const text = z.string().max(40_000);
const Message = z.object({ user: z.string(), channel: z.string(), thread_ts: z.string().optional(), text });
const Option = z.object({ text: z.unknown(), value: z.string() });
const Action = z.object({
  user: z.string(),
  container: z.discriminatedUnion('type', [
    z.object({ type: z.literal('message'), channel: z.string(), ts: z.string(), ephemeral: z.boolean().optional() }),
    z.object({ type: z.literal('view'), view_id: z.string() }),
  ]),
  block_id: z.string(),
  action_id: z.string(),
  element: z.string(),
  value: z.string().optional(),
  selected_option: Option.optional(),
  selected_options: z.array(Option).optional(),
});
const Submission = z.object({ user: z.string(), values: z.record(z.string(), z.record(z.string(), z.unknown())) });
const Reaction = z.object({ user: z.string(), channel: z.string(), ts: z.string(), name: z.string().regex(/^[\p{L}\p{N}_+'-]{1,100}$/u), active: z.boolean() });
const Place = z.object({ user: z.string(), channel: z.string(), ts: z.string() });
const Shortcut = Place.extend({ callback_id: z.string() });
const Person = z.object({ user: z.string() });
const Fault = z.object({ active: z.boolean() });

type Handler = (parts: Parts, path: string[], body: unknown) => Promise<object> | object;

export async function handlePage(request: IncomingMessage, response: ServerResponse, url: URL, parts: Parts): Promise<void> {
  const user = url.searchParams.get('user') ?? '';
  try {
    const path = url.pathname.split('/').slice(2).map(decodePart);
    if (request.method === 'GET') return read(response, path, user, parts);
    if (request.method !== 'POST') throw new PageRefusal('GET or POST only.', 405);
    if (request.headers['content-type']?.startsWith('application/json') !== true) throw new PageRefusal('The body must be JSON.', 415);
    const handler = WRITES[path.length < 3 ? (path[0] ?? '') : path[0] === 'views' ? `views/${path[2]}` : `${path[0]}/${path[1]}`];
    if (handler === undefined) throw new PageRefusal('There is nothing here.', 404);
    sendJson(response, 200, await handler(parts, path, parseJson((await readBody(request)).toString('utf8'))));
  } catch (error) {
    if (error instanceof PageRefusal) return sendJson(response, error.status, { ok: false, error: error.message });
    if (error instanceof z.ZodError) return sendJson(response, 400, { ok: false, error: z.prettifyError(error) });
    throw error;
  }
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new PageRefusal('There is nothing here.', 404);
  }
}

function read(response: ServerResponse, path: string[], user: string, parts: Parts): void {
  const [first, id = '', what, ts = ''] = path;
  if (first === 'world') return sendJson(response, 200, currentWorld(parts));
  if (first === 'bootstrap') return sendJson(response, 200, bootstrap(parts, user === '' ? (USERS[0]?.id ?? '') : person(user)));
  if (first === 'home') return sendJson(response, 200, { view: parts.modals.home(person(user)) ?? null });
  if (first === 'events') {
    return parts.pageEvents.connect(person(user), response, [
      { type: 'views', views: parts.modals.stack(user) },
      { type: 'world', world: currentWorld(parts) },
      ...parts.statuses.current(),
    ]);
  }
  if (first === 'channels' && what === 'messages') return sendJson(response, 200, { messages: channelMessages(parts, channelFor(user, id), user) });
  if (first === 'channels' && what === 'threads') return sendJson(response, 200, { messages: threadMessages(parts, channelFor(user, id), ts, user) });
  throw new PageRefusal('There is nothing here.', 404);
}

const WRITES: Readonly<Record<string, Handler>> = {
  async messages(parts, _path, body) {
    const message = Message.parse(body);
    const channel = channelFor(message.user, message.channel);
    const thread = message.thread_ts === undefined ? {} : { threadTs: message.thread_ts };
    if (message.text.trim() === '') throw new PageRefusal('Type something first.');
    if (message.thread_ts !== undefined && parts.messages.find(channel.id, message.thread_ts) === undefined) throw new PageRefusal('This thread is not there any more.');
    if (message.text.trimStart().startsWith('/')) {
      await runSlashCommand(parts, { user: message.user, channel, typed: message.text, ...thread });
    } else {
      parts.messages.post({ channel: channel.id, user: message.user, text: toMessageText(message.text), ...(message.thread_ts !== undefined && { thread_ts: message.thread_ts }) });
    }
    return { ok: true };
  },
  async actions(parts, _path, body) {
    const { value, selected_option: option, selected_options: options, container, ...action } = Action.parse(body);
    await sendBlockAction(parts, {
      ...action,
      container: container.type === 'view' ? container : { type: 'message', channel: container.channel, ts: container.ts },
      ...(value !== undefined && { value }),
      ...(option !== undefined && { selected_option: option }),
      ...(options !== undefined && { selected_options: options }),
    });
    return { ok: true };
  },
  async 'views/submit'(parts, path, body) {
    const { user, values } = Submission.parse(body);
    const errors = await submitView(parts, person(user), path[1] ?? '', values);
    return errors === undefined ? { ok: true } : { ok: false, errors };
  },
  async 'views/close'(parts, path, body) {
    await closeView(parts, person(Person.parse(body).user), path[1] ?? '');
    return { ok: true };
  },
  reactions(parts, _path, body) {
    const reaction: SendReaction = Reaction.parse(body);
    const message = parts.messages.find(channelFor(reaction.user, reaction.channel).id, reaction.ts);
    if (message === undefined) throw new PageRefusal('This message is not there any more.');
    parts.messages.react(message, reaction.name, reaction.user, reaction.active);
    return { ok: true };
  },
  async shortcuts(parts, _path, body) {
    const { user, channel, ts, callback_id: callbackId } = Shortcut.parse(body);
    await runMessageShortcut(parts, { user, channel: channelFor(user, channel), ts, callbackId });
    return { ok: true };
  },
  dismissals(parts, _path, body) {
    const { user, channel, ts } = Place.parse(body);
    const message = parts.messages.findEphemeral(person(user), channel, ts);
    if (message !== undefined) parts.messages.remove(message);
    return { ok: true };
  },
  home(parts, _path, body) {
    const user = person(Person.parse(body).user);
    const home = parts.modals.home(user);
    parts.appEvents.dispatch({
      type: 'app_home_opened',
      user,
      channel: directMessageId(user),
      tab: 'home',
      event_ts: parts.state.nextTimestamp(),
      ...(home !== undefined && { view: home.view }),
    });
    return { ok: true };
  },
  async 'world/faults'(parts, path, body) {
    await setFault(parts, path[2] ?? '', Fault.parse(body).active);
    return { ok: true };
  },
  async 'world/alerts'(parts, path) {
    return { ok: true, status: await sendAlert(parts, path[2] ?? '') };
  },
};

function bootstrap(parts: Parts, user: string): Bootstrap {
  return {
    team: { id: TEAM.id, name: TEAM.name },
    users: [...USERS],
    userGroups: [{ id: APPROVERS.id, handle: APPROVERS.handle }],
    channels: CHANNELS.filter((channel) => !channel.isDirectMessage || channel.members.includes(user)).map(({ members: _members, ...channel }) => channel),
    views: parts.modals.stack(user),
    slashCommands: (parts.options.manifest?.slashCommands ?? DEFAULT_SLASH_COMMANDS).map(({ command, description, usageHint }) => ({ command, description, usageHint })),
    messageShortcuts: (parts.options.manifest?.messageShortcuts ?? []).map(({ callbackId, name, description }) => ({ callback_id: callbackId, name, description })),
  };
}

function channelMessages(parts: Parts, channel: Channel, user: string): PageMessage[] {
  const stored = [...parts.state.inChannel(channel.id), ...parts.messages.ephemerals(user, channel.id)];
  return stored
    .filter((message) => message.thread_ts === undefined || message.thread_ts === message.ts || message.reply_broadcast === true)
    .sort(byTime)
    .map((message) => toPageMessage(parts.state, message));
}

function threadMessages(parts: Parts, channel: Channel, ts: string, user: string): PageMessage[] {
  const parent = parts.messages.find(channel.id, ts);
  if (parent === undefined) throw new PageRefusal('This thread is not there any more.', 404);
  const ephemerals = parts.messages.ephemerals(user, channel.id).filter((message) => message.thread_ts === ts);
  return [parent, ...[...parts.state.replies(channel.id, ts), ...ephemerals].sort(byTime)].map((message) => toPageMessage(parts.state, message));
}

function byTime(one: { ts: string }, other: { ts: string }): number {
  return Number(one.ts) - Number(other.ts);
}

function person(id: string): string {
  const user = findUser(id);
  if (user === undefined || user.isBot) throw new PageRefusal('There is no such person.', 404);
  return user.id;
}

function channelFor(user: string, id: string): Channel {
  const channel = findChannel(id);
  if (channel === undefined || !channel.members.includes(person(user))) throw new PageRefusal('There is no such channel.', 404);
  return channel;
}
