/** A mention: in an incident's thread a question, elsewhere an offer to investigate. Slack may deliver it more than once. */
import type { AllMiddlewareArgs, SlackEventMiddlewareArgs } from '@slack/bolt';
import { plainWords } from '../../../intake/slack.ts';
import { helpReply, offerReply } from '../../blocks/reply.ts';
import { incidentOf, sentence, whisper } from '../listening.ts';
import type { Listening, Register } from '../listening.ts';

export const register: Register = (app, listening) => {
  app.event('app_mention', (parts) => mentionCallback(parts, listening));
};

type Parts = Pick<AllMiddlewareArgs & SlackEventMiddlewareArgs<'app_mention'>, 'event' | 'body' | 'client' | 'context'>;

export async function mentionCallback({ event, body, client, context }: Parts, listening: Listening): Promise<void> {
  if (event.user === undefined || !(await listening.store.firstSight(`slack-event:${body.event_id}`))) return;
  const place = { channel: event.channel, ...(event.thread_ts !== undefined && { threadTs: event.thread_ts }) };
  const text = plainWords(context.botUserId ? event.text.replaceAll(new RegExp(`<@${context.botUserId}(\\|[^>]*)?>`, 'g'), ' ') : event.text.replace(/^\s*<@[^>]+>/, ''));
  const incident = await incidentOf(listening, place);
  if (incident && text !== '') {
    const by = { userId: event.user, teamId: event.user_team ?? event.team ?? body.team_id };
    return listening.desk.ask({ incidentId: incident.id, by, text: text.slice(0, 4000), messageTs: event.ts });
  }
  if (incident) return whisper(client, event.user, place, sentence(`Ask me something about ${incident.id}: I answer from its evidence.`));
  const help = text === '' || /^(help|hi|hello|hey)\W*$/i.test(text);
  await whisper(client, event.user, place, help ? helpReply() : offerReply(text));
}
