import type { World } from '../page-api.ts';
import { createComposer } from './composer.ts';
import { element, setText } from './dom.ts';
import { icon } from './icons.ts';
import type { Item } from './keyed.ts';
import { channelItems, createMessageList } from './message-list.ts';
import type { Session } from './session.ts';
import { visibleMessages, type PageState } from './state.ts';

export interface Controls {
  toggleSidebar(): void;
  toggleWorld(): void;
}

/** The middle of the page: a channel's name, its messages and the composer. */
export function mountChannel(session: Session, controls: Controls): HTMLElement {
  const title = element('h1', { class: 'channel-title', dir: 'auto' });
  const topic = element('p', { class: 'channel-topic', dir: 'auto' });
  const health = element('button', { type: 'button', class: 'health', 'data-testid': 'world-toggle', 'aria-expanded': 'true', on: { click: controls.toggleWorld } });
  const menu = element('button', { type: 'button', class: 'button is-icon only-narrow', 'aria-label': 'Channels', 'data-testid': 'sidebar-toggle', on: { click: controls.toggleSidebar } }, icon('menu'));
  const lost = element('div', { class: 'lost', role: 'alert', hidden: true }, 'The connection is lost. Trying again…');
  const list = createMessageList('Messages');
  const composer = createComposer(session, 'composer', () => null);
  let opened = '';

  session.on(['session'], () => {
    const { state } = session;
    const channel = state.channels.find((each) => each.id === state.channel);
    const name = channel === undefined ? '' : `${channel.isDirectMessage ? '' : '# '}${channel.name}`;
    setText(title, name);
    setText(topic, channel?.topic ?? '');
    topic.title = channel?.topic ?? '';
    composer.address(`${state.me} ${state.channel}`, `Message ${name.replace('# ', '#')}`);
    if (opened !== state.channel && state.thread === null && window.matchMedia('(hover: hover)').matches) composer.focus();
    opened = state.channel;
  });
  session.on(['messages', 'session'], () => {
    const { state } = session;
    const messages = visibleMessages(state);
    const items = messages.length === 0 && state.messages.has(state.channel) ? [emptyItem(state)] : channelItems(session, messages, false);
    list.show(`${state.me} ${state.channel}`, items);
  });
  session.on(['connection'], () => (lost.hidden = session.state.connected));
  session.on(['world'], () => showHealth(session, health));

  return element('main', { class: 'channel' }, element('header', { class: 'bar' }, menu, element('div', { class: 'channel-name' }, title, topic), health), lost, list.node, composer.node);
}

/** Stands where a channel's first message will be. */
function emptyItem({ channels, channel, commands }: PageState): Item {
  const here = channels.find((each) => each.id === channel);
  const isIncidents = here?.name === 'incidents' && commands.some(({ command }) => command === '/sre');
  const words = isIncidents ? ['Break something on the right, then type ', element('code', {}, '/sre investigate checkout is slow')] : here?.isDirectMessage ? [`This is the beginning of your conversation with ${here.name}.`] : [`Nothing in #${here?.name ?? ''} yet.`];
  return { key: 'empty', version: channel, render: () => element('div', { class: 'empty', 'data-testid': 'empty' }, element('strong', {}, isIncidents ? 'No incidents yet' : 'No messages yet'), element('p', { dir: 'auto' }, ...words)) };
}

function showHealth(session: Session, node: HTMLElement): void {
  const world = session.state.world;
  const states = [...(world?.services ?? []), ...(world?.databases ?? [])].map((each) => each.state);
  const worst = (['down', 'degraded', 'unknown'] as const).find((state) => states.includes(state)) ?? (states.length === 0 ? 'unknown' : 'healthy');
  const unwell = states.filter((state) => state === 'down' || state === 'degraded').length;
  const words = healthWords(world, worst, unwell);
  const key = `${worst} ${words}`;
  if (node.dataset['key'] === key) return;
  node.dataset['key'] = key;
  node.dataset['state'] = worst;
  node.title = 'Show or hide the shop';
  node.replaceChildren(element('span', { class: 'dot' }), element('span', { class: 'health-words' }, words), icon('pulse', 16));
}

function healthWords(world: World | null, worst: string, unwell: number): string {
  if ((world?.starting.length ?? 0) > 0) return 'Starting…';
  if (unwell > 0) return `${unwell} unwell`;
  return worst === 'healthy' ? 'All healthy' : 'The shop';
}
