/** The typed fields of a change: problems come back at their fields, what is right becomes another change. */
import type { ModalView } from '@slack/types';
import { z } from 'zod';
import type { OfferResult } from '../../../incident/desk.ts';
import { editableFields, readFields } from '../../blocks/edit-fields.ts';
import { errorsAt, typedIn } from '../../blocks/edit-modal.ts';
import { messageModal, viewIds } from '../../blocks/modals.ts';
import { changeButtonSchema } from '../actions/change.ts';
import { parseJson, placeSchema } from '../actions/place.ts';
import { thenAcknowledge } from '../listening.ts';
import type { Listening, Register } from '../listening.ts';
import type { SubmitParts } from './investigate.ts';

const metadataSchema = z.object({ ...changeButtonSchema.shape, ...placeSchema.shape });

export const register: Register = (app, listening) => {
  app.view({ type: 'view_submission', callback_id: viewIds.edit }, (parts) => editSubmitCallback(parts as SubmitParts, listening));
};

export async function editSubmitCallback({ ack, body, view, client }: SubmitParts, { desk, store }: Listening): Promise<void> {
  const { change: id, digest } = metadataSchema.parse(parseJson(view.private_metadata));
  const actor = { userId: body.user.id, teamId: body.user.team_id ?? body.team?.id ?? '' };
  const change = await store.changes.get(id);
  const inputs = change ? editableFields(change.action) : [];
  if (!change || change.digest !== digest || inputs.length === 0) return ack({ response_action: 'update', view: messageModal(`Edit ${id}`, `${id} is not what this window shows any more: decide on the newest card.`) });
  const read = readFields(change.action, typedIn(view.state.values));
  if ('problems' in read) return ack({ response_action: 'errors', errors: errorsAt(inputs, read.problems) });

  const { result, late } = await thenAcknowledge(desk.edit({ changeId: id, digest, fields: read.fields, actor }), (soFar) => {
    if (soFar === 'failed') return ack();
    if (soFar === 'goes on') return ack({ response_action: 'update', view: messageModal(`Edit ${id}`, 'Being taken down. If nothing comes of it within a minute, edit again.') });
    const early = soFar.result;
    // What was typed stays where it can be put right.
    if (early.outcome === 'refused' && early.problems) return ack({ response_action: 'errors', errors: errorsAt(inputs, Object.keys(early.problems).length > 0 ? early.problems : { '': early.reason }) });
    return ack({ response_action: 'update', view: outcomeModal(id, early) });
  });
  if (late) await client.views.update({ view_id: view.id, view: outcomeModal(id, result) });
}

/** Only the one who typed sees a modal. */
function outcomeModal(id: string, result: OfferResult): ModalView {
  if (result.outcome === 'drafted') return messageModal(`Edit ${id}`, `${result.changeId} takes the place of ${id}: its card follows in the thread, with a preview. Nothing runs before it is approved.`);
  const problems = Object.entries(result.problems ?? {}).map(([name, words]) => `${name}: ${words}`);
  return messageModal(`Edit ${id}`, [result.reason, ...problems].join('\n'));
}
