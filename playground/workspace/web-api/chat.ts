import { parseMessageContent } from '../message-content.ts';
import { BOT_ID, BOT_USER } from '../people.ts';
import { SlackError } from '../slack-error.ts';
import type { StoredMessage } from '../state.ts';
import { permalink } from '../text.ts';
import type { CallArguments } from './arguments.ts';
import { messageJson } from './message-json.ts';
import { channelOf } from './method.ts';
import type { Method } from './method.ts';
import type { Parts } from '../parts.ts';
import { findUser } from '../people.ts';

const MAXIMUM_UPDATED_TEXT = 4000;
const MAXIMUM_EPHEMERAL_TEXT = 40_000;

const postMessage: Method = (call, parts) => {
  const channel = channelOf(call);
  const content = parseMessageContent(call.values);
  const message = parts.messages.post({
    channel: channel.id,
    user: BOT_USER,
    bot_id: BOT_ID,
    ...content,
    ...threadOf(call, parts, channel.id),
    ...(call.flag('reply_broadcast') && { reply_broadcast: true }),
  });
  const truncated = (call.text('text') ?? '').length > message.text.length;
  return {
    channel: channel.id,
    ts: message.ts,
    message: messageJson(parts.state, message, true),
    ...(truncated && { warning: 'message_truncated', response_metadata: { warnings: ['message_truncated'] } }),
  };
};

const update: Method = (call, parts) => {
  const channel = channelOf(call);
  const message = parts.messages.find(channel.id, call.required('ts'));
  if (message === undefined || message.subtype === 'tombstone') throw new SlackError('message_not_found');
  if (message.bot_id !== BOT_ID) throw new SlackError('cant_update_message');
  if ((call.text('text') ?? '').length > MAXIMUM_UPDATED_TEXT) throw new SlackError('msg_too_long');
  const content = parseMessageContent(call.values);
  const blocksGiven = content.blocks !== undefined;
  parts.messages.edit(message, {
    text: content.text,
    blocks: content.blocks,
    attachments: content.attachments,
    ...(content.metadata !== undefined && { metadata: content.metadata }),
    ...(!blocksGiven && { edited: { user: BOT_USER, ts: parts.state.nextTimestamp() } }),
  });
  return { channel: channel.id, ts: message.ts, text: message.text, message: messageJson(parts.state, message, true) };
};

const postEphemeral: Method = (call, parts) => {
  const channel = channelOf(call);
  const user = findUser(call.required('user'));
  if (user === undefined || !channel.members.includes(user.id)) throw new SlackError('user_not_in_channel');
  if ((call.text('text') ?? '').length > MAXIMUM_EPHEMERAL_TEXT) throw new SlackError('msg_too_long');
  const { metadata: _metadata, ...content } = parseMessageContent(call.values);
  const message = parts.messages.postEphemeral(user.id, { channel: channel.id, user: BOT_USER, bot_id: BOT_ID, ...content, ...threadOf(call, parts, channel.id) });
  return { message_ts: message.ts };
};

const remove: Method = (call, parts) => {
  const channel = channelOf(call);
  const message = parts.messages.find(channel.id, call.required('ts'));
  if (message === undefined) throw new SlackError('message_not_found');
  if (message.bot_id !== BOT_ID) throw new SlackError('cant_delete_message');
  parts.messages.remove(message);
  return { channel: channel.id, ts: message.ts };
};

const getPermalink: Method = (call, parts) => {
  const channel = channelOf(call);
  const message = parts.messages.find(channel.id, call.required('message_ts'));
  if (message === undefined) throw new SlackError('message_not_found');
  return { channel: channel.id, permalink: permalink(parts.baseUrl(), channel.id, message.ts, message.thread_ts) };
};

function threadOf(call: CallArguments, parts: Parts, channel: string): Pick<StoredMessage, 'thread_ts'> {
  const threadTs = call.text('thread_ts');
  if (threadTs === undefined) return {};
  const parent = parts.messages.find(channel, threadTs);
  if (parent === undefined) throw new SlackError('thread_not_found');
  if (parent.thread_ts !== undefined && parent.thread_ts !== parent.ts) throw new SlackError('cannot_reply_to_message');
  return { thread_ts: threadTs };
}

export const chatMethods: Record<string, Method> = {
  'chat.postMessage': postMessage,
  'chat.update': update,
  'chat.postEphemeral': postEphemeral,
  'chat.delete': remove,
  'chat.getPermalink': getPermalink,
};
