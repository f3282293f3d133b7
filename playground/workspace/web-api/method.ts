import type { Parts } from '../parts.ts';
import { findChannel } from '../people.ts';
import type { Channel } from '../people.ts';
import { SlackError } from '../slack-error.ts';
import type { CallArguments } from './arguments.ts';

/** One method of the Web API: returns what goes beside `ok: true`; throws SlackError. */
export type Method = (call: CallArguments, parts: Parts) => Record<string, unknown>;

/** Throws SlackError channel_not_found. */
export function channelOf(call: CallArguments, name = 'channel'): Channel {
  const channel = findChannel(call.text(name) ?? '');
  if (channel === undefined) throw new SlackError('channel_not_found');
  return channel;
}
