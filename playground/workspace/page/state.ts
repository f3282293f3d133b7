import type { Bootstrap, PageChannel, PageEvent, PageMessage, PageUser, PageView, World } from '../page-api.ts';

/** What a view redraws itself for. */
export type Topic = 'session' | 'messages' | 'thread' | 'status' | 'views' | 'world' | 'unread' | 'connection';

export interface PageState {
  me: string;
  team: { id: string; name: string };
  users: Map<string, PageUser>;
  userGroups: NonNullable<Bootstrap['userGroups']>;
  channels: PageChannel[];
  commands: Bootstrap['slashCommands'];
  shortcuts: NonNullable<Bootstrap['messageShortcuts']>;
  channel: string;
  thread: string | null;
  /** Of the channels that were opened, oldest first, without replies. */
  messages: Map<string, PageMessage[]>;
  /** By threadKey, the parent first. */
  threads: Map<string, PageMessage[]>;
  ephemerals: PageMessage[];
  /** Those that were dismissed, by their ts: a fetch must not bring them back. */
  dismissed: Set<string>;
  unread: Map<string, { mention: boolean }>;
  statuses: Map<string, string>;
  views: PageView[];
  world: World | null;
  connected: boolean;
}

export function emptyState(): PageState {
  return {
    me: '',
    team: { id: '', name: '' },
    users: new Map(),
    userGroups: [],
    channels: [],
    commands: [],
    shortcuts: [],
    channel: '',
    thread: null,
    messages: new Map(),
    threads: new Map(),
    ephemerals: [],
    dismissed: new Set(),
    unread: new Map(),
    statuses: new Map(),
    views: [],
    world: null,
    connected: true,
  };
}

export function threadKey(channel: string, ts: string): string {
  return `${channel}:${ts}`;
}

/** Applies what the server said. Applying the same event again changes nothing. */
export function applyEvent(state: PageState, event: PageEvent): Topic[] {
  switch (event.type) {
    case 'message':
    case 'message_changed':
      return applyMessage(state, event.message, event.type === 'message');
    case 'message_deleted':
      return removeMessage(state, event.channel, event.ts);
    case 'thread_status':
      return applyStatus(state, event);
    case 'views':
      state.views = event.views;
      return ['views'];
    case 'world':
      state.world = event.world;
      return ['world'];
    default:
      return [];
  }
}

/** The messages of a channel as this person sees them, with what only they see. */
export function visibleMessages(state: PageState): PageMessage[] {
  const own = state.ephemerals.filter((message) => message.channel === state.channel && message.ephemeralFor === state.me && !isReply(message));
  return sorted([...(state.messages.get(state.channel) ?? []), ...own]);
}

export function visibleThread(state: PageState): PageMessage[] {
  if (state.thread === null) return [];
  const own = state.ephemerals.filter((message) => message.channel === state.channel && message.ephemeralFor === state.me && isReply(message) && message.thread_ts === state.thread);
  return sorted([...(state.threads.get(threadKey(state.channel, state.thread)) ?? []), ...own]);
}

export function isReply(message: PageMessage): boolean {
  return message.thread_ts !== undefined && message.thread_ts !== message.ts;
}

function applyMessage(state: PageState, message: PageMessage, isNew: boolean): Topic[] {
  if (message.ephemeralFor !== undefined) {
    if (!state.dismissed.has(message.ts)) upsert(state.ephemerals, message);
    return ['messages', 'thread'];
  }
  const topics: Topic[] = [];
  if (isNew && message.channel !== state.channel && message.user !== state.me) {
    const mention = message.text.includes(`<@${state.me}>`) || (state.unread.get(message.channel)?.mention ?? false);
    state.unread.set(message.channel, { mention });
    topics.push('unread');
  }
  if (isReply(message)) {
    const thread = state.threads.get(threadKey(message.channel, message.thread_ts ?? ''));
    if (thread !== undefined) upsert(thread, message);
    if (isNew) countReply(state, message);
    return [...topics, 'thread', 'messages'];
  }
  const list = state.messages.get(message.channel);
  if (list !== undefined) upsert(list, message);
  const thread = state.threads.get(threadKey(message.channel, message.ts));
  if (thread !== undefined) upsert(thread, message);
  return [...topics, 'messages', 'thread'];
}

function countReply(state: PageState, reply: PageMessage): void {
  for (const list of [state.messages.get(reply.channel), state.threads.get(threadKey(reply.channel, reply.thread_ts ?? ''))]) {
    const parent = list?.find((message) => message.ts === reply.thread_ts);
    if (list === undefined || parent === undefined || (parent.latest_reply ?? '') >= reply.ts) continue;
    const users = parent.reply_users ?? [];
    const next = { ...parent, reply_count: (parent.reply_count ?? 0) + 1, latest_reply: reply.ts, reply_users: users.includes(reply.user) ? users : [...users, reply.user] };
    list[list.indexOf(parent)] = next;
  }
}

function removeMessage(state: PageState, channel: string, ts: string): Topic[] {
  const keep = (message: PageMessage): boolean => message.channel !== channel || message.ts !== ts;
  state.ephemerals = state.ephemerals.filter(keep);
  for (const lists of [state.messages, state.threads]) for (const [key, list] of lists) lists.set(key, list.filter(keep));
  return ['messages', 'thread'];
}

function applyStatus(state: PageState, event: Extract<PageEvent, { type: 'thread_status' }>): Topic[] {
  const key = threadKey(event.channel, event.thread_ts);
  if (event.status === '') state.statuses.delete(key);
  else state.statuses.set(key, event.status);
  return ['status', 'messages'];
}

function upsert(list: PageMessage[], message: PageMessage): void {
  const index = list.findIndex((each) => each.ts === message.ts);
  if (index !== -1) list[index] = message;
  else {
    list.push(message);
    list.sort(byTime);
  }
}

function sorted(messages: PageMessage[]): PageMessage[] {
  return messages.sort(byTime);
}

function byTime(left: PageMessage, right: PageMessage): number {
  return Number.parseFloat(left.ts) - Number.parseFloat(right.ts) || (left.ts < right.ts ? -1 : 1);
}
