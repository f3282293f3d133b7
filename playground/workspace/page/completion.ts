import { element } from './dom.ts';

export interface Candidate {
  /** What the chosen one puts in the place of what was typed. */
  insert: string;
  label: string;
  detail: string;
  description: string;
  picture?: HTMLElement;
}

/** What stands before the cursor and could be completed: where it begins, and its candidates. */
export interface Offer {
  from: number;
  candidates: Candidate[];
}

/** A list of candidates above a text field. Returns its node; it handles the field's arrow keys, Tab, Enter and Escape. */
export function completion(field: HTMLTextAreaElement, id: string, offer: (before: string) => Offer | null): HTMLElement {
  const list = element('div', { class: 'completion', role: 'listbox', id, hidden: true });
  let current: Offer | null = null;
  let chosen = 0;

  const hide = (): void => {
    current = null;
    list.hidden = true;
    field.setAttribute('aria-expanded', 'false');
    field.removeAttribute('aria-activedescendant');
  };
  const mark = (index: number): void => {
    chosen = index;
    [...list.children].forEach((option, position) => {
      option.setAttribute('aria-selected', String(position === index));
      if (position === index) option.scrollIntoView({ block: 'nearest' });
    });
    field.setAttribute('aria-activedescendant', `${id}-${index}`);
  };
  const accept = (index: number): void => {
    const candidate = current?.candidates[index];
    if (current === null || candidate === undefined) return;
    field.setRangeText(candidate.insert, current.from, field.selectionStart, 'end');
    hide();
    field.focus();
    field.dispatchEvent(new Event('input', { bubbles: true }));
  };
  const refresh = (): void => {
    const next = offer(field.value.slice(0, field.selectionStart));
    if (next === null || next.candidates.length === 0) return hide();
    current = next;
    list.replaceChildren(...next.candidates.map((candidate, index) => drawCandidate(candidate, `${id}-${index}`, () => accept(index))));
    list.hidden = false;
    field.setAttribute('aria-expanded', 'true');
    mark(0);
  };

  field.setAttribute('aria-controls', id);
  field.setAttribute('aria-autocomplete', 'list');
  field.addEventListener('input', refresh);
  field.addEventListener('blur', () => setTimeout(hide, 150));
  field.addEventListener('keydown', (event) => {
    if (current === null) return;
    const count = current.candidates.length;
    const exact = current.candidates[chosen]?.insert.trim() === field.value.slice(current.from).trim();
    if (event.key === 'ArrowDown') mark((chosen + 1) % count);
    else if (event.key === 'ArrowUp') mark((chosen - 1 + count) % count);
    else if (event.key === 'Escape') hide();
    else if (event.key === 'Tab' || (event.key === 'Enter' && !event.shiftKey && !exact)) accept(chosen);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  });
  return list;
}

function drawCandidate(candidate: Candidate, id: string, accept: () => void): HTMLElement {
  const option = element(
    'div',
    { class: 'candidate', role: 'option', id, 'data-testid': 'candidate' },
    candidate.picture,
    element('span', { class: 'candidate-label' }, candidate.label, candidate.detail !== '' && element('span', { class: 'candidate-detail' }, ` ${candidate.detail}`)),
    element('span', { class: 'candidate-description' }, candidate.description),
  );
  // Before the field loses focus.
  option.addEventListener('pointerdown', (event) => {
    event.preventDefault();
    accept();
  });
  return option;
}
