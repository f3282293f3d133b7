import { element } from '../dom.ts';
import { asText } from '../json.ts';
import type { DrawBlock } from './context.ts';

export const drawUnknown: DrawBlock = (block) => element('div', { class: 'unknown-block' }, `This page does not draw "${asText(block['type']) || 'untyped'}" blocks.`);
