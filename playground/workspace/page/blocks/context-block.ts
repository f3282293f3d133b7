import { element } from '../dom.ts';
import { asList } from '../json.ts';
import { drawImageElement } from '../elements/image.ts';
import { drawTextObject } from '../text/draw.ts';
import type { DrawBlock } from './context.ts';

export const drawContextBlock: DrawBlock = (block, context) =>
  element('div', { class: 'context-block' }, ...asList(block['elements']).map((each) => (each['type'] === 'image' ? drawImageElement(each) : drawTextObject(each, context.directory))));
