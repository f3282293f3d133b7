/** The buttons of a change: what each carries is a name and a digest, and what Approve asks once more is what would run. */
import type { ActionsBlock, Button, ConfirmationDialog } from '@slack/types';
import { targetOf } from '../../changes/action.ts';
import { mayBeTakenBack } from '../../changes/actions/undo/undo.ts';
import { transitions } from '../../changes/change.ts';
import type { Change, ChangeState } from '../../changes/change.ts';
import { undoHours } from '../../changes/offer-undo.ts';
import type { ChangeView } from '../../incident/view.ts';
import { actionIds } from './card.ts';
import { chunks, commandText, longestCommand } from './change-proposal.ts';
import { editableFields } from './edit-fields.ts';
import { button } from './elements.ts';
import { clean, costOf, oneLine, reveal, truncate } from './text.ts';

export interface ChangeButtonValue {
  change: string;
  digest: string;
}

/** True when the whole command stands in the card, so that a click there is a decision on what was read. */
export function isReadable(change: Change): boolean {
  return costOf(reveal(commandText(change))) <= longestCommand;
}

/** True when the modal holds every character of the command. */
export function isReadableInDetails(change: Change): boolean {
  return chunks(commandText(change)).every((chunk) => costOf(chunk) <= 3000);
}

/** Approve, Reject, Edit and, on a card, Details; no Approve where the command can't be read whole, or where nothing runs. */
export function buttons(view: ChangeView, change: Change, where: 'card' | 'modal' = 'card'): ActionsBlock {
  const id = oneLine(change.id, 20);
  const value: ChangeButtonValue = { change: change.id, digest: change.digest };
  const { frozen } = change.policy;
  const approve = frozen ? button('Approve in the freeze', actionIds.approveFrozen, value, { style: 'danger', accessibility_label: `Approve change ${id} although a freeze is on` }) : button('Approve', actionIds.approve, value, { style: change.undo.kind === 'impossible' ? 'danger' : 'primary', accessibility_label: `Approve change ${id}`, confirm: question(change) });
  const reject = button('Reject', actionIds.reject, value, { ...(change.undo.kind !== 'impossible' && !frozen && { style: 'danger' as const }), accessibility_label: `Reject change ${id}` });
  const edit = button('Edit', actionIds.edit, value, { accessibility_label: `Type other values for change ${id}` });
  const details = button('Details', actionIds.changeDetails, value, { accessibility_label: `Show everything about change ${id}` });
  const readable = where === 'card' ? isReadable(change) : isReadableInDetails(change);
  const elements = [...(readable && mayRun(change) ? [approve] : []), reject, ...(editableFields(change.action).length > 0 ? [edit] : []), ...(where === 'card' ? [details] : [])];
  return { type: 'actions', block_id: `change:${id}:${change.digest.slice(0, 12)}:${view.approvals.length}`, elements };
}

/** Undo of a change that ended less than a day ago; undefined where there is nothing to take back, or somebody does so already. */
export function undoButton(view: ChangeView, now: Date): Button | undefined {
  const { change, begun, takenBack, state, since } = view;
  if (!mayBeTakenBack(state) || !begun || !change || change.undo.kind !== 'automatic' || change.action.kind === 'change.undo') return undefined;
  if (now.getTime() - Date.parse(since.at) >= undoHours * 3_600_000 || (takenBack && !isOver(takenBack.state))) return undefined;
  const id = oneLine(change.id, 20);
  const value: ChangeButtonValue = { change: change.id, digest: change.digest };
  return button('Undo', actionIds.undo, value, {
    accessibility_label: `Take change ${id} back`,
    confirm: dialog(`Take ${id} back?`, ['Nothing runs yet: a new change is previewed, and somebody approves it.'], change.undo.command.join('\n'), 'Propose the undo'),
  });
}

/** It ended without taking anything back. */
function isOver(state: ChangeState): boolean {
  return state !== 'done' && transitions[state].length === 0;
}

function mayRun({ policy }: Change): boolean {
  if (policy.frozen && policy.frozen.breakGlass === undefined) return false;
  return policy.autonomy === undefined || policy.autonomy === 'approve' || policy.autonomy === 'auto';
}

/** Risk, reach and undo first; then the command, and those values of the action that the familiar command does not say. */
function question(change: Change): ConfirmationDialog {
  const target = targetOf(change.action);
  const runs = reveal(change.equivalent ?? commandText(change));
  const unsaid = leaves(change.action).filter(({ name, value }) => !['kind', 'target'].includes(name) && !runs.includes(value));
  const undo = { automatic: 'Its undo runs by itself if it does not help.', not_needed: 'Needs no undo.', impossible: 'IRREVERSIBLE: can not be taken back.' }[change.undo.kind];
  const asked = dialog(`Run ${oneLine(change.id, 20)}${target === undefined ? '' : ` on ${oneLine(target, 40)}`}?`, [`${change.risk.level.toUpperCase()} risk. ${undo}`], [runs, ...unsaid.map(({ name, value }) => `${name}: ${oneLine(reveal(value), 120)}`)].join('\n'), 'Approve');
  return { ...asked, style: change.undo.kind === 'impossible' ? 'danger' : 'primary' };
}

/** Slack takes 300 characters: what does not fit is said to be missing, and stands whole on the card. */
function dialog(title: string, first: string[], rest: string, confirm: string): ConfirmationDialog {
  const head = clean(first.join('\n'));
  const room = 296 - costOf(head);
  const whole = reveal(rest).trim() || '(nothing)';
  const note = '\n(all of it is on the card)';
  const text = costOf(whole) <= room ? whole : `${truncate(whole, room - note.length)}${note}`;
  return { title: { type: 'plain_text', text: truncate(title, 95), emoji: false }, text: { type: 'plain_text', text: `${head}\n${text}`, emoji: false }, confirm: { type: 'plain_text', text: confirm }, deny: { type: 'plain_text', text: 'Cancel' } };
}

/** Every value of an action with its name, `requests.cpu` for one further in. */
function leaves(value: unknown, name = ''): { name: string; value: string }[] {
  if (Array.isArray(value)) return value.flatMap((each) => leaves(each, name));
  if (typeof value === 'object' && value !== null) return Object.entries(value).flatMap(([key, inner]) => leaves(inner, name === '' ? key : `${name}.${key}`));
  return value === undefined ? [] : [{ name, value: String(value) }];
}
