import { element } from '../dom.ts';
import { drawElement } from '../elements/registry.ts';
import { asList, asText } from '../json.ts';
import type { DrawBlock } from './context.ts';

export const drawActions: DrawBlock = (block, context) =>
  element('div', { class: 'actions' }, ...asList(block['elements']).map((each) => drawElement(each, { ...context, blockId: asText(block['block_id']), dispatch: true })));
