import { element } from '../dom.ts';
import { asNumber, asRecord, asText, type Json } from '../json.ts';
import type { DrawElement, ElementContext } from '../blocks/context.ts';
import { dispatchAction } from './dispatch.ts';
import { registerValue } from './values.ts';

const inputTypes: Record<string, string> = { number_input: 'number', email_text_input: 'email', url_text_input: 'url' };

/** plain_text_input and its narrower relatives. */
export const drawTextInput: DrawElement = (json, context) => {
  const type = asText(json['type']);
  const longest = asNumber(json['max_length']);
  const shortest = asNumber(json['min_length']) ?? 0;
  const attributes = { placeholder: asText(asRecord(json['placeholder'])['text']), maxlength: longest, dir: 'auto', 'data-action': asText(json['action_id']) };
  const field = json['multiline'] === true ? element('textarea', { ...attributes, rows: 4 }) : element('input', { ...attributes, type: inputTypes[type] ?? 'text', step: type === 'number_input' ? 'any' : null });
  field.value = asText(json['initial_value']);
  registerValue(field, json, context, () => {
    const value = field.value;
    const short = value !== '' && value.length < shortest;
    return { value: { type, value: value === '' ? null : value }, filled: value.trim() !== '', ...(short ? { problem: `Please write at least ${shortest} characters.` } : {}) };
  });
  field.addEventListener('keydown', (event) => {
    if (event instanceof KeyboardEvent && event.key === 'Enter' && context.dispatch && !event.shiftKey) void dispatchAction(json, context, { value: field.value });
  });
  if (longest === null || longest > 1000) return field;
  const count = element('span', { class: 'count', 'aria-hidden': 'true' });
  const showCount = (): void => {
    count.textContent = String(longest - field.value.length);
    count.classList.toggle('is-near', longest - field.value.length <= 20);
  };
  field.addEventListener('input', showCount);
  showCount();
  return element('div', { class: 'counted' }, field, count);
};

export const drawDatePicker: DrawElement = (json, context) => picker(json, context, 'date', asText(json['initial_date']), 'selected_date');

export const drawTimePicker: DrawElement = (json, context) => picker(json, context, 'time', asText(json['initial_time']), 'selected_time');

function picker(json: Json, context: ElementContext, type: 'date' | 'time', initial: string, key: string): HTMLElement {
  const field = element('input', { type, class: 'picker', 'data-action': asText(json['action_id']), 'aria-label': asText(asRecord(json['placeholder'])['text']) || type });
  field.value = initial;
  registerValue(field, json, context, () => ({ value: { type: asText(json['type']), [key]: field.value || null }, filled: field.value !== '' }));
  field.addEventListener('change', () => {
    if (context.dispatch && field.value !== '') void dispatchAction(json, context, { value: field.value });
  });
  return field;
}
