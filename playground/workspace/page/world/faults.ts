import type { World } from '../../page-api.ts';
import { element, setText } from '../dom.ts';
import { icon } from '../icons.ts';
import { reconcile, type Item } from '../keyed.ts';
import type { Session } from '../session.ts';
import { toast } from '../toast.ts';
import { liveItem, type Live } from './live.ts';

type Fault = World['faults'][number];

interface Group {
  faults: Fault[];
  searching: boolean;
}

/** Below this a list needs no search. */
const many = 8;

/** What can be broken, by area in the order that the areas first appear; a search opens every area that has a match. */
export function mountFaults(session: Session): { node: HTMLElement; show(world: World): void } {
  const search = element('input', { type: 'search', class: 'fault-search', placeholder: 'Search what can be broken', 'aria-label': 'Search what can be broken', 'data-testid': 'fault-search', autocomplete: 'off', spellcheck: 'false' });
  const groups = element('div', { class: 'faults' });
  const nothing = element('p', { class: 'nothing', hidden: true }, 'Nothing has these words.');
  let last: World | undefined;

  const show = (world: World): void => {
    last = world;
    search.hidden = world.faults.length <= many;
    const words = search.value.toLowerCase().split(/\s+/).filter((word) => word !== '');
    const found = world.faults.filter((fault) => words.every((word) => `${fault.area} ${fault.title} ${fault.description} ${fault.id}`.toLowerCase().includes(word)));
    const areas = [...new Set(found.map((fault) => fault.area))];
    reconcile(groups, areas.map((area) => liveItem<Group>(area, { faults: found.filter((fault) => fault.area === area), searching: words.length > 0 }, () => buildGroup(session, area))));
    groups.hidden = areas.length === 0;
    nothing.hidden = areas.length > 0 || words.length === 0;
  };
  search.addEventListener('input', () => last !== undefined && show(last));
  return { node: element('div', {}, search, groups, nothing), show };
}

function buildGroup(session: Session, area: string): Live<Group> {
  const count = element('span', { class: 'group-count' });
  const active = element('span', { class: 'section-note' });
  const list = element('div');
  const head = element('summary', {}, icon('chevron', 16), element('h4', {}, area), active, count);
  const node = element('details', { class: 'fault-group', 'data-area': area }, head, list);
  let wanted: boolean | undefined;
  let searching = false;
  head.addEventListener('click', (event) => {
    if (searching) event.preventDefault();
    else wanted = !node.open;
  });
  return {
    node,
    update: (group) => {
      const broken = group.faults.filter((fault) => fault.active).length;
      searching = group.searching;
      wanted ??= broken > 0;
      node.open = searching || wanted;
      setText(count, String(group.faults.length));
      setText(active, broken === 0 ? '' : `${broken} active`);
      reconcile(list, group.faults.map((fault): Item => liveItem(fault.id, fault, () => buildFault(session))));
    },
  };
}

function buildFault(session: Session): Live<Fault> {
  const title = element('strong');
  const description = element('p');
  const button = element('button', { type: 'button' });
  const node = element('div', {}, element('div', { class: 'row-text' }, title, description), button);
  let shown: Fault | undefined;
  button.addEventListener('click', () => shown !== undefined && void toggle(session, shown, button));
  return {
    node,
    update: (fault) => {
      shown = fault;
      node.className = fault.active ? 'row is-active' : 'row';
      node.dataset['fault'] = fault.id;
      setText(title, fault.title);
      setText(description, fault.description);
      button.className = `button is-small ${fault.active ? 'is-primary' : 'is-danger'}`;
      button.dataset['testid'] = `fault-${fault.id}`;
      button.setAttribute('aria-label', `${fault.active ? 'Repair' : 'Break'}: ${fault.title}`);
      setText(button, fault.active ? 'Repair' : 'Break');
    },
  };
}

async function toggle(session: Session, fault: Fault, button: HTMLElement): Promise<void> {
  if (button.getAttribute('aria-busy') === 'true') return;
  button.setAttribute('aria-busy', 'true');
  const answer = await session.api.setFault(fault.id, !fault.active);
  button.removeAttribute('aria-busy');
  if (!answer.ok) toast(answer.error);
}
