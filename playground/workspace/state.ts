/** Messages and files of the workspace, in memory; `snapshot` and `restore` for the data file. */
import type { PageMessage } from './page-api.ts';

export interface StoredFile {
  id: string;
  name: string;
  title: string;
  mimetype: string;
  size: number;
  user: string;
  created: number;
  /** base64 */
  content: string;
}

/** A message as the Web API keeps it. */
export interface StoredMessage {
  ts: string;
  channel: string;
  user: string;
  text: string;
  blocks?: unknown[];
  attachments?: unknown[];
  thread_ts?: string;
  reply_broadcast?: boolean;
  metadata?: { event_type: string; event_payload: Record<string, unknown> };
  edited?: { user: string; ts: string };
  reactions?: { name: string; users: string[] }[];
  files?: string[];
  /** Set when the message is the app's. */
  bot_id?: string;
  subtype?: string;
  ephemeralFor?: string;
}

export interface Snapshot {
  version: 1;
  lastMicroseconds: number;
  messages: StoredMessage[];
  files: StoredFile[];
}

export interface State {
  /** Unique and rising, like Slack's `ts`. */
  nextTimestamp(): string;
  add(message: StoredMessage): void;
  /** Undefined when it does not exist. */
  find(channel: string, ts: string): StoredMessage | undefined;
  remove(channel: string, ts: string): void;
  /** Every message of the channel, replies too, oldest first. */
  inChannel(channel: string): StoredMessage[];
  /** Oldest first, without the parent. */
  replies(channel: string, ts: string): StoredMessage[];
  addFile(file: StoredFile): void;
  file(id: string): StoredFile | undefined;
  /** To be called after changing a message in place. */
  touch(): void;
  onChange(changed: () => void): void;
  snapshot(): Snapshot;
}

export function createState(from?: Snapshot): State {
  const channels = new Map<string, Map<string, StoredMessage>>();
  const files = new Map<string, StoredFile>();
  const listeners: (() => void)[] = [];
  let lastMicroseconds = from?.lastMicroseconds ?? 0;
  const messagesOf = (channel: string): Map<string, StoredMessage> => {
    const existing = channels.get(channel);
    if (existing !== undefined) return existing;
    const created = new Map<string, StoredMessage>();
    channels.set(channel, created);
    return created;
  };
  for (const message of from?.messages ?? []) messagesOf(message.channel).set(message.ts, message);
  for (const file of from?.files ?? []) files.set(file.id, file);
  const touch = (): void => {
    for (const listener of listeners) listener();
  };
  const inChannel = (channel: string): StoredMessage[] => [...messagesOf(channel).values()];
  return {
    nextTimestamp() {
      lastMicroseconds = Math.max(lastMicroseconds + 1, Date.now() * 1000);
      const digits = String(lastMicroseconds);
      return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
    },
    add(message) {
      messagesOf(message.channel).set(message.ts, message);
      touch();
    },
    find: (channel, ts) => messagesOf(channel).get(ts),
    remove(channel, ts) {
      messagesOf(channel).delete(ts);
      touch();
    },
    inChannel,
    replies: (channel, ts) => inChannel(channel).filter((message) => message.thread_ts === ts && message.ts !== ts),
    addFile(file) {
      files.set(file.id, file);
      touch();
    },
    file: (id) => files.get(id),
    touch,
    onChange: (changed) => void listeners.push(changed),
    snapshot: () => ({
      version: 1,
      lastMicroseconds,
      messages: [...channels.values()].flatMap((messages) => [...messages.values()]),
      files: [...files.values()],
    }),
  };
}

/** As the page shows it. */
export function toPageMessage(state: State, message: StoredMessage): PageMessage {
  const replies = message.thread_ts === undefined || message.thread_ts === message.ts ? state.replies(message.channel, message.ts) : [];
  return {
    ts: message.ts,
    channel: message.channel,
    user: message.user,
    text: message.text,
    ...(message.blocks !== undefined && { blocks: message.blocks }),
    ...(message.thread_ts !== undefined && { thread_ts: message.thread_ts }),
    ...(replies.length > 0 && {
      reply_count: replies.length,
      reply_users: [...new Set(replies.map((reply) => reply.user))],
      latest_reply: replies.at(-1)?.ts ?? message.ts,
    }),
    ...(message.edited !== undefined && { edited: true }),
    ...(message.reactions !== undefined && message.reactions.length > 0 && { reactions: message.reactions }),
    ...(message.files !== undefined && {
      files: message.files.flatMap((id) => {
        const file = state.file(id);
        return file === undefined ? [] : [{ id, name: file.name, url: `/files/${id}/${encodeURIComponent(file.name)}`, mimetype: file.mimetype }];
      }),
    }),
    ...(message.ephemeralFor !== undefined && { ephemeralFor: message.ephemeralFor }),
  };
}
