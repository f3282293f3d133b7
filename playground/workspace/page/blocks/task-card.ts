import { append, element } from '../dom.ts';
import { asList, asRecord, asText, has, type Json } from '../json.ts';
import { drawBlocks, drawLink, drawPlain } from '../text/draw.ts';
import { parseRichText } from '../text/rich.ts';
import type { DrawBlock } from './context.ts';

const statuses: Record<string, string> = { pending: 'Waiting', in_progress: 'In progress', complete: 'Done', error: 'Failed' };

/** One step: its state as a mark, its title, what it does and what came of it. */
export const drawTaskCard: DrawBlock = (task, context) => {
  const status = taskStatus(task);
  const body = element('div', { class: 'task-body' }, element('div', { class: 'task-title', dir: 'auto' }, ...drawPlain(asText(task['title']))));
  for (const part of ['details', 'output'] as const) {
    if (has(task, part)) append(body, [element('div', { class: `task-${part} text`, dir: 'auto' }, ...drawBlocks(parseRichText(asRecord(task[part])), context.directory))]);
  }
  const sources = asList(task['sources']);
  if (sources.length > 0) append(body, [element('div', { class: 'task-sources' }, ...sources.map((source) => drawLink(asText(source['url']), [document.createTextNode(asText(source['text']))])))]);
  return element('div', { class: 'task', 'data-status': status }, statusMark(status), body);
};

export function taskStatus(task: Json): string {
  const status = asText(task['status']);
  return Object.hasOwn(statuses, status) ? status : 'pending';
}

function statusMark(status: string): HTMLElement {
  const mark = element('span', { class: 'task-mark', role: 'img', 'aria-label': statuses[status] ?? status });
  // Spinners that are drawn again go on where the others are.
  if (status === 'in_progress') mark.style.setProperty('animation-delay', `-${Date.now() % 900}ms`);
  return mark;
}
