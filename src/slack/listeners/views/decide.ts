/** The reason of a rejection, and that of an approval in a freeze. */
import { z } from 'zod';
import { viewIds } from '../../blocks/modals.ts';
import { changeButtonSchema, resultWords } from '../actions/change.ts';
import { parseJson, placeSchema } from '../actions/place.ts';
import { sentence, thenAcknowledge, whisper } from '../listening.ts';
import type { Listening, Register } from '../listening.ts';
import type { SubmitParts } from './investigate.ts';

const metadataSchema = z.object({ ...changeButtonSchema.shape, ...placeSchema.shape });

export const register: Register = (app, listening) => {
  app.view({ type: 'view_submission', callback_id: viewIds.reject }, (parts) => decideSubmitCallback('reject', parts as SubmitParts, listening));
  app.view({ type: 'view_submission', callback_id: viewIds.breakGlass }, (parts) => decideSubmitCallback('approve', parts as SubmitParts, listening));
};

export async function decideSubmitCallback(decision: 'approve' | 'reject', { ack, body, view, client }: SubmitParts, { desk }: Listening): Promise<void> {
  const reason = view.state.values['reason']?.['text']?.value?.trim() ?? '';
  if (reason === '') return ack({ response_action: 'errors', errors: { reason: decision === 'reject' ? 'A rejection needs a reason.' : 'In a freeze, an approval needs a reason.' } });
  const { change, digest, ...place } = metadataSchema.parse(parseJson(view.private_metadata));
  const actor = { userId: body.user.id, teamId: body.user.team_id ?? body.team?.id ?? '' };
  const { result } = await thenAcknowledge(desk.decide({ changeId: change, digest, decision, reason, actor }), () => ack({ response_action: 'clear' }));
  await whisper(client, actor.userId, place, sentence(resultWords(result, change)));
}
