import type { World } from '../../page-api.ts';
import { element, setText } from '../dom.ts';
import type { Item } from '../keyed.ts';
import { liveItem, type Live } from './live.ts';

type Database = World['databases'][number];

/** One line a database: how full it is, and who waits for a lock. */
export function databaseItems({ databases }: World): Item[] {
  return databases.map((database) => liveItem(database.name, database, build));
}

function build(): Live<Database> {
  const name = element('strong', { class: 'service-name' });
  const fill = element('span', { class: 'meter-fill' });
  const meter = element('span', { class: 'meter', role: 'meter', 'aria-label': 'Connections', 'aria-valuemin': 0 }, fill);
  const used = element('span', { class: 'figure is-soft' });
  const waiting = element('span', { class: 'figure' });
  const node = element('div', { class: 'database' }, element('span', { class: 'dot' }), name, meter, used, waiting);
  return {
    node,
    update: (database) => {
      const share = database.connectionLimit === 0 ? 0 : Math.min(1, database.connections / database.connectionLimit);
      node.dataset['testid'] = `database-${database.name}`;
      node.dataset['state'] = database.state;
      node.title = `${database.name}: ${database.connections} of ${database.connectionLimit} connections, ${database.waiting} waiting for a lock`;
      setText(name, database.name);
      meter.setAttribute('aria-valuenow', String(database.connections));
      meter.setAttribute('aria-valuemax', String(database.connectionLimit));
      fill.style.setProperty('width', `${(share * 100).toFixed(1)}%`);
      fill.classList.toggle('is-high', share > 0.85);
      setText(used, `${database.connections} of ${database.connectionLimit}`);
      setText(waiting, database.waiting === 0 ? '0 waiting' : `${database.waiting} waiting`);
      waiting.classList.toggle('is-bad', database.waiting > 0);
      waiting.classList.toggle('is-soft', database.waiting === 0);
    },
  };
}
