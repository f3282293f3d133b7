import { element } from '../dom.ts';
import { asList, asRecord, asText, type Json } from '../json.ts';
import { drawBlocks } from '../text/draw.ts';
import { parseRichText } from '../text/rich.ts';
import type { BlockContext, DrawBlock } from './context.ts';

/** The first row is the head, as in Slack. */
export const drawTable: DrawBlock = (block, context) => {
  const settings = asList(block['column_settings']);
  const rows = Array.isArray(block['rows']) ? block['rows'].map(asList) : [];
  const draw = (cells: Json[], tag: 'th' | 'td'): HTMLElement => element('tr', {}, ...cells.map((cell, column) => element(tag, cellAttributes(asRecord(settings[column]), cell), ...drawCell(cell, context))));
  const [head, ...body] = rows;
  return element('div', { class: 'table-scroll', tabindex: '0' }, element('table', {}, element('thead', {}, draw(head ?? [], 'th')), element('tbody', {}, ...body.map((cells) => draw(cells, 'td')))));
};

function cellAttributes(setting: Json, cell: Json): Record<string, string> {
  const align = asText(setting['align']) || (cell['type'] === 'raw_number' ? 'right' : 'left');
  return { class: `align-${align}${setting['is_wrapped'] === true ? ' is-wrapped' : ''}`, dir: 'auto' };
}

function drawCell(cell: Json, context: BlockContext): (Node | string)[] {
  return cell['type'] === 'rich_text' ? drawBlocks(parseRichText(cell), context.directory) : [asText(cell['text'])];
}
