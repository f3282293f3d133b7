import { element, setText } from '../dom.ts';
import { asList, asText, type Json } from '../json.ts';
import { reconcile } from '../keyed.ts';
import { rememberOpen, wasOpen, type BlockContext, type DrawBlock } from './context.ts';
import { drawTaskCard, taskStatus } from './task-card.ts';

export const drawPlan: DrawBlock = (plan, context) => {
  const key = `${context.place} plan ${asText(plan['block_id'])}`;
  const node = element(
    'details',
    { class: 'plan', open: wasOpen(key, true) },
    element('summary', {}, element('span', { class: 'plan-title', dir: 'auto' })),
    element('div', { class: 'plan-bar', 'aria-hidden': 'true' }, element('span')),
    element('div', { class: 'plan-tasks' }),
  );
  node.addEventListener('toggle', () => rememberOpen(key, node.open));
  patchPlan(node, plan, context);
  return node;
};

/** Shows the plan's newest state, task by task. */
export function patchPlan(node: HTMLElement, plan: Json, context: BlockContext): void {
  const tasks = asList(plan['tasks']);
  const settled = tasks.filter((task) => ['complete', 'error'].includes(taskStatus(task))).length;
  setText(part(node, '.plan-title'), asText(plan['title']));
  part(node, '.plan-bar span').style.setProperty('width', `${tasks.length === 0 ? 0 : Math.round((settled / tasks.length) * 100)}%`);
  node.dataset['state'] = planState(tasks);
  reconcile(
    part(node, '.plan-tasks'),
    tasks.map((task, index) => ({ key: asText(task['task_id']) || String(index), version: JSON.stringify(task), render: () => drawTaskCard(task, context) })),
  );
}

function planState(tasks: Json[]): string {
  const states = new Set(tasks.map(taskStatus));
  if (states.has('in_progress')) return 'in_progress';
  if (states.has('pending')) return 'pending';
  return states.has('error') ? 'error' : 'complete';
}

function part(node: HTMLElement, selector: string): HTMLElement {
  const found = node.querySelector<HTMLElement>(selector);
  if (found === null) throw new Error(`A plan has no ${selector}.`);
  return found;
}
