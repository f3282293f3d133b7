import type { PageView } from '../page-api.ts';
import { patchBlocks } from './blocks/registry.ts';
import { element, setText } from './dom.ts';
import { icon } from './icons.ts';
import { readValues, type FormValue } from './elements/values.ts';
import { asList, asRecord, asText } from './json.ts';
import type { Session } from './session.ts';
import { toast } from './toast.ts';

interface Modal {
  dialog: HTMLDialogElement;
  body: HTMLElement;
  view: PageView;
}

/** Keeps the stack of modals as the server has it: only the top one is open, the others keep what was typed. */
export function mountModals(session: Session): void {
  const modals = new Map<string, Modal>();
  session.on(['views', 'session'], () => {
    const stack = session.state.views;
    for (const [id, modal] of modals) {
      if (stack.some((view) => view.id === id)) continue;
      modal.dialog.close();
      modal.dialog.remove();
      modals.delete(id);
    }
    for (const view of stack) {
      const modal = modals.get(view.id) ?? createModal(session, view);
      modals.set(view.id, modal);
      update(session, modal, view, stack.indexOf(view) > 0);
    }
    for (const view of stack) {
      const modal = modals.get(view.id);
      const isTop = view === stack.at(-1);
      if (modal?.dialog.open === true && !isTop) modal.dialog.close();
      if (modal?.dialog.open === false && isTop) open(modal);
    }
  });
}

function open(modal: Modal): void {
  modal.dialog.showModal();
  modal.body.querySelector<HTMLElement>('input, textarea, select')?.focus();
}

function createModal(session: Session, view: PageView): Modal {
  const body = element('div', { class: 'dialog-body blocks' });
  const form = element('form', { novalidate: true }, element('div', { class: 'dialog-head' }), body, element('div', { class: 'dialog-foot' }));
  const dialog = element('dialog', { class: 'dialog modal', 'data-testid': 'modal', 'data-view': view.id }, form);
  const modal: Modal = { dialog, body, view };
  const close = (): void => void session.api.closeView(modal.view.id, session.state.me).then((answer) => !answer.ok && toast(answer.error));
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault();
    close();
  });
  dialog.addEventListener('click', (event) => {
    if (event.target instanceof Element && event.target.closest('[data-close]') !== null) close();
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void submit(session, modal);
  });
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  document.body.append(dialog);
  return modal;
}

function update(session: Session, modal: Modal, next: PageView, isPushed: boolean): void {
  modal.view = next;
  const view = next.view;
  const words = (key: string): string => asText(asRecord(view[key])['text']);
  const head = part(modal, '.dialog-head');
  const title = words('title') || 'Modal';
  modal.dialog.setAttribute('aria-label', title);
  if (head.childElementCount === 0) {
    head.append(element('h2', { dir: 'auto' }), element('button', { type: 'button', class: 'button is-icon', 'data-close': '', 'aria-label': 'Close' }, icon('close')));
    part(modal, '.dialog-foot').append(
      element('button', { type: 'button', class: 'button', 'data-close': '', 'data-testid': 'modal-close' }),
      element('button', { type: 'submit', class: 'button is-primary is-solid', 'data-testid': 'modal-submit' }),
    );
  }
  setText(part(modal, 'h2'), title);
  setText(part(modal, '.dialog-foot [data-close]'), words('close') || (isPushed ? 'Back' : 'Cancel'));
  setText(part(modal, '[type=submit]'), words('submit') || 'Submit');
  part(modal, '[type=submit]').hidden = words('submit') === '' && !asList(view['blocks']).some((block) => block['type'] === 'input');
  patchBlocks(modal.body, asList(view['blocks']), {
    directory: session.state,
    container: { type: 'view', view_id: next.id },
    place: next.id,
    act: (action) => session.act({ ...action, container: { type: 'view', view_id: next.id } }),
  });
}

async function submit(session: Session, modal: Modal): Promise<void> {
  const values = readValues(modal.body);
  const problems = localProblems(modal, values);
  showErrors(modal, problems);
  if (Object.keys(problems).length > 0) return;
  const button = part(modal, '[type=submit]') as HTMLButtonElement;
  if (button.getAttribute('aria-busy') === 'true') return;
  button.setAttribute('aria-busy', 'true');
  const answer = await session.api.submitView(modal.view.id, { user: session.state.me, values: nest(values) });
  button.removeAttribute('aria-busy');
  if (answer.ok) return;
  if ('errors' in answer) showErrors(modal, answer.errors);
  else toast(answer.error);
}

function nest(values: FormValue[]): Record<string, Record<string, unknown>> {
  const result: Record<string, Record<string, unknown>> = {};
  for (const { blockId, actionId, value } of values) result[blockId] = { ...result[blockId], [actionId]: value };
  return result;
}

function localProblems(modal: Modal, values: FormValue[]): Record<string, string> {
  const problems: Record<string, string> = {};
  for (const value of values) {
    const input = blockOf(modal, value.blockId);
    if (input === undefined) continue;
    if (!value.filled && input.dataset['optional'] === undefined) problems[value.blockId] = 'Please complete this required field.';
    else if (value.problem !== undefined) problems[value.blockId] = value.problem;
  }
  return problems;
}

/** Errors for blocks that are not there are said in a toast rather than lost. */
function showErrors(modal: Modal, errors: Record<string, string>): void {
  for (const block of modal.body.querySelectorAll<HTMLElement>('.input-block')) {
    const words = errors[block.dataset['blockId'] ?? ''] ?? '';
    const line = block.querySelector('.field-error');
    if (line !== null) setText(line, words);
    block.classList.toggle('has-error', words !== '');
    block.querySelector('input, textarea, select')?.setAttribute('aria-invalid', String(words !== ''));
  }
  for (const [blockId, words] of Object.entries(errors)) if (blockOf(modal, blockId) === undefined) toast(words);
  modal.body.querySelector<HTMLElement>('.has-error :is(input, textarea, select)')?.focus();
}

function blockOf(modal: Modal, blockId: string): HTMLElement | undefined {
  return [...modal.body.querySelectorAll<HTMLElement>('.input-block')].find((block) => block.dataset['blockId'] === blockId);
}

function part(modal: Modal, selector: string): HTMLElement {
  const found = modal.dialog.querySelector<HTMLElement>(selector);
  if (found === null) throw new Error(`A modal has no ${selector}.`);
  return found;
}
