/** The Details button of a card that left something out. */
import type { BlockAction, ButtonAction } from '@slack/bolt';
import { z } from 'zod';
import { actionIds } from '../../blocks/card.ts';
import { cardModal, messageModal } from '../../blocks/modals.ts';
import { openModal, sentence, whisper } from '../listening.ts';
import type { Listening, Register } from '../listening.ts';
import type { ButtonParts } from './change.ts';
import { placeOf } from './place.ts';

const valueSchema = z.object({ incident: z.string().max(40), key: z.string().max(200) });

export const register: Register = (app, listening) => {
  app.action<BlockAction<ButtonAction>>({ type: 'block_actions', action_id: actionIds.cardDetails }, (parts) => cardDetailsCallback(parts, listening));
};

export async function cardDetailsCallback({ ack, action, body, client, respond }: ButtonParts, { desk }: Listening): Promise<void> {
  await ack();
  const { incident, key } = valueSchema.parse(JSON.parse(action.value ?? ''));
  const place = placeOf(body);
  const view = await desk.view(incident);
  const modal = view && place && view.channel === place.channel ? cardModal(view, key, place) : undefined;
  const open = () => client.views.open({ trigger_id: body.trigger_id, view: modal ?? messageModal('Details', 'There is nothing more to show.') });
  await openModal(open, async (words) => place && whisper(client, body.user.id, place, sentence(words), respond));
}
