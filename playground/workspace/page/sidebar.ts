import type { PageChannel } from '../page-api.ts';
import { avatar } from './avatar.ts';
import { element, setText } from './dom.ts';
import { reconcile, type Item } from './keyed.ts';
import type { Session } from './session.ts';
import { mountUserSwitcher } from './user-switcher.ts';

/** The left side: the workspace, its channels, direct messages, and who one is. */
export function mountSidebar(session: Session, onChoice: () => void): HTMLElement {
  const team = element('div', { class: 'team', dir: 'auto' });
  const channels = element('div', { class: 'nav-list' });
  const direct = element('div', { class: 'nav-list' });
  session.on(['session', 'unread'], () => {
    setText(team, session.state.team.name);
    const items = (wanted: boolean): Item[] => session.state.channels.filter((channel) => channel.isDirectMessage === wanted).map((channel) => channelItem(session, channel, onChoice));
    reconcile(channels, items(false));
    reconcile(direct, items(true));
    const channel = session.state.channels.find((each) => each.id === session.state.channel);
    document.title = `${session.state.unread.size > 0 ? '• ' : ''}${channel === undefined ? '' : `${channel.isDirectMessage ? '' : '#'}${channel.name} · `}${session.state.team.name}`;
  });
  return element(
    'nav',
    { class: 'sidebar', 'aria-label': 'Channels' },
    element('div', { class: 'team-bar' }, element('span', { class: 'team-mark', 'aria-hidden': 'true' }), team),
    element('div', { class: 'nav' }, element('h2', {}, 'Channels'), channels, element('h2', {}, 'Direct messages'), direct),
    mountUserSwitcher(session),
  );
}

function channelItem(session: Session, channel: PageChannel, onChoice: () => void): Item {
  const { state } = session;
  const unread = state.unread.get(channel.id);
  const isCurrent = state.channel === channel.id;
  const person = channel.isDirectMessage ? [...state.users.values()].find((user) => [user.name, user.realName, user.id].includes(channel.name)) : undefined;
  return {
    key: channel.id,
    version: JSON.stringify([channel, unread, isCurrent, person]),
    render: () =>
      element(
        'button',
        {
          type: 'button',
          class: `nav-item${isCurrent ? ' is-current' : ''}${unread === undefined ? '' : ' is-unread'}`,
          'data-testid': `channel-${channel.name}`,
          'aria-current': isCurrent ? 'page' : null,
          on: {
            click: () => {
              session.openChannel(channel.id);
              onChoice();
            },
          },
        },
        channel.isDirectMessage ? avatar(person, 'small') : element('span', { class: 'hash', 'aria-hidden': 'true' }, '#'),
        element('span', { class: 'nav-name', dir: 'auto' }, channel.name),
        unread !== undefined && element('span', { class: unread.mention ? 'unread is-mention' : 'unread', role: 'img', 'aria-label': unread.mention ? 'You were mentioned' : 'Unread' }, unread.mention ? '@' : ''),
      ),
  };
}
