/**
 * Block Kit's blocks, one check each. Types that the playground's page cannot draw (container, card, carousel,
 * data_table, video, ...) are refused like unknown ones.
 */
import { isRecord } from '../http.ts';
import { all, array, boolean, byType, literal, object, string } from './check.ts';
import type { Check } from './check.ts';
import { ACCESSORIES, ACTION_ELEMENTS, INPUT_ELEMENTS } from './elements.ts';
import { identifier, imageBlock, imageElement, plainText, text, markup } from './objects.ts';
import { richText } from './rich-text.ts';

export const MAXIMUM_MARKDOWN = 12_000;

function block(type: string, required: Record<string, Check>, optional: Record<string, Check> = {}): Check {
  return object({ type: literal(type), ...required }, { block_id: identifier, ...optional });
}

const section = all(
  block('section', {}, { text: text(3000), fields: array(text(2000), { maximum: 10 }), accessory: byType(ACCESSORIES), expand: boolean }),
  (value, pointer, problems) => {
    if (isRecord(value) && value['text'] === undefined && value['fields'] === undefined) problems.push({ message: 'missing required field: text', pointer });
  },
);

const contextElement = byType({ image: imageElement, plain_text: plainText(2000), mrkdwn: markup(2000) });

const input = block(
  'input',
  { label: plainText(2000), element: byType(INPUT_ELEMENTS) },
  { hint: plainText(2000), optional: boolean, dispatch_action: boolean },
);

const cell = byType({
  raw_text: object({ type: literal('raw_text'), text: string() }),
  raw_number: object({ type: literal('raw_number'), value: (value, pointer, problems) => {
    if (typeof value !== 'number') problems.push({ message: 'must be a number', pointer });
  }, text: string() }),
  rich_text: richText,
});

const table = block(
  'table',
  { rows: array(array(cell, { maximum: 20 }), { maximum: 100 }) },
  { column_settings: array((value, pointer, problems) => {
    if (value !== null) object({}, { align: literal('left', 'center', 'right'), is_wrapped: boolean })(value, pointer, problems);
  }, { maximum: 20 }) },
);

const source = object({ type: literal('url'), url: string({ minimum: 1, maximum: 3000 }), text: string({ minimum: 1 }) });
const taskCard = block(
  'task_card',
  { task_id: identifier, title: string({ minimum: 1, maximum: 256 }), status: literal('pending', 'in_progress', 'complete', 'error') },
  { details: richText, output: richText, sources: array(source, { minimum: 0 }) },
);
const plan = block('plan', { title: string({ minimum: 1, maximum: 256 }) }, { tasks: array(byType({ task_card: taskCard }), { minimum: 0, maximum: 50 }) });

const everywhere: Record<string, Check> = {
  section,
  header: block('header', { text: plainText(150) }),
  context: block('context', { elements: array(contextElement, { maximum: 10 }) }),
  divider: block('divider', {}),
  actions: block('actions', { elements: array(byType(ACTION_ELEMENTS), { maximum: 25 }) }),
  image: imageBlock,
  input,
  rich_text: richText,
};

export const MESSAGE_BLOCK = byType({
  ...everywhere,
  markdown: block('markdown', { text: string({ minimum: 1, maximum: MAXIMUM_MARKDOWN }) }),
  table,
  plan,
  task_card: taskCard,
});

export const VIEW_BLOCK = byType({
  ...everywhere,
  alert: block('alert', { text: text(200) }, { level: literal('default', 'info', 'warning', 'error', 'success') }),
});
