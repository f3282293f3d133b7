/** The same content in blocks that every Slack client has had for years. */
import type { KnownBlock, RichTextElement, TaskCardBlock } from '@slack/types';
import { bold, plain, richText } from './elements.ts';

const marks = { pending: '○', in_progress: '◐', complete: '●', error: '✕' } as const;

export function plainer(blocks: KnownBlock[]): KnownBlock[] {
  return blocks.map((block) => {
    if (block.type !== 'plan') return block;
    const tasks = (block.tasks ?? []) as TaskCardBlock[];
    const items = tasks.map((task) => ({ type: 'rich_text_section' as const, elements: [plain(`${marks[task.status]} ${task.title} (${task.status.replace('_', ' ')})`), ...detailsOf(task)] }));
    return richText({ type: 'rich_text_section', elements: [bold(block.title)] }, { type: 'rich_text_list', style: 'bullet', elements: items });
  });
}

function detailsOf(task: TaskCardBlock): RichTextElement[] {
  const texts = task.details?.elements.flatMap((element) => (element.type === 'rich_text_section' ? element.elements : [])) ?? [];
  return texts.length > 0 ? [plain('\n'), ...texts] : [];
}
