/** The modal of an empty `/sre investigate`. */
import type { AllMiddlewareArgs, SlackViewMiddlewareArgs, ViewSubmitAction } from '@slack/bolt';
import { severities } from '../../../incident/types.ts';
import { viewIds } from '../../blocks/modals.ts';
import { parseJson, placeSchema } from '../actions/place.ts';
import { openFor, sentence, whisper, whyNotHere } from '../listening.ts';
import type { Listening, Register } from '../listening.ts';

export const register: Register = (app, listening) => {
  app.view<ViewSubmitAction>({ type: 'view_submission', callback_id: viewIds.investigate }, (parts) => investigateCallback(parts, listening));
};

export type SubmitParts = Pick<AllMiddlewareArgs & SlackViewMiddlewareArgs<ViewSubmitAction>, 'ack' | 'body' | 'view' | 'client'>;

export async function investigateCallback({ ack, body, view, client }: SubmitParts, listening: Listening): Promise<void> {
  const values = view.state.values;
  const text = values['what']?.['text']?.value?.trim() ?? '';
  if (text === '') return ack({ response_action: 'errors', errors: { what: 'Say in a few words what is wrong.' } });
  await ack();
  const { channel } = placeSchema.parse(parseJson(view.private_metadata));
  const where = values['where']?.['text']?.value?.trim() || undefined;
  const severity = severities.find((each) => each === values['severity']?.['choice']?.selected_option?.value);
  const by = { userId: body.user.id, teamId: body.user.team_id ?? body.team?.id ?? '' };
  const problem = await whyNotHere(client, channel);
  const answer = problem ? sentence(problem) : await openFor(listening, { text, channel, where, severity }, by);
  // Without membership nothing can be said in the channel; the direct conversation with the app is always there.
  await whisper(client, body.user.id, { channel }, answer).catch(async (error: unknown) => {
    if (!problem) throw error;
    await client.chat.postMessage({ channel: body.user.id, ...answer });
  });
}
