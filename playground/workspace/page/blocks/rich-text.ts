import { element } from '../dom.ts';
import { drawBlocks } from '../text/draw.ts';
import { parseRichText } from '../text/rich.ts';
import type { DrawBlock } from './context.ts';

export const drawRichText: DrawBlock = (block, context) => element('div', { class: 'text', dir: 'auto' }, ...drawBlocks(parseRichText(block), context.directory));
