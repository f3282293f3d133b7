/** "Investigate this" on any message. */
import type { AllMiddlewareArgs, MessageShortcut, SlackShortcutMiddlewareArgs } from '@slack/bolt';
import { messageWords } from '../../../intake/slack.ts';
import { openFor, reply, sentence, whyNotHere } from '../listening.ts';
import type { Listening, Register } from '../listening.ts';

export const shortcutId = 'investigate_message';

export const register: Register = (app, listening) => {
  app.shortcut<MessageShortcut>({ type: 'message_action', callback_id: shortcutId }, (parts) => investigateMessageCallback(parts, listening));
};

type Parts = Pick<AllMiddlewareArgs & SlackShortcutMiddlewareArgs<MessageShortcut>, 'ack' | 'shortcut' | 'client' | 'respond'>;

export async function investigateMessageCallback({ ack, shortcut, client, respond }: Parts, listening: Listening): Promise<void> {
  await ack();
  const text = messageWords(shortcut.message);
  const channel = shortcut.channel.id;
  if (text.trim() === '') return reply(respond, sentence('This message has no words that I could investigate. Type /sre investigate and say what is wrong.'));
  const problem = await whyNotHere(client, channel);
  const by = { userId: shortcut.user.id, teamId: shortcut.user.team_id ?? shortcut.team?.id ?? '' };
  await reply(respond, problem ? sentence(problem) : await openFor(listening, { text, channel }, by));
}
