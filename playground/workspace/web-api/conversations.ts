import { BOT_USER, CHANNELS, TEAM, directMessageId, findChannel, findUser } from '../people.ts';
import type { Channel } from '../people.ts';
import { SlackError } from '../slack-error.ts';
import type { StoredMessage } from '../state.ts';
import type { CallArguments } from './arguments.ts';
import { messageJson } from './message-json.ts';
import { channelOf } from './method.ts';
import type { Method } from './method.ts';

const DEFAULT_PAGE = 100;
const MAXIMUM_PAGE = 999;

const info: Method = (call) => ({ channel: channelJson(channelOf(call), call.flag('include_num_members')) });

const list: Method = (call) => {
  const types = (call.text('types') ?? 'public_channel').split(',');
  return paged(call, CHANNELS.filter((channel) => types.includes(channel.isDirectMessage ? 'im' : 'public_channel')).map((channel) => channelJson(channel)), 'channels');
};

const members: Method = (call) => paged(call, [...channelOf(call).members], 'members');

const open: Method = (call) => {
  const existing = call.text('channel');
  const users = (call.text('users') ?? '').split(',').filter((user) => user !== '' && user !== BOT_USER);
  if (existing === undefined && users.length !== 1) throw new SlackError(users.length === 0 ? 'users_list_not_supplied' : 'method_not_supported_for_channel_type');
  const user = users[0] === undefined ? undefined : findUser(users[0]);
  if (existing === undefined && (user === undefined || user.isBot)) throw new SlackError('user_not_found');
  const channel = findChannel(existing ?? directMessageId(user?.id ?? ''));
  if (channel === undefined) throw new SlackError('channel_not_found');
  return { no_op: true, already_open: true, channel: call.flag('return_im') ? channelJson(channel) : { id: channel.id } };
};

/** Newest first. */
const history: Method = (call, { state }) => {
  const channel = channelOf(call);
  const top = state.inChannel(channel.id).filter((message) => message.thread_ts === undefined || message.thread_ts === message.ts || message.reply_broadcast === true);
  const found = between(call, top).reverse();
  return paged(call, found.map((message) => messageJson(state, message, call.flag('include_all_metadata'))), 'messages');
};

/** The parent, then its replies, oldest first. */
const replies: Method = (call, { state }) => {
  const channel = channelOf(call);
  const asked = state.find(channel.id, call.required('ts'));
  if (asked === undefined) throw new SlackError('thread_not_found');
  const parent = asked.thread_ts === undefined ? asked : (state.find(channel.id, asked.thread_ts) ?? asked);
  const found = [parent, ...between(call, state.replies(channel.id, parent.ts))];
  return paged(call, found.map((message) => messageJson(state, message, call.flag('include_all_metadata'))), 'messages', 1000);
};

function between(call: CallArguments, messages: StoredMessage[]): StoredMessage[] {
  const oldest = Number(call.text('oldest') ?? 0);
  const latest = Number(call.text('latest') ?? Number.POSITIVE_INFINITY);
  if (Number.isNaN(oldest)) throw new SlackError('invalid_ts_oldest');
  if (Number.isNaN(latest)) throw new SlackError('invalid_ts_latest');
  const inclusive = call.flag('inclusive');
  return messages.filter(({ ts }) => (Number(ts) > oldest && Number(ts) < latest) || (inclusive && (Number(ts) === oldest || Number(ts) === latest)));
}

function paged(call: CallArguments, items: unknown[], name: string, defaultSize = DEFAULT_PAGE): Record<string, unknown> {
  const size = Math.min(Math.max(call.integer('limit', defaultSize), 1), MAXIMUM_PAGE + 1);
  const cursor = call.text('cursor');
  const start = cursor === undefined ? 0 : Number(Buffer.from(cursor, 'base64').toString('utf8').replace(/^next:/, ''));
  if (!Number.isInteger(start) || start < 0) throw new SlackError('invalid_cursor');
  const end = start + size;
  const more = end < items.length;
  return {
    [name]: items.slice(start, end),
    ...(name === 'messages' && { has_more: more }),
    response_metadata: { next_cursor: more ? Buffer.from(`next:${end}`).toString('base64') : '' },
  };
}

function channelJson(channel: Channel, withMembers = false): Record<string, unknown> {
  const members = withMembers && { num_members: channel.members.length };
  if (channel.isDirectMessage) return { id: channel.id, is_im: true, is_channel: false, user: channel.members[0], is_open: true, ...members };
  return {
    id: channel.id,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: true,
    is_group: false,
    is_im: false,
    is_mpim: false,
    is_private: false,
    is_archived: false,
    is_general: channel.name === 'general',
    is_member: true,
    context_team_id: TEAM.id,
    topic: { value: channel.topic, creator: '', last_set: 0 },
    purpose: { value: '', creator: '', last_set: 0 },
    ...members,
  };
}

export const conversationsMethods: Record<string, Method> = {
  'conversations.info': info,
  'conversations.list': list,
  'conversations.members': members,
  'conversations.open': open,
  'conversations.history': history,
  'conversations.replies': replies,
  'conversations.join': (call) => ({ channel: channelJson(channelOf(call)), warning: 'already_in_channel' }),
};
