import type { World } from '../../page-api.ts';
import { element } from '../dom.ts';
import type { Item } from '../keyed.ts';

/** The steps of the start, `who: what` each; the last one is under way. */
export function startingItems({ starting }: World): Item[] {
  return starting.map((line, index) => {
    const [, who = '', what = line] = /^([\w -]+): (.*)$/s.exec(line) ?? [];
    const isGap = /not found|left out/.test(line);
    return { key: String(index), version: line, render: () => element('li', { class: isGap ? 'is-gap' : null }, element('span', { class: 'starting-who' }, who), element('span', { class: 'starting-what', dir: 'auto' }, what)) };
  });
}
