import { createComposer } from './composer.ts';
import { element, setText } from './dom.ts';
import { icon } from './icons.ts';
import { channelItems, createMessageList } from './message-list.ts';
import { statusLine } from './message.ts';
import type { Session } from './session.ts';
import { threadKey, visibleThread } from './state.ts';

/** The right pane: a message, its replies, and a composer of its own. */
export function mountThread(session: Session): HTMLElement {
  const where = element('span', { class: 'thread-where', dir: 'auto' });
  const list = createMessageList('Thread');
  const status = element('div', { class: 'thread-status' });
  const composer = createComposer(session, 'thread-composer', () => session.state.thread);
  const close = element('button', { type: 'button', class: 'button is-icon', 'aria-label': 'Close thread', 'data-testid': 'thread-close', on: { click: () => session.openThread(null) } }, icon('close'));
  const pane = element('aside', { class: 'thread', 'data-testid': 'thread-pane', 'aria-label': 'Thread', hidden: true }, element('header', { class: 'bar' }, element('h2', {}, 'Thread', where), close), list.node, status, composer.node);
  let shown: string | null = null;

  session.on(['thread', 'session'], () => {
    const { state } = session;
    pane.hidden = state.thread === null;
    document.body.dataset['thread'] = state.thread === null ? 'closed' : 'open';
    if (state.thread === null) {
      shown = null;
      return;
    }
    const channel = state.channels.find((each) => each.id === state.channel);
    setText(where, channel === undefined ? '' : `${channel.isDirectMessage ? '' : '#'}${channel.name}`);
    const [parent, ...replies] = channelItems(session, visibleThread(state), true);
    const divider = { key: 'replies', version: String(replies.length), render: () => element('div', { class: 'reply-count' }, element('span', {}, `${replies.length} ${replies.length === 1 ? 'reply' : 'replies'}`)) };
    list.show(`${state.me} ${threadKey(state.channel, state.thread)}`, parent === undefined ? [] : replies.length === 0 ? [parent] : [parent, divider, ...replies]);
    composer.address(`${state.me} ${threadKey(state.channel, state.thread)}`, 'Reply…');
    if (shown !== state.thread && window.matchMedia('(hover: hover)').matches) composer.focus();
    shown = state.thread;
  });
  session.on(['status', 'thread', 'session'], () => {
    const words = session.state.thread === null ? '' : (session.state.statuses.get(threadKey(session.state.channel, session.state.thread)) ?? '');
    if (status.dataset['words'] === words) return;
    status.dataset['words'] = words;
    status.replaceChildren(...(words === '' ? [] : [statusLine(session, words)]));
  });
  pane.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !event.defaultPrevented) session.openThread(null);
  });
  return pane;
}
