/** Posting, editing, removing and reacting: the state changes, the page hears of it, and so does the app. */
import type { AppEvents } from './app-events.ts';
import type { PageEvents } from './page-events.ts';
import { APP_ID, BOT_ID, BOT_USER, SLACKBOT, TEAM, findChannel } from './people.ts';
import type { Channel } from './people.ts';
import { toPageMessage } from './state.ts';
import type { State, StoredMessage } from './state.ts';
import type { ThreadStatuses } from './thread-statuses.ts';

export type Draft = Pick<StoredMessage, 'channel' | 'user' | 'text'> & Partial<Omit<StoredMessage, 'ts' | 'ephemeralFor'>>;

export interface Messages {
  post(draft: Draft): StoredMessage;
  /** Shown to one person and kept until the workspace stops; never in history. */
  postEphemeral(user: string, draft: Draft): StoredMessage;
  /** In place; undefined values remove the field. */
  edit(message: StoredMessage, change: Partial<StoredMessage>): void;
  remove(message: StoredMessage): void;
  /** False when there is nothing to do. */
  react(message: StoredMessage, name: string, user: string, active: boolean): boolean;
  find(channel: string, ts: string): StoredMessage | undefined;
  findEphemeral(user: string, channel: string, ts: string): StoredMessage | undefined;
  ephemerals(user: string, channel: string): StoredMessage[];
}

const EPHEMERALS_KEPT = 500;

export interface MessagesOptions {
  state: State;
  pageEvents: PageEvents;
  appEvents: AppEvents;
  statuses: ThreadStatuses;
}

export function createMessages({ state, pageEvents, appEvents, statuses }: MessagesOptions): Messages {
  const ephemerals = new Map<string, StoredMessage>();
  const publish = (type: 'message' | 'message_changed', message: StoredMessage): void => {
    pageEvents.publish({ type, message: toPageMessage(state, message) }, audience(message));
  };
  const publishParent = (message: StoredMessage): void => {
    if (message.thread_ts === undefined || message.thread_ts === message.ts) return;
    const parent = state.find(message.channel, message.thread_ts);
    if (parent !== undefined) publish('message_changed', parent);
  };
  return {
    post(draft) {
      const message: StoredMessage = { ...draft, ts: state.nextTimestamp() };
      const parent = message.thread_ts === undefined ? undefined : state.find(message.channel, message.thread_ts);
      if (parent !== undefined) parent.thread_ts = parent.ts;
      state.add(message);
      publish('message', message);
      publishParent(message);
      if (message.user === BOT_USER && message.thread_ts !== undefined) statuses.set(message.channel, message.thread_ts, '');
      for (const event of eventsOf(message, parent)) appEvents.dispatch(event);
      return message;
    },
    postEphemeral(user, draft) {
      const message: StoredMessage = { ...draft, ts: state.nextTimestamp(), ephemeralFor: user };
      ephemerals.set(ephemeralKey(message.channel, message.ts), message);
      const oldest = ephemerals.keys().next().value;
      if (ephemerals.size > EPHEMERALS_KEPT && oldest !== undefined) ephemerals.delete(oldest);
      publish('message', message);
      return message;
    },
    edit(message, change) {
      Object.assign(message, change);
      state.touch();
      publish('message_changed', message);
    },
    remove(message) {
      if (message.ephemeralFor !== undefined) ephemerals.delete(ephemeralKey(message.channel, message.ts));
      else if (state.replies(message.channel, message.ts).length > 0) {
        Object.assign(message, { text: 'This message was deleted.', blocks: undefined, files: undefined, reactions: undefined, metadata: undefined, subtype: 'tombstone', user: SLACKBOT, bot_id: undefined });
        state.touch();
        return publish('message_changed', message);
      } else state.remove(message.channel, message.ts);
      pageEvents.publish({ type: 'message_deleted', channel: message.channel, ts: message.ts }, audience(message));
      publishParent(message);
    },
    react(message, name, user, active) {
      const reactions = (message.reactions ??= []);
      const reaction = reactions.find((candidate) => candidate.name === name);
      if ((reaction?.users.includes(user) ?? false) === active) return false;
      if (reaction === undefined) reactions.push({ name, users: [user] });
      else if (active) reaction.users.push(user);
      else reaction.users = reaction.users.filter((other) => other !== user);
      message.reactions = reactions.filter((candidate) => candidate.users.length > 0);
      state.touch();
      publish('message_changed', message);
      appEvents.dispatch({
        type: active ? 'reaction_added' : 'reaction_removed',
        user,
        reaction: name,
        item: { type: 'message', channel: message.channel, ts: message.ts },
        item_user: message.user,
        event_ts: state.nextTimestamp(),
      });
      return true;
    },
    find: (channel, ts) => state.find(channel, ts),
    findEphemeral(user, channel, ts) {
      const message = ephemerals.get(ephemeralKey(channel, ts));
      return message?.ephemeralFor === user ? message : undefined;
    },
    ephemerals: (user, channel) => [...ephemerals.values()].filter((message) => message.ephemeralFor === user && message.channel === channel),
  };
}

/** Who may see it; undefined for everybody. */
function audience(message: StoredMessage): readonly string[] | undefined {
  if (message.ephemeralFor !== undefined) return [message.ephemeralFor];
  const channel = findChannel(message.channel);
  return channel?.isDirectMessage === true ? channel.members : undefined;
}

function ephemeralKey(channel: string, ts: string): string {
  return `${channel}:${ts}`;
}

type AppEvent = { type: string } & Record<string, unknown>;

function eventsOf(message: StoredMessage, parent: StoredMessage | undefined): AppEvent[] {
  const channel = findChannel(message.channel);
  const shared = {
    user: message.user,
    ts: message.ts,
    text: message.text,
    team: TEAM.id,
    channel: message.channel,
    event_ts: message.ts,
    ...(message.blocks !== undefined && { blocks: message.blocks }),
    ...(message.thread_ts !== undefined && { thread_ts: message.thread_ts }),
    ...(parent !== undefined && { parent_user_id: parent.user }),
  };
  const posted = { type: 'message', ...shared, channel_type: channelType(channel), ...(message.bot_id !== undefined && { bot_id: BOT_ID, app_id: APP_ID }) };
  const mentioned = message.bot_id === undefined && channel?.isDirectMessage !== true && message.text.includes(`<@${BOT_USER}>`);
  return mentioned ? [{ type: 'app_mention', ...shared }, posted] : [posted];
}

function channelType(channel: Channel | undefined): 'im' | 'channel' {
  return channel?.isDirectMessage === true ? 'im' : 'channel';
}
