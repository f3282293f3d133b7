import type { PageUser } from '../page-api.ts';
import { element } from './dom.ts';

export function avatar(user: PageUser | undefined, size: 'small' | 'medium' | 'large' = 'large'): HTMLElement {
  const node = element('span', { class: `avatar is-${size}`, 'aria-hidden': 'true' }, user?.avatar ?? '?');
  // Through the style object a value can colour the ground and nothing else.
  if (user !== undefined) node.style.setProperty('--avatar', user.color);
  return node;
}
