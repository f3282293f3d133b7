/** Edit: the typed fields of a change. What comes of them is another change, with a preview, a digest and approvals of its own. */
import type { InputBlock, ModalView } from '@slack/types';
import type { Change } from '../../changes/change.ts';
import { editableFields, fixedFields } from './edit-fields.ts';
import type { EditField } from './edit-fields.ts';
import { context, section } from './elements.ts';
import { viewIds } from './modals.ts';
import { escapeText, oneLine, reveal, truncate } from './text.ts';

const prefix = 'field:';

/** `metadata` comes back with the submission; at most 3,000 characters. */
export function editModal(change: Change, metadata: unknown): ModalView {
  const id = escapeText(oneLine(change.id, 20));
  const fixed = fixedFields(change.action).map(({ name, value }) => `${name}: *${escapeText(oneLine(value, 120))}*`);
  return {
    type: 'modal',
    callback_id: viewIds.edit,
    private_metadata: JSON.stringify(metadata),
    title: plainText(`Edit ${oneLine(change.id, 15)}`),
    submit: plainText('Propose'),
    close: plainText('Cancel'),
    blocks: [
      section(`*${escapeText(change.action.kind)}*\n${fixed.join('\n')}`),
      context(`Nothing runs. What you type is previewed as a new change with approvals of its own; ${id} is closed.`),
      ...editableFields(change.action).slice(0, 90).map(inputOf),
    ],
  };
}

/** What stands in the modal, by field. */
export function typedIn(values: Record<string, Record<string, { value?: string | null; selected_option?: { value: string } | null }>>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(values).flatMap(([block, elements]) => (block.startsWith(prefix) ? [[block.slice(prefix.length), elements['value']?.value ?? elements['value']?.selected_option?.value ?? undefined] as const] : [])));
}

/** Problems as Slack wants them: at an input that is there; one that belongs to none stands at the first. */
export function errorsAt(fields: readonly Pick<EditField, 'name'>[], problems: Record<string, string>): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const [name, words] of Object.entries(problems)) {
    const known = fields.find((field) => field.name === name) ?? fields.find((field) => field.name.startsWith(`${name}.`) || name.startsWith(`${field.name}.`)) ?? fields[0];
    const block = `${prefix}${known?.name ?? ''}`;
    const said = known && (known.name === name || name === '') ? words : `${name}: ${words}`;
    errors[block] = oneLine([errors[block], said].filter((each) => each !== undefined).join('; '), 500);
  }
  return errors;
}

function inputOf(field: EditField): InputBlock {
  return { type: 'input', block_id: `${prefix}${field.name}`, label: plainText(oneLine(field.name, 150)), ...(field.hint !== '' && { hint: plainText(oneLine(field.hint, 300)) }), optional: field.optional, element: elementOf(field) };
}

function elementOf({ shape, choices, initial, limit }: EditField): InputBlock['element'] {
  const typed = { action_id: 'value', ...(initial !== '' && { initial_value: initial }) };
  if (shape === 'whole' || shape === 'number') return { type: 'number_input', is_decimal_allowed: shape === 'number', ...typed };
  if (shape !== 'choice') return { type: 'plain_text_input', multiline: shape === 'text' || shape === 'list', max_length: limit, ...typed };
  const options = choices.map((value) => ({ text: plainText(truncate(reveal(value), 75)), value }));
  const chosen = options.find(({ value }) => value === initial);
  return { type: 'static_select', action_id: 'value', options, ...(chosen && { initial_option: chosen }) };
}

function plainText(text: string) {
  return { type: 'plain_text' as const, text: text === '' ? '…' : text, emoji: false };
}
