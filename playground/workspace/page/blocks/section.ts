import { append, element } from '../dom.ts';
import { drawElement } from '../elements/registry.ts';
import { asList, asRecord, asText, has } from '../json.ts';
import { drawTextObject } from '../text/draw.ts';
import type { DrawBlock } from './context.ts';

export const drawSection: DrawBlock = (block, context) => {
  const main = element('div', { class: 'section-main' });
  if (has(block, 'text')) append(main, [drawTextObject(block['text'], context.directory)]);
  const fields = asList(block['fields']);
  if (fields.length > 0) append(main, [element('div', { class: 'fields' }, ...fields.map((field) => drawTextObject(field, context.directory)))]);
  const section = element('div', { class: 'section' }, main);
  if (has(block, 'accessory')) {
    const accessory = drawElement(asRecord(block['accessory']), { ...context, blockId: asText(block['block_id']), dispatch: true });
    append(section, [element('div', { class: 'accessory' }, accessory)]);
  }
  return section;
};
