import { SlackError } from '../slack-error.ts';
import { channelOf } from './method.ts';
import type { Method } from './method.ts';

const MAXIMUM_LOADING_MESSAGES = 10;
const MAXIMUM_LOADING_CHARACTERS = 50;

const setStatus: Method = (call, { messages, statuses }) => {
  const channel = channelOf(call, 'channel_id');
  const threadTs = call.required('thread_ts');
  if (messages.find(channel.id, threadTs) === undefined) throw new SlackError('thread_not_found');
  const list = call.json('loading_messages') ?? [];
  const fits = Array.isArray(list) && list.length <= MAXIMUM_LOADING_MESSAGES && list.every((entry) => typeof entry === 'string' && entry.length <= MAXIMUM_LOADING_CHARACTERS);
  if (!fits) throw new SlackError('invalid_arguments', ['[ERROR] at most 10 messages of at most 50 characters [json-pointer:/loading_messages]']);
  statuses.set(channel.id, threadTs, call.text('status') ?? '');
  return {};
};

export const assistantMethods: Record<string, Method> = { 'assistant.threads.setStatus': setStatus };
