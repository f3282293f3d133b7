/** The buttons of a change. What a click carries is only a name and a digest; everything else is looked up now. */
import type { AllMiddlewareArgs, BlockAction, ButtonAction, SlackActionMiddlewareArgs } from '@slack/bolt';
import type { ModalView } from '@slack/types';
import { z } from 'zod';
import type { Change } from '../../../changes/change.ts';
import type { Decision, DecisionResult } from '../../../incident/desk.ts';
import { actionIds } from '../../blocks/card.ts';
import { editModal } from '../../blocks/edit-modal.ts';
import { editableFields } from '../../blocks/edit-fields.ts';
import { breakGlassModal, changeModal, messageModal, rejectModal } from '../../blocks/modals.ts';
import type { Place } from '../../blocks/modals.ts';
import { openModal, sentence, thenAcknowledge, whisper } from '../listening.ts';
import type { Listening, Register } from '../listening.ts';
import { actorOf, placeOf } from './place.ts';

export const changeButtonSchema = z.object({ change: z.string().max(40), digest: z.string().max(128) });

export const register: Register = (app, listening) => {
  app.action<BlockAction<ButtonAction>>({ type: 'block_actions', action_id: actionIds.approve }, (parts) => approveCallback(parts, listening));
  app.action<BlockAction<ButtonAction>>({ type: 'block_actions', action_id: actionIds.approveFrozen }, (parts) => approveFrozenCallback(parts, listening));
  app.action<BlockAction<ButtonAction>>({ type: 'block_actions', action_id: actionIds.reject }, (parts) => rejectCallback(parts));
  app.action<BlockAction<ButtonAction>>({ type: 'block_actions', action_id: actionIds.edit }, (parts) => editCallback(parts, listening));
  app.action<BlockAction<ButtonAction>>({ type: 'block_actions', action_id: actionIds.undo }, (parts) => undoCallback(parts, listening));
  app.action<BlockAction<ButtonAction>>({ type: 'block_actions', action_id: actionIds.changeDetails }, (parts) => detailsCallback(parts, listening));
};

export type ButtonParts = Pick<AllMiddlewareArgs & SlackActionMiddlewareArgs<BlockAction<ButtonAction>>, 'ack' | 'action' | 'body' | 'client' | 'respond'>;

export async function approveCallback(parts: ButtonParts, { desk }: Listening): Promise<void> {
  const { ack, action, body } = parts;
  const { change, digest } = changeButtonSchema.parse(JSON.parse(action.value ?? ''));
  const decision: Decision = { changeId: change, digest, decision: 'approve', actor: actorOf(body) };
  const { result } = await thenAcknowledge(desk.decide(decision), () => ack());
  await tell(parts, change, resultWords(result, change));
}

/** The approval itself comes with the reason: see views/decide.ts. */
export async function approveFrozenCallback(parts: ButtonParts, { store }: Listening): Promise<void> {
  await parts.ack();
  const waiting = await waitingChange(parts, store);
  if (waiting) await openOver(parts, waiting.change.id, breakGlassModal(waiting.change, { change: waiting.change.id, digest: waiting.change.digest, ...waiting.place }));
}

/** The trigger lives for three seconds: nothing is looked up before the modal is open. */
export async function rejectCallback(parts: ButtonParts): Promise<void> {
  const { ack, action, body } = parts;
  await ack();
  const value = changeButtonSchema.parse(JSON.parse(action.value ?? ''));
  await openOver(parts, value.change, rejectModal(value.change, { ...value, ...placeOf(body) }));
}

export async function editCallback(parts: ButtonParts, { store }: Listening): Promise<void> {
  await parts.ack();
  const waiting = await waitingChange(parts, store);
  if (!waiting) return;
  const { change, place } = waiting;
  if (editableFields(change.action).length === 0) return tell(parts, change.id, `${change.id} has no value that could be typed here: reject it and say what you would rather have.`);
  await openOver(parts, change.id, editModal(change, { change: change.id, digest: change.digest, ...place }));
}

export async function undoCallback(parts: ButtonParts, { desk }: Listening): Promise<void> {
  const { ack, action, body } = parts;
  const { change } = changeButtonSchema.parse(JSON.parse(action.value ?? ''));
  const { result } = await thenAcknowledge(desk.undo({ changeId: change, actor: actorOf(body) }), () => ack());
  await tell(parts, change, result.outcome === 'drafted' ? `${result.changeId} takes ${change} back: its card follows below, with a preview. Nothing runs before it is approved.` : result.reason);
}

export async function detailsCallback(parts: ButtonParts, { desk, store }: Listening): Promise<void> {
  const { ack, action, body } = parts;
  await ack();
  const { change: id } = changeButtonSchema.parse(JSON.parse(action.value ?? ''));
  const place: Place | undefined = placeOf(body);
  const stored = await store.changes.get(id);
  const view = stored && (await desk.view(stored.incidentId));
  const change = view?.changes.find((each) => each.id === id);
  const shown = view && change && place && view.channel === place.channel ? changeModal(view, change, place) : messageModal('Details', `There is no change ${id} in this channel.`);
  await openOver(parts, id, shown);
}

export function resultWords(result: DecisionResult, change: string): string {
  switch (result.outcome) {
    case 'approved':
      return `${change} is approved: it runs now, and its card says how it goes.`;
    case 'rejected':
      return `${change} is rejected: it will not run.`;
    case 'counted':
      return `Your approval of ${change} counts: ${result.approvals} of ${result.needed}. It runs when ${result.needed - result.approvals === 1 ? 'one more person approves' : `${result.needed - result.approvals} more people approve`}.`;
    case 'refused':
      return result.reason;
  }
}

/** The change of a button while it waits for a decision here; otherwise the person is told, and there is none. */
async function waitingChange(parts: ButtonParts, store: Listening['store']): Promise<{ change: Change; place: Place } | undefined> {
  const { change: id, digest } = changeButtonSchema.parse(JSON.parse(parts.action.value ?? ''));
  const place = placeOf(parts.body);
  const change = await store.changes.get(id);
  const incident = change && (await store.incidents.get(change.incidentId));
  if (!change || !place || incident?.channel !== place.channel) await tell(parts, id, `There is no change ${id} in this channel.`);
  else if (change.state !== 'proposed' || change.digest !== digest) await tell(parts, id, `${id} is not waiting for a decision any more: its card says where it stands.`);
  else return { change, place };
  return undefined;
}

/** Opens a modal, over the one that was clicked in. */
async function openOver(parts: ButtonParts, change: string, view: ModalView): Promise<void> {
  const { client, body } = parts;
  const open = () => (body.view ? client.views.push({ trigger_id: body.trigger_id, view }) : client.views.open({ trigger_id: body.trigger_id, view }));
  await openModal(open, (words) => tell(parts, change, words));
}

/** To the one who clicked and nobody else: in the modal that was clicked in, or in the thread. */
async function tell({ body, client, respond }: Pick<ButtonParts, 'body' | 'client' | 'respond'>, change: string, words: string): Promise<void> {
  const place = placeOf(body);
  if (body.view) await client.views.update({ view_id: body.view.id, view: messageModal(`Change ${change}`, words) });
  else if (place) await whisper(client, body.user.id, place, sentence(words), respond);
}
