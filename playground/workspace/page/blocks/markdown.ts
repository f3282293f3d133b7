import { element } from '../dom.ts';
import { asText } from '../json.ts';
import { drawBlocks } from '../text/draw.ts';
import { parseMarkdown } from '../text/markdown.ts';
import type { DrawBlock } from './context.ts';

export const drawMarkdown: DrawBlock = (block, context) => element('div', { class: 'text markdown', dir: 'auto' }, ...drawBlocks(parseMarkdown(asText(block['text'])), context.directory));
