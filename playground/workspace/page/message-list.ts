import type { PageMessage } from '../page-api.ts';
import { element } from './dom.ts';
import { icon } from './icons.ts';
import { reconcile, type Item } from './keyed.ts';
import { messageItem } from './message.ts';
import type { Session } from './session.ts';
import { dayName } from './time.ts';

const groupWithin = 300;
const nearEnd = 80;

export interface MessageList {
  node: HTMLElement;
  /** `place` names what is shown; a new place starts at its newest message. */
  show(place: string, items: Item[]): void;
}

/** A scrolling list that stays at the newest message, unless a person scrolled up to read. */
export function createMessageList(label: string): MessageList {
  const list = element('div', { class: 'messages', role: 'log', 'aria-label': label });
  const scroller = element('div', { class: 'scroller', tabindex: '0' }, list);
  const jump = element('button', { type: 'button', class: 'jump', hidden: true, on: { click: () => toEnd() } }, icon('down', 15), 'Newest messages');
  const node = element('div', { class: 'message-list' }, scroller, jump);
  let following = true;
  let place = '';
  const toEnd = (): void => {
    following = true;
    jump.hidden = true;
    scroller.scrollTop = scroller.scrollHeight;
  };
  scroller.addEventListener('scroll', () => {
    following = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < nearEnd;
    if (following) jump.hidden = true;
  });
  // Images, folds and the window change heights without a render.
  const watcher = new ResizeObserver(() => following && toEnd());
  watcher.observe(list);
  watcher.observe(scroller);
  return {
    node,
    show(nextPlace, items) {
      const before = list.lastElementChild;
      reconcile(list, items);
      if (nextPlace !== place) following = true;
      place = nextPlace;
      if (following) toEnd();
      else if (list.lastElementChild !== before) jump.hidden = false;
    },
  };
}

/** Messages with a divider before each day; those of one person within five minutes stand together. */
export function channelItems(session: Session, messages: PageMessage[], inThread: boolean): Item[] {
  const items: Item[] = [];
  let previous: PageMessage | null = null;
  let day = '';
  for (const message of messages) {
    const today = dayName(message.ts);
    if (!inThread && today !== day) {
      items.push({ key: `day ${message.ts}`, version: today, render: () => element('div', { class: 'day', role: 'separator' }, element('span', {}, today)) });
      previous = null;
    }
    day = today;
    items.push(messageItem(session, message, { grouped: previous !== null && belongsTo(previous, message), inThread }));
    previous = message;
  }
  return items;
}

function belongsTo(previous: PageMessage, message: PageMessage): boolean {
  const near = Number.parseFloat(message.ts) - Number.parseFloat(previous.ts) < groupWithin;
  const alike = previous.user === message.user && previous.ephemeralFor === message.ephemeralFor;
  return near && alike && (previous.reply_count ?? 0) === 0;
}
