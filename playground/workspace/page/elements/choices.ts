import { element } from '../dom.ts';
import { asList, asRecord, asText, has, type Json } from '../json.ts';
import { drawTextObject } from '../text/draw.ts';
import type { DrawElement, ElementContext } from '../blocks/context.ts';
import { dispatchAction } from './dispatch.ts';
import { registerValue } from './values.ts';

type Choice = { text: unknown; value: string };

let groups = 0;

export const drawRadioButtons: DrawElement = (json, context) => {
  const initial = has(json, 'initial_option') ? [asText(asRecord(json['initial_option'])['value'])] : [];
  return drawChoices(json, context, 'radio', initial, (chosen) => {
    const option = chosen[0];
    return { form: { type: 'radio_buttons', selected_option: option ?? null }, detail: option === undefined ? {} : { value: option.value, selected_option: option } };
  });
};

export const drawCheckboxes: DrawElement = (json, context) =>
  drawChoices(
    json,
    context,
    'checkbox',
    asList(json['initial_options']).map((option) => asText(option['value'])),
    (chosen) => ({ form: { type: 'checkboxes', selected_options: chosen }, detail: { selected_options: chosen } }),
  );

interface Shape {
  form: Json;
  detail: Parameters<typeof dispatchAction>[2];
}

function drawChoices(json: Json, context: ElementContext, type: 'radio' | 'checkbox', initial: string[], shape: (chosen: Choice[]) => Shape): HTMLElement {
  groups += 1;
  const name = `choice-${groups}`;
  const options = asList(json['options']);
  const boxes = options.map((option) => element('input', { type, name, checked: initial.includes(asText(option['value'])) }));
  const chosen = (): Choice[] => options.filter((_, index) => boxes[index]?.checked === true).map((option) => ({ text: option['text'], value: asText(option['value']) }));
  const rows = options.map((option, index) => {
    const text = element('div', { class: 'choice-text' }, drawTextObject(option['text'], context.directory));
    if (has(option, 'description')) text.append(element('div', { class: 'choice-description' }, drawTextObject(option['description'], context.directory)));
    return element('label', { class: 'choice' }, boxes[index], text);
  });
  const group = element('div', { class: 'choices', role: type === 'radio' ? 'radiogroup' : 'group', 'data-action': asText(json['action_id']) }, ...rows);
  registerValue(group, json, context, () => ({ value: shape(chosen()).form, filled: chosen().length > 0 }));
  group.addEventListener('change', () => {
    if (context.dispatch) void dispatchAction(json, context, shape(chosen()).detail);
  });
  return group;
}
