import { element } from '../dom.ts';
import { asRecord, asText } from '../json.ts';
import { drawPlain } from '../text/draw.ts';
import type { DrawBlock } from './context.ts';

export const drawHeader: DrawBlock = (block) => element('h3', { class: 'header-block', dir: 'auto' }, ...drawPlain(asText(asRecord(block['text'])['text'])));
