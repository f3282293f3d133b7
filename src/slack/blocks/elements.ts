/** The few shapes all cards are made of. Text from outside goes into rich text, where Slack parses nothing. */
import type { Button, ContextBlock, HeaderBlock, KnownBlock, RichTextBlock, RichTextElement, RichTextSection, SectionBlock } from '@slack/types';
import { clean, oneLine, reveal, truncate, truncateMiddle } from './text.ts';

/** `markdown` must be our own words or passed through escapeText; Slack adds no links or mentions to it. */
export function section(markdown: string): SectionBlock {
  return { type: 'section', text: { type: 'mrkdwn', text: clip(markdown, 3000), verbatim: true } };
}

/** As in section(): own or escaped words only. At most 10 lines. */
export function context(...markdown: string[]): ContextBlock {
  return { type: 'context', elements: markdown.slice(0, 10).map((text) => ({ type: 'mrkdwn', text: clip(text, 2000), verbatim: true })) };
}

/** Takes raw text. */
export function header(text: string): HeaderBlock {
  return { type: 'header', text: { type: 'plain_text', text: oneLine(text, 150) || '…', emoji: false } };
}

/** Prose from outside, as it is; `label` is ours. */
export function prose(text: string, limit: number, label?: string): RichTextBlock {
  return richText({ type: 'rich_text_section', elements: [...(label ? [bold(`${label}  `)] : []), plain(truncate(clean(text), limit) || '(nothing)')] });
}

/** Prose from outside, set apart as somebody else's words. */
export function quotation(text: string, limit: number): RichTextBlock {
  return richText({ type: 'rich_text_quote', elements: [plain(truncate(clean(text), limit) || '(nothing)')] });
}

/** Code or output, exactly; fences in it mean nothing here. Too long: its middle is left out and said so. */
export function code(text: string, limit: number): RichTextBlock {
  return richText({ type: 'rich_text_preformatted', elements: [plain(truncateMiddle(reveal(text), limit) || '(empty)')] });
}

export function list(items: RichTextElement[][], style: 'bullet' | 'ordered' = 'bullet'): RichTextBlock {
  const elements: RichTextSection[] = items.map((each) => ({ type: 'rich_text_section', elements: each }));
  return richText({ type: 'rich_text_list', style, elements });
}

/** A list of outside texts with our label above it; undefined when there is none. */
export function labelled(label: string, texts: readonly string[], each: number, most: number, style: 'bullet' | 'ordered' = 'bullet'): RichTextBlock | undefined {
  if (texts.length === 0) return undefined;
  const { shown, more } = firstOf(texts, most);
  const items = shown.map((text): RichTextSection => ({ type: 'rich_text_section', elements: [plain(truncate(clean(text), each) || '(nothing)')] }));
  if (more > 0) items.push({ type: 'rich_text_section', elements: [plain(`… and ${more} more`)] });
  return richText({ type: 'rich_text_section', elements: [bold(label)] }, { type: 'rich_text_list', style, elements: items });
}

/** `most` and a line that tells of `more`; never "1 more", which takes the room of the one it hides. */
export function firstOf<T>(items: readonly T[], most: number): { shown: T[]; more: number } {
  const shown = items.slice(0, items.length === most + 1 ? most + 1 : most);
  return { shown, more: items.length - shown.length };
}

/** As firstOf(), from the end. */
export function lastOf<T>(items: readonly T[], most: number): { shown: T[]; earlier: number } {
  const earlier = items.length <= most + 1 ? 0 : items.length - most;
  return { shown: items.slice(earlier), earlier };
}

export function richText(...elements: RichTextBlock['elements']): RichTextBlock {
  return { type: 'rich_text', elements };
}

/** Raw text: the caller has cleaned or revealed it. Slack takes no empty one. */
export function plain(text: string): RichTextElement & { type: 'text' } {
  return { type: 'text', text: text === '' ? ' ' : text };
}

export function bold(text: string): RichTextElement & { type: 'text' } {
  return { type: 'text', text, style: { bold: true } };
}

export function codeText(text: string): RichTextElement & { type: 'text' } {
  return { type: 'text', text, style: { code: true } };
}

export function button(text: string, actionId: string, value: unknown, more: Partial<Button> = {}): Button {
  return { type: 'button', text: { type: 'plain_text', text, emoji: false }, action_id: actionId, value: JSON.stringify(value), ...more };
}

/** Drops undefined ones, so that optional parts read as a list. */
export function blocksOf(...blocks: (KnownBlock | undefined)[]): KnownBlock[] {
  return blocks.filter((block) => block !== undefined);
}

/** Own mrkdwn that grew too long is cut at a line's end, never inside an entity or a mention. */
function clip(markdown: string, limit: number): string {
  if (markdown.length <= limit) return markdown || ' ';
  const lines: string[] = [];
  let length = 1;
  for (const line of markdown.split('\n')) {
    length += line.length + 1;
    if (length > limit) break;
    lines.push(line);
  }
  return lines.length > 0 ? `${lines.join('\n')}\n…`.slice(0, limit) : truncate(markdown.replace(/[<>]/g, ''), limit);
}
