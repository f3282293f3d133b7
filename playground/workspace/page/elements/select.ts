import { element } from '../dom.ts';
import { asList, asRecord, asText, has, type Json } from '../json.ts';
import type { DrawElement } from '../blocks/context.ts';
import { dispatchAction } from './dispatch.ts';
import { registerValue } from './values.ts';

/** static_select as the browser's own select: it is accessible, and works with thumbs. */
export const drawSelect: DrawElement = (json, context) => {
  const groups = asList(json['option_groups']);
  const options = groups.length > 0 ? groups.flatMap((group) => asList(group['options'])) : asList(json['options']);
  const initial = asText(asRecord(json['initial_option'])['value']);
  const select = selectShell(json);
  const add = (parent: HTMLElement, option: Json): void => {
    const value = asText(option['value']);
    parent.append(element('option', { value: String(options.indexOf(option)), selected: has(json, 'initial_option') && value === initial }, asText(asRecord(option['text'])['text'])));
  };
  for (const group of groups) {
    const section = element('optgroup', { label: asText(asRecord(group['label'])['text']) });
    for (const option of asList(group['options'])) add(section, option);
    select.append(section);
  }
  if (groups.length === 0) for (const option of options) add(select, option);
  const chosen = (): { text: unknown; value: string } | null => {
    const option = select.value === '' ? undefined : options[Number(select.value)];
    return option === undefined ? null : { text: option['text'], value: asText(option['value']) };
  };
  registerValue(select, json, context, () => ({ value: { type: 'static_select', selected_option: chosen() }, filled: chosen() !== null }));
  select.addEventListener('change', () => {
    const option = chosen();
    if (context.dispatch && option !== null) void dispatchAction(json, context, { value: option.value, selected_option: option });
  });
  return element('div', { class: 'select' }, select);
};

export const drawUsersSelect: DrawElement = (json, context) => {
  const select = selectShell(json);
  for (const user of context.directory.users.values()) {
    if (!user.isBot) select.append(element('option', { value: user.id, selected: user.id === json['initial_user'] }, user.realName));
  }
  registerValue(select, json, context, () => ({ value: { type: 'users_select', selected_user: select.value || null }, filled: select.value !== '' }));
  select.addEventListener('change', () => {
    if (context.dispatch && select.value !== '') void dispatchAction(json, context, { value: select.value });
  });
  return element('div', { class: 'select' }, select);
};

function selectShell(json: Json): HTMLSelectElement {
  const placeholder = asText(asRecord(json['placeholder'])['text']) || 'Select an option';
  const label = asText(json['action_id']) || placeholder;
  return element('select', { 'data-action': asText(json['action_id']), 'aria-label': label }, element('option', { value: '' }, placeholder));
}
