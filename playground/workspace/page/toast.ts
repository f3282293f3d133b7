import { element } from './dom.ts';

const shownFor = 7000;

/** Says something briefly, above everything else, modals included. */
export function toast(words: string, kind: 'error' | 'done' = 'error'): void {
  const tray = document.querySelector<HTMLElement>('.toasts') ?? document.body.appendChild(element('div', { class: 'toasts', popover: 'manual', role: 'status', 'aria-live': 'polite' }));
  const note = element('div', { class: `toast is-${kind}`, 'data-testid': 'toast' }, element('span', { dir: 'auto' }, words), element('button', { type: 'button', class: 'toast-close', 'aria-label': 'Dismiss', on: { click: () => remove() } }, '×'));
  const remove = (): void => {
    note.remove();
    if (tray.childElementCount === 0) tray.hidePopover();
  };
  tray.append(note);
  // Shown again, it stands above a dialog that was opened since.
  if (tray.matches(':popover-open')) tray.hidePopover();
  tray.showPopover();
  setTimeout(remove, shownFor);
}
