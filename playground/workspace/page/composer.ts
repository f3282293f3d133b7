import { avatar } from './avatar.ts';
import { completion, type Offer } from './completion.ts';
import { element } from './dom.ts';
import { icon } from './icons.ts';
import type { Session } from './session.ts';
import { outgoingText, slashCommand } from './text/outgoing.ts';
import { toast } from './toast.ts';

const tallest = 220;

export interface Composer {
  node: HTMLElement;
  /** Names what one writes to; what was typed there before comes back. */
  address(key: string, placeholder: string): void;
  focus(): void;
}

/** A field to write in: Enter sends, Shift+Enter begins a line, "/" and "@" offer what fits. */
export function createComposer(session: Session, kind: 'composer' | 'thread-composer', thread: () => string | null): Composer {
  const drafts = new Map<string, string>();
  let addressed = '';
  const field = element('textarea', { rows: 1, dir: 'auto', maxlength: 40_000, 'data-testid': kind, 'aria-label': kind === 'composer' ? 'Message' : 'Reply', autocomplete: 'off', spellcheck: 'true' });
  const send = element('button', { type: 'button', class: 'send', 'data-testid': kind === 'composer' ? 'send' : 'thread-send', title: 'Send (Enter)', 'aria-label': 'Send', disabled: true }, icon('send'));
  const hint = element('div', { class: 'composer-hint' });
  const list = completion(field, `${kind}-list`, (before) => offerUsers(session, before) ?? (kind === 'composer' ? offerCommands(session, before) : null));

  const changed = (): void => {
    drafts.set(addressed, field.value);
    send.disabled = field.value.trim() === '';
    field.style.setProperty('height', 'auto');
    field.style.setProperty('height', `${Math.min(tallest, field.scrollHeight)}px`);
    const command = session.state.commands.find((each) => each.command === slashCommand(field.value));
    if (command === undefined) hint.replaceChildren('', element('kbd', {}, 'Enter'), ' to send, ', element('kbd', {}, 'Shift'), ' + ', element('kbd', {}, 'Enter'), ' for a new line');
    else hint.replaceChildren(element('code', {}, command.command), ` ${command.usageHint}`);
  };
  const submit = async (): Promise<void> => {
    const typed = field.value.trim();
    if (typed === '' || send.disabled) return;
    const command = slashCommand(typed);
    if (command !== null && thread() !== null) return toast(`${command} does not work in threads, as in Slack. Use it in the channel, or mention the app here.`);
    send.disabled = true;
    const sent = await session.send(command === null ? outgoingText(typed, [...session.state.users.values()]) : typed, thread());
    if (sent) field.value = '';
    changed();
  };

  field.addEventListener('input', changed);
  field.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    void submit();
  });
  send.addEventListener('click', () => void submit());
  return {
    node: element('div', { class: 'composer' }, list, element('div', { class: 'composer-box' }, field, send), hint),
    address(key, placeholder) {
      field.placeholder = placeholder;
      if (key === addressed) return;
      addressed = key;
      field.value = drafts.get(key) ?? '';
      changed();
    },
    focus: () => field.focus({ preventScroll: true }),
  };
}

function offerCommands(session: Session, before: string): Offer | null {
  const typed = /^\/[\w-]*(?: [\w-]*)?$/.exec(before)?.[0].toLowerCase();
  if (typed === undefined) return null;
  const candidates = session.state.commands
    .filter((each) => each.command.toLowerCase().startsWith(typed))
    .map((each) => ({ insert: `${each.command} `, label: each.command, detail: each.usageHint, description: each.description }));
  return { from: 0, candidates };
}

function offerUsers(session: Session, before: string): Offer | null {
  const match = /(?:^|[\s(])@([\p{L}\p{N}._-]*)$/u.exec(before);
  if (match === null) return null;
  const typed = (match[1] ?? '').toLowerCase();
  const candidates = [...session.state.users.values()]
    .filter((user) => [user.name, ...user.realName.split(' ')].some((name) => name.toLowerCase().startsWith(typed)))
    .slice(0, 8)
    .map((user) => ({ insert: `@${user.name} `, label: user.realName, detail: `@${user.name}`, description: user.title, picture: avatar(user, 'small') }));
  return { from: before.length - typed.length - 1, candidates };
}
