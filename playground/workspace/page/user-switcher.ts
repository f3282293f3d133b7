import { avatar } from './avatar.ts';
import { element } from './dom.ts';
import { icon } from './icons.ts';
import type { Session } from './session.ts';

/** Shows who one is, and lets one become somebody else. */
export function mountUserSwitcher(session: Session): HTMLElement {
  const current = element('button', { type: 'button', class: 'me', 'data-testid': 'user-switcher', 'aria-haspopup': 'true', 'aria-expanded': 'false' });
  const list = element('div', { class: 'people', role: 'group', 'aria-label': 'Be somebody else', hidden: true });
  const node = element('div', { class: 'switcher' }, list, current);
  const setOpen = (open: boolean): void => {
    list.hidden = !open;
    current.setAttribute('aria-expanded', String(open));
    if (open) list.querySelector<HTMLElement>('.is-me')?.focus();
  };
  current.addEventListener('click', () => setOpen(list.hidden !== false));
  document.addEventListener('pointerdown', (event) => !node.contains(event.target as Node) && setOpen(false));
  node.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    setOpen(false);
    current.focus();
  });
  session.on(['session'], () => {
    const { me, users } = session.state;
    const user = users.get(me);
    current.dataset['user'] = me;
    current.setAttribute('aria-label', `You are ${user?.realName ?? me}. Switch person.`);
    current.setAttribute('aria-description', user?.title ?? '');
    current.replaceChildren(avatar(user, 'medium'), person(user?.realName ?? me, user?.title ?? ''), icon('chevron'));
    const choices = [...users.values()].filter((each) => !each.isBot);
    list.replaceChildren(
      element('p', {}, 'See the workspace as'),
      ...choices.map((each) => {
        const choose = (): void => {
          setOpen(false);
          if (each.id !== session.state.me) void session.becomeUser(each.id);
        };
        return element('button', { type: 'button', class: each.id === me ? 'person-option is-me' : 'person-option', 'aria-pressed': String(each.id === me), 'aria-label': each.realName, 'aria-description': each.title, 'data-testid': `user-option-${each.id}`, on: { click: choose } }, avatar(each, 'medium'), person(each.realName, each.title), each.id === me && icon('check'));
      }),
    );
  });
  return node;
}

function person(name: string, title: string): HTMLElement {
  return element('span', { class: 'person' }, element('strong', { dir: 'auto' }, name), element('small', { dir: 'auto' }, title));
}
