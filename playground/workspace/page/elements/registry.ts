import { element } from '../dom.ts';
import { asText, type Json } from '../json.ts';
import type { DrawElement, ElementContext } from '../blocks/context.ts';
import { drawButton } from './button.ts';
import { drawCheckboxes, drawRadioButtons } from './choices.ts';
import { drawImageElement } from './image.ts';
import { drawOverflow } from './overflow.ts';
import { drawDatePicker, drawTextInput, drawTimePicker } from './text-input.ts';
import { drawSelect, drawUsersSelect } from './select.ts';

const drawers: Record<string, DrawElement> = {
  button: drawButton,
  workflow_button: drawButton,
  overflow: drawOverflow,
  static_select: drawSelect,
  users_select: drawUsersSelect,
  radio_buttons: drawRadioButtons,
  checkboxes: drawCheckboxes,
  datepicker: drawDatePicker,
  timepicker: drawTimePicker,
  plain_text_input: drawTextInput,
  number_input: drawTextInput,
  email_text_input: drawTextInput,
  url_text_input: drawTextInput,
  image: (json) => drawImageElement(json),
};

export function drawElement(json: Json, context: ElementContext): HTMLElement {
  const type = asText(json['type']);
  const draw = Object.hasOwn(drawers, type) ? drawers[type] : undefined;
  return draw?.(json, context) ?? element('div', { class: 'unknown-block' }, `This page does not draw "${type || 'untyped'}" elements.`);
}
