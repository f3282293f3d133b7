/** rich_text and its elements. */
import { array, boolean, byType, integer, literal, number, object, string } from './check.ts';
import type { Check } from './check.ts';
import { identifier } from './objects.ts';

const textStyle = object({}, { bold: boolean, italic: boolean, strike: boolean, code: boolean, underline: boolean, highlight: boolean, client_highlight: boolean, unlink: boolean });
const element = (type: string, required: Record<string, Check>, optional: Record<string, Check> = {}): Check =>
  object({ type: literal(type), ...required }, { style: textStyle, ...optional });

const text = element('text', { text: string({ minimum: 1 }) });
const link = element('link', { url: string({ minimum: 1, maximum: 3000 }) }, { text: string(), unsafe: boolean });

const inline = byType({
  text,
  link,
  broadcast: element('broadcast', { range: literal('here', 'channel', 'everyone') }),
  color: element('color', { value: string({ minimum: 1 }) }),
  channel: element('channel', { channel_id: string({ minimum: 1 }) }),
  date: element('date', { timestamp: number, format: string({ minimum: 1 }) }, { url: string(), fallback: string() }),
  emoji: element('emoji', { name: string({ minimum: 1 }) }, { unicode: string(), url: string(), skin_tone: integer(2, 6) }),
  team: element('team', { team_id: string({ minimum: 1 }) }),
  user: element('user', { user_id: string({ minimum: 1 }) }),
  usergroup: element('usergroup', { usergroup_id: string({ minimum: 1 }) }),
});

const border = integer(0, 1);
const section = object({ type: literal('rich_text_section'), elements: array(inline, { minimum: 0 }) });

export const richText = object(
  {
    type: literal('rich_text'),
    elements: array(
      byType({
        rich_text_section: section,
        rich_text_list: object(
          { type: literal('rich_text_list'), style: literal('bullet', 'ordered'), elements: array(section) },
          { indent: integer(0, 8), offset: integer(0, 10_000), border },
        ),
        rich_text_quote: object({ type: literal('rich_text_quote'), elements: array(inline) }, { border }),
        rich_text_preformatted: object({ type: literal('rich_text_preformatted'), elements: array(byType({ text, link })) }, { border, language: string() }),
      }),
    ),
  },
  { block_id: identifier },
);
