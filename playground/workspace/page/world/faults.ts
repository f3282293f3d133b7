import type { World } from '../../page-api.ts';
import { element } from '../dom.ts';
import type { Item } from '../keyed.ts';
import type { Session } from '../session.ts';
import { toast } from '../toast.ts';

type Fault = World['faults'][number];

/** The menu, by area in the order that the areas first appear. */
export function faultItems(session: Session, world: World): Item[] {
  const areas = [...new Set(world.faults.map((fault) => fault.area))];
  return areas.flatMap((area) => [
    { key: `area ${area}`, version: area, render: () => element('h4', {}, area) },
    ...world.faults.filter((fault) => fault.area === area).map((fault): Item => ({ key: `fault ${fault.id}`, version: JSON.stringify(fault), render: () => draw(session, fault) })),
  ]);
}

function draw(session: Session, fault: Fault): HTMLElement {
  const button = element('button', { type: 'button', class: `button is-small ${fault.active ? 'is-primary' : 'is-danger'}`, 'data-testid': `fault-${fault.id}`, 'aria-pressed': String(fault.active), 'aria-label': `${fault.active ? 'Repair' : 'Break'}: ${fault.title}` }, fault.active ? 'Repair' : 'Break');
  button.addEventListener('click', () => void toggle(session, fault, button));
  return element('div', { class: fault.active ? 'row is-active' : 'row', 'data-fault': fault.id }, element('div', { class: 'row-text' }, element('strong', {}, fault.title), element('p', {}, fault.description)), button);
}

async function toggle(session: Session, fault: Fault, button: HTMLElement): Promise<void> {
  if (button.getAttribute('aria-busy') === 'true') return;
  button.setAttribute('aria-busy', 'true');
  const answer = await session.api.setFault(fault.id, !fault.active);
  button.removeAttribute('aria-busy');
  if (!answer.ok) toast(answer.error);
}
