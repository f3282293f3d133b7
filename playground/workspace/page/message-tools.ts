import type { PageMessage } from '../page-api.ts';
import { element } from './dom.ts';
import { icon } from './icons.ts';
import { openMenu } from './menu.ts';
import type { Session } from './session.ts';
import { emojiCharacter } from './text/emoji.ts';

const offered = ['eyes', '+1', 'white_check_mark', 'raised_hands', 'thinking_face', 'x'];

/** What one can do with a message while the pointer is on it: react, reply, and the app's shortcuts. */
export function messageTools(session: Session, message: () => PageMessage, inThread: boolean): HTMLElement {
  const tool = (name: Parameters<typeof icon>[0], label: string, id: string, use: (button: HTMLElement) => void): HTMLElement => {
    const button = element('button', { type: 'button', class: 'button is-icon', title: label, 'aria-label': label, 'data-testid': id }, icon(name));
    button.addEventListener('click', () => use(button));
    return button;
  };
  const react = (button: HTMLElement): void => openMenu(button, offered.map((name) => ({ label: emojiCharacter(name) ?? name, name: name.replaceAll('_', ' '), choose: () => void session.react(message(), name) })), 'row');
  const more = (button: HTMLElement): void => openMenu(button, session.state.shortcuts.map((shortcut) => ({ label: shortcut.name, description: shortcut.description, choose: () => void session.runShortcut(message(), shortcut.callback_id) })));
  return element(
    'div',
    { class: 'message-tools' },
    tool('smile', 'React', 'react', react),
    !inThread && tool('thread', 'Reply in thread', 'reply-in-thread', () => session.openThread(message().thread_ts ?? message().ts)),
    session.state.shortcuts.length > 0 && tool('more', 'More actions', 'message-shortcuts', more),
  );
}
