import { element } from './dom.ts';
import { asRecord, asText } from './json.ts';
import { drawPlain, drawTextObject, type Directory } from './text/draw.ts';

/** Shows Slack's confirm object and waits for the person's answer. */
export function confirmed(confirm: unknown, directory: Directory): Promise<boolean> {
  const json = asRecord(confirm);
  const words = (key: string, otherwise: string): string => asText(asRecord(json[key])['text']) || otherwise;
  const agree = element('button', { type: 'button', class: `button ${json['style'] === 'danger' ? 'is-danger' : 'is-primary'} is-solid` }, ...drawPlain(words('confirm', 'Yes')));
  const deny = element('button', { type: 'button', class: 'button' }, ...drawPlain(words('deny', 'Cancel')));
  const dialog = element(
    'dialog',
    { class: 'dialog confirm', 'data-testid': 'confirm', 'aria-label': words('title', 'Are you sure?') },
    element('h2', { dir: 'auto' }, ...drawPlain(words('title', 'Are you sure?'))),
    element('div', { class: 'dialog-body' }, drawTextObject(json['text'], directory)),
    element('div', { class: 'dialog-foot' }, deny, agree),
  );
  document.body.append(dialog);
  dialog.showModal();
  agree.focus();
  return new Promise((resolve) => {
    const answer = (yes: boolean): void => {
      dialog.close();
      dialog.remove();
      resolve(yes);
    };
    agree.addEventListener('click', () => answer(true));
    deny.addEventListener('click', () => answer(false));
    dialog.addEventListener('cancel', (event) => {
      event.preventDefault();
      answer(false);
    });
  });
}
