import { element } from '../dom.ts';
import { drawElement } from '../elements/registry.ts';
import { asRecord, asText, has } from '../json.ts';
import { drawPlain } from '../text/draw.ts';
import type { DrawBlock } from './context.ts';

/** A labelled field of a form; its error appears beneath it. */
export const drawInput: DrawBlock = (block, context) => {
  const blockId = asText(block['block_id']);
  const id = `${context.place}-${blockId}`.replace(/[^\w-]/g, '-');
  const optional = block['optional'] === true;
  const control = drawElement(asRecord(block['element']), { ...context, blockId, dispatch: block['dispatch_action'] === true });
  const field = control.matches('input, textarea, select') ? control : control.querySelector<HTMLElement>('input:not([type=radio], [type=checkbox]), textarea, select');
  if (field === null) control.setAttribute('aria-labelledby', `${id}-label`);
  else {
    field.id = id;
    field.setAttribute('aria-describedby', `${id}-error`);
    if (!optional) field.setAttribute('aria-required', 'true');
  }
  return element(
    'div',
    { class: 'input-block', 'data-optional': optional },
    element('label', { for: field === null ? null : id, id: `${id}-label`, dir: 'auto' }, ...drawPlain(asText(asRecord(block['label'])['text'])), optional && element('span', { class: 'optional' }, ' (optional)')),
    control,
    element('div', { class: 'field-error', id: `${id}-error`, role: 'alert' }),
    has(block, 'hint') && element('div', { class: 'hint', dir: 'auto' }, ...drawPlain(asText(asRecord(block['hint'])['text']))),
  );
};
