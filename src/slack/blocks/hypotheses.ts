/** What the agents hold possible, with what speaks for and against it; kept up to date in its place in the thread. */
import type { RichTextSection } from '@slack/types';
import type { Hypothesis } from '../../incident/types.ts';
import type { IncidentView } from '../../incident/view.ts';
import { cardOf } from './card.ts';
import type { CardBody } from './card.ts';
import { bold, firstOf, plain, richText } from './elements.ts';
import { clean, oneLine, truncate } from './text.ts';

const most = 8;
const marks: Record<Hypothesis['status'], { emoji: string; words: string }> = {
  supported: { emoji: 'large_green_circle', words: 'supported' },
  open: { emoji: 'white_circle', words: 'open' },
  ruled_out: { emoji: 'heavy_multiplication_x', words: 'ruled out' },
};

export function hypothesesCard(view: IncidentView): CardBody {
  const { shown, more } = firstOf(view.hypotheses, most);
  const items = shown.map(item);
  if (more > 0) items.push({ type: 'rich_text_section', elements: [plain(`… and ${more} more`)] });
  const open = view.hypotheses.filter(({ status }) => status === 'open').length;
  return cardOf([{ drop: 0, blocks: [richText({ type: 'rich_text_section', elements: [bold('Hypotheses')] }, { type: 'rich_text_list', style: 'bullet', elements: items })] }], `${view.id}: ${view.hypotheses.length} hypotheses, ${open} open`);
}

function item({ text, status, for: speakingFor, against, reason }: Hypothesis): RichTextSection {
  const { emoji, words } = marks[status];
  const why = [
    ...(speakingFor.length > 0 ? [`for it: ${ids(speakingFor)}`] : []),
    ...(against.length > 0 ? [`against it: ${ids(against)}`] : []),
    ...(reason === undefined || reason === '' ? [] : [truncate(oneLine(reason, 200), 200)]),
  ];
  return {
    type: 'rich_text_section',
    elements: [{ type: 'emoji', name: emoji }, bold(` ${words}: `), plain(truncate(clean(text), 300) || '(nothing)'), ...(why.length > 0 ? [plain(`  (${why.join('; ')})`)] : [])],
  };
}

function ids(all: readonly string[]): string {
  const { shown, more } = firstOf(all, 6);
  return `${shown.map((id) => oneLine(id, 12)).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
