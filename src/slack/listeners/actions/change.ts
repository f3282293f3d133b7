/** The buttons of a change. What a click carries is only a name and a digest; everything else is looked up now. */
import type { AllMiddlewareArgs, BlockAction, ButtonAction, SlackActionMiddlewareArgs } from '@slack/bolt';
import { z } from 'zod';
import type { Decision, DecisionResult } from '../../../incident/desk.ts';
import { actionIds } from '../../blocks/card.ts';
import { changeModal, messageModal, rejectModal } from '../../blocks/modals.ts';
import type { Place } from '../../blocks/modals.ts';
import { sentence, whisper } from '../listening.ts';
import type { Listening, Register } from '../listening.ts';
import { actorOf, placeOf } from './place.ts';

export const changeButtonSchema = z.object({ change: z.string().max(40), digest: z.string().max(128) });

export const register: Register = (app, listening) => {
  app.action<BlockAction<ButtonAction>>({ type: 'block_actions', action_id: actionIds.approve }, (parts) => approveCallback(parts, listening));
  app.action<BlockAction<ButtonAction>>({ type: 'block_actions', action_id: actionIds.reject }, (parts) => rejectCallback(parts));
  app.action<BlockAction<ButtonAction>>({ type: 'block_actions', action_id: actionIds.changeDetails }, (parts) => detailsCallback(parts, listening));
};

export type ButtonParts = Pick<AllMiddlewareArgs & SlackActionMiddlewareArgs<BlockAction<ButtonAction>>, 'ack' | 'action' | 'body' | 'client' | 'respond'>;

export async function approveCallback({ ack, action, body, client, respond }: ButtonParts, { desk }: Listening): Promise<void> {
  await ack();
  const { change, digest } = changeButtonSchema.parse(JSON.parse(action.value ?? ''));
  const decision: Decision = { changeId: change, digest, decision: 'approve', actor: actorOf(body) };
  const words = resultWords(await desk.decide(decision), change);
  const place = placeOf(body);
  if (body.view) await client.views.update({ view_id: body.view.id, view: messageModal(`Change ${change}`, words) });
  else if (place) await whisper(client, body.user.id, place, sentence(words), respond);
}

/** The trigger lives for three seconds: nothing is looked up before the modal is open. */
export async function rejectCallback({ ack, action, body, client }: Omit<ButtonParts, 'respond'>): Promise<void> {
  await ack();
  const value = changeButtonSchema.parse(JSON.parse(action.value ?? ''));
  const view = rejectModal(value.change, { ...value, ...placeOf(body) });
  await (body.view ? client.views.push({ trigger_id: body.trigger_id, view }) : client.views.open({ trigger_id: body.trigger_id, view }));
}

export async function detailsCallback({ ack, action, body, client }: Omit<ButtonParts, 'respond'>, { desk, store }: Listening): Promise<void> {
  await ack();
  const { change: id } = changeButtonSchema.parse(JSON.parse(action.value ?? ''));
  const place: Place | undefined = placeOf(body);
  const stored = await store.changes.get(id);
  const view = stored && (await desk.view(stored.incidentId));
  const change = view?.changes.find((each) => each.id === id);
  const shown = view && change && place && view.channel === place.channel ? changeModal(change, place) : messageModal('Details', `There is no change ${id} in this channel.`);
  await client.views.open({ trigger_id: body.trigger_id, view: shown });
}

export function resultWords(result: DecisionResult, change: string): string {
  switch (result.outcome) {
    case 'approved':
      return `${change} is approved: it runs now, and its card says how it goes.`;
    case 'rejected':
      return `${change} is rejected: it will not run.`;
    case 'counted':
      return `Your approval of ${change} counts: ${result.approvals} of ${result.needed}. It runs when ${result.needed - result.approvals === 1 ? 'one more person' : `${result.needed - result.approvals} more people`} approve.`;
    case 'refused':
      return result.reason;
  }
}
