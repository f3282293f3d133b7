import { BOT_USER } from '../people.ts';
import type { Parts } from '../parts.ts';
import { SlackError } from '../slack-error.ts';
import type { StoredMessage } from '../state.ts';
import type { CallArguments } from './arguments.ts';
import { messageJson } from './message-json.ts';
import { channelOf } from './method.ts';
import type { Method } from './method.ts';

export const reactionsMethods: Record<string, Method> = {
  'reactions.add': (call, parts) => {
    const name = nameOf(call);
    if (!parts.messages.react(messageOf(call, parts), name, BOT_USER, true)) throw new SlackError('already_reacted');
    return {};
  },
  'reactions.remove': (call, parts) => {
    const name = nameOf(call);
    if (!parts.messages.react(messageOf(call, parts), name, BOT_USER, false)) throw new SlackError('no_reaction');
    return {};
  },
  'reactions.get': (call, parts) => {
    const message = messageOf(call, parts);
    return { type: 'message', channel: message.channel, message: messageJson(parts.state, message) };
  },
};

function messageOf(call: CallArguments, parts: Parts): StoredMessage {
  const timestamp = call.text('timestamp');
  if (timestamp === undefined) throw new SlackError('no_item_specified');
  const message = parts.messages.find(channelOf(call).id, timestamp);
  if (message === undefined) throw new SlackError('message_not_found');
  return message;
}

function nameOf(call: CallArguments): string {
  const name = call.required('name').replace(/^:|:$/g, '');
  if (!/^[\p{L}\p{N}_+'-]{1,100}(?:::skin-tone-[2-6])?$/u.test(name)) throw new SlackError('invalid_name');
  return name;
}
