/** The modals: what to investigate, why a change is rejected or run in a freeze, everything about a card. */
import type { KnownBlock, ModalView } from '@slack/types';
import type { ChangeView, IncidentView } from '../../incident/view.ts';
import type { Change } from '../../changes/change.ts';
import { changeParts } from './change.ts';
import { buttons } from './change-buttons.ts';
import { commandBlocks, warnings } from './change-proposal.ts';
import { diagnosisParts } from './diagnosis.ts';
import { code, context, section } from './elements.ts';
import { fit, modalRoom } from './fit.ts';
import type { Part } from './fit.ts';
import { reportKey, reportParts } from './report.ts';
import { escapeText, oneLine, truncate } from './text.ts';

export const viewIds = { investigate: 'investigate', reject: 'reject', breakGlass: 'break_glass', edit: 'edit' } as const;

/** Where an answer to a modal goes. */
export interface Place {
  channel: string;
  threadTs?: string;
}

/** `text` fills the first field. */
export function investigateModal(place: Place, text = ''): ModalView {
  const severity = (value: string, words: string) => ({ text: { type: 'plain_text' as const, text: words }, value });
  const warning = severity('warning', 'Warning: degraded, people may notice');
  return {
    type: 'modal',
    callback_id: viewIds.investigate,
    private_metadata: JSON.stringify(place),
    title: plainText('Investigate'),
    submit: plainText('Investigate'),
    close: plainText('Cancel'),
    blocks: [
      { type: 'input', block_id: 'what', label: plainText('What is wrong?'), element: { type: 'plain_text_input', action_id: 'text', multiline: true, max_length: 3000, placeholder: plainText('checkout returns 5xx since 12:00'), ...(text && { initial_value: truncate(text, 3000) }) } },
      { type: 'input', block_id: 'where', optional: true, label: plainText('Where? A service, database or host'), element: { type: 'plain_text_input', action_id: 'text', max_length: 150 } },
      { type: 'input', block_id: 'severity', label: plainText('How bad is it?'), element: { type: 'static_select', action_id: 'choice', initial_option: warning, options: [severity('critical', 'Critical: people are hurt now'), warning, severity('info', 'Info: it looks odd')] } },
    ],
  };
}

/** `metadata` comes back with the submission; at most 3,000 characters. */
export function rejectModal(changeId: string, metadata: unknown): ModalView {
  return {
    type: 'modal',
    callback_id: viewIds.reject,
    private_metadata: JSON.stringify(metadata),
    title: plainText('Reject the change'),
    submit: plainText('Reject'),
    close: plainText('Cancel'),
    blocks: [
      section(`Why is *${escapeText(oneLine(changeId, 20))}* rejected? The reason is shown in the thread and kept.`),
      { type: 'input', block_id: 'reason', label: plainText('Reason'), element: { type: 'plain_text_input', action_id: 'text', multiline: true, max_length: 600 } },
    ],
  };
}

/** An approval while a freeze is on: it needs a reason. `metadata` as in rejectModal(). */
export function breakGlassModal(change: Change, metadata: unknown): ModalView {
  const { blocks } = fit([warnings(change), { drop: 0, blocks: commandBlocks(change) }], { ...modalRoom, blocks: modalRoom.blocks - 1 });
  return {
    type: 'modal',
    callback_id: viewIds.breakGlass,
    private_metadata: JSON.stringify(metadata),
    title: plainText('Run it in a freeze?'),
    submit: plainText('Approve'),
    close: plainText('Cancel'),
    blocks: [...blocks, { type: 'input', block_id: 'reason', label: plainText('Why can it not wait? Shown in the thread and kept.'), element: { type: 'plain_text_input', action_id: 'text', multiline: true, max_length: 500 } }],
  };
}

/** Everything about a change, with the button where the card could not hold the whole command. */
export function changeModal(view: IncidentView, change: ChangeView, place: Place): ModalView {
  const decide = change.state === 'proposed' && change.change ? [buttons(change, change.change, 'modal')] : [];
  return detailsModal(`Change ${change.id}`, changeParts(view, change), place, decide);
}

/** The whole of a card by its key; undefined when the incident has no such card. */
export function cardModal(view: IncidentView, key: string, place: Place): ModalView | undefined {
  const [kind, id] = [key.slice(0, key.indexOf(':')), key.slice(key.indexOf(':') + 1)];
  const report = view.reports.find(({ task }) => reportKey(task) === key)?.report;
  if (report) return detailsModal(`${view.id} report`, reportParts(report, 'full'), place);
  const stated = kind === 'diagnosis' ? view.diagnoses[Number(id) - 1] : undefined;
  if (stated) return detailsModal(`${view.id} diagnosis`, diagnosisParts(view, stated, 'full'), place);
  const change = kind === 'change' ? view.changes.find((each) => each.id === id) : undefined;
  return change && changeModal(view, change, place);
}

/** Shown while, and instead of, what can't be shown; `words` is raw. */
export function messageModal(title: string, words: string): ModalView {
  return { type: 'modal', title: plainText(oneLine(title, 24) || 'Details'), close: plainText('Close'), blocks: [code(words, 2900)] };
}

function detailsModal(title: string, parts: Part[], place: Place, last: KnownBlock[] = []): ModalView {
  const { blocks } = fit(parts, { ...modalRoom, blocks: modalRoom.blocks - last.length }, 'too long for a modal; the timeline has it');
  const shown = blocks.length > 0 ? blocks : [context('Nothing to show.')];
  return { type: 'modal', private_metadata: JSON.stringify(place), title: plainText(oneLine(title, 24) || 'Details'), close: plainText('Close'), blocks: [...shown, ...last] };
}

function plainText(text: string) {
  return { type: 'plain_text' as const, text };
}
