import { element } from '../dom.ts';
import { drawImageElement } from '../elements/image.ts';
import { asRecord, asText, has } from '../json.ts';
import { drawPlain } from '../text/draw.ts';
import type { DrawBlock } from './context.ts';

export const drawImage: DrawBlock = (block) =>
  element('figure', { class: 'image-block' }, has(block, 'title') && element('figcaption', { dir: 'auto' }, ...drawPlain(asText(asRecord(block['title'])['text']))), drawImageElement(block));
