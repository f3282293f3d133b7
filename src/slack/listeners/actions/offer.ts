/** "Shall I investigate this?": yes. */
import type { BlockAction, ButtonAction } from '@slack/bolt';
import { z } from 'zod';
import { actionIds } from '../../blocks/card.ts';
import { openFor, reply } from '../listening.ts';
import type { Listening, Register } from '../listening.ts';
import type { ButtonParts } from './change.ts';
import { actorOf, placeOf } from './place.ts';

const valueSchema = z.object({ text: z.string().min(1) });

export const register: Register = (app, listening) => {
  app.action<BlockAction<ButtonAction>>({ type: 'block_actions', action_id: actionIds.offer }, (parts) => offerCallback(parts, listening));
};

export async function offerCallback({ ack, action, body, respond }: Omit<ButtonParts, 'client'>, listening: Listening): Promise<void> {
  await ack();
  const { text } = valueSchema.parse(JSON.parse(action.value ?? ''));
  const place = placeOf(body);
  if (place) await reply(respond, await openFor(listening, { text, channel: place.channel }, actorOf(body)));
}
