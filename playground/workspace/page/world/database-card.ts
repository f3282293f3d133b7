import type { World } from '../../page-api.ts';
import { element } from '../dom.ts';
import type { Item } from '../keyed.ts';

type Database = World['databases'][number];

export function databaseItem(database: Database): Item {
  return { key: database.name, version: JSON.stringify(database), render: () => draw(database), patch: (node) => node.replaceChildren(...fill(node, database)) };
}

function draw(database: Database): HTMLElement {
  const card = element('section', { class: 'card', 'data-testid': `database-${database.name}` });
  card.append(...fill(card, database));
  return card;
}

function fill(card: HTMLElement, database: Database): HTMLElement[] {
  card.dataset['state'] = database.state;
  const share = database.connectionLimit === 0 ? 0 : Math.min(1, database.connections / database.connectionLimit);
  const meter = element('span', { class: share > 0.85 ? 'meter-fill is-high' : 'meter-fill' });
  meter.style.setProperty('width', `${(share * 100).toFixed(1)}%`);
  return [
    element('div', { class: 'card-head' }, element('span', { class: 'dot' }), element('strong', {}, database.name), element('span', { class: database.waiting > 0 ? 'card-state is-bad' : 'card-state' }, database.waiting === 0 ? 'none waiting' : `${database.waiting} waiting`)),
    element('div', { class: 'meter', role: 'meter', 'aria-label': 'Connections', 'aria-valuenow': database.connections, 'aria-valuemin': 0, 'aria-valuemax': database.connectionLimit }, meter),
    element('div', { class: 'meter-words' }, `${database.connections} of ${database.connectionLimit} connections`),
  ];
}
