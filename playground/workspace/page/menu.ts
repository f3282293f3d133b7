import { element } from './dom.ts';

export interface MenuItem {
  label: string;
  description?: string;
  /** Said instead of the label, when that is a picture. */
  name?: string;
  choose(): void;
}

let close: (() => void) | null = null;

/** A menu below (or above) its button. It stays open while the page around it changes, and follows its button. */
export function openMenu(button: HTMLElement, items: MenuItem[], shape: 'list' | 'row' = 'list'): void {
  close?.();
  const menu = element('div', { class: `menu is-${shape}`, popover: 'manual', role: 'menu' });
  const entries = items.map((item) =>
    element(
      'button',
      { type: 'button', role: 'menuitem', class: 'menu-item', title: item.name, 'aria-label': item.name, on: { click: () => (shut(), item.choose()) } },
      element('span', { dir: 'auto' }, item.label),
      item.description ? element('small', { dir: 'auto' }, item.description) : null,
    ),
  );
  menu.append(...entries);
  (button.closest('dialog') ?? document.body).append(menu);
  menu.showPopover();
  const follow = (): void => place(menu, button);
  const timer = setInterval(follow, 200);
  const outside = (event: Event): void => {
    if (!menu.contains(event.target as Node) && !button.contains(event.target as Node)) shut();
  };
  const shut = (): void => {
    clearInterval(timer);
    document.removeEventListener('pointerdown', outside, true);
    menu.remove();
    button.setAttribute('aria-expanded', 'false');
    close = null;
    if (button.isConnected) button.focus({ preventScroll: true });
  };
  menu.addEventListener('keydown', (event) => moveFocus(event, entries, shut));
  document.addEventListener('pointerdown', outside, true);
  button.setAttribute('aria-expanded', 'true');
  close = shut;
  follow();
  entries[0]?.focus();
}

function place(menu: HTMLElement, button: HTMLElement): void {
  if (!button.isConnected) return;
  const box = button.getBoundingClientRect();
  const below = window.innerHeight - box.bottom > menu.offsetHeight + 12;
  menu.style.setProperty('top', `${below ? box.bottom + 4 : Math.max(8, box.top - menu.offsetHeight - 4)}px`);
  menu.style.setProperty('left', `${Math.max(8, Math.min(box.left, window.innerWidth - menu.offsetWidth - 8))}px`);
}

function moveFocus(event: KeyboardEvent, entries: HTMLElement[], shut: () => void): void {
  const index = entries.indexOf(document.activeElement as HTMLElement);
  if (event.key === 'Escape' || event.key === 'Tab') shut();
  else if (event.key === 'ArrowDown' || event.key === 'ArrowRight') entries[(index + 1) % entries.length]?.focus();
  else if (event.key === 'ArrowUp' || event.key === 'ArrowLeft') entries[(index - 1 + entries.length) % entries.length]?.focus();
  else return;
  event.preventDefault();
  event.stopPropagation();
}
