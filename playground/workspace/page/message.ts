import type { PageMessage } from '../page-api.ts';
import { avatar } from './avatar.ts';
import { patchBlocks } from './blocks/registry.ts';
import { append, element } from './dom.ts';
import { drawImageElement } from './elements/image.ts';
import { icon } from './icons.ts';
import { asList } from './json.ts';
import { reconcile, type Item } from './keyed.ts';
import { messageTools } from './message-tools.ts';
import type { Session } from './session.ts';
import { threadKey, visibleMessages, visibleThread } from './state.ts';
import { emojiCharacter } from './text/emoji.ts';
import { drawLink, drawMrkdwn } from './text/draw.ts';
import { fullTime, lastReply, timeOfDay } from './time.ts';

/** How a message stands among its neighbours. */
export interface Placing {
  /** Follows one of the same person: no avatar, no name. */
  grouped: boolean;
  /** Shown in the thread pane, so without its own thread bar. */
  inThread: boolean;
}

/** A message of a list. Its parts are kept up to date one by one, so that what did not change is left alone. */
export function messageItem(session: Session, message: PageMessage, placing: Placing): Item {
  const status = placing.inThread ? '' : (session.state.statuses.get(threadKey(message.channel, message.ts)) ?? '');
  const sender = session.state.users.get(message.user);
  const recently = message.latest_reply === undefined ? '' : lastReply(message.latest_reply);
  const parts = messageParts(session, message, placing, status, recently);
  const patch = (article: HTMLElement): void => {
    article.classList.toggle('is-grouped', placing.grouped);
    article.classList.toggle('is-ephemeral', message.ephemeralFor !== undefined);
    article.classList.toggle('is-open', session.state.thread === message.ts && !placing.inThread);
    const [gutter, body] = article.children;
    gutter?.replaceChildren(placing.grouped ? element('time', { class: 'gutter-time', title: fullTime(message.ts) }, timeOfDay(message.ts)) : avatar(sender));
    if (body instanceof HTMLElement) reconcile(body, parts);
  };
  return {
    key: `${message.ephemeralFor === undefined ? 'message' : 'ephemeral'} ${session.state.me} ${message.ts}`,
    version: JSON.stringify([message, placing, status, recently, sender, session.state.me, session.state.thread === message.ts]),
    render() {
      const article = element(
        'article',
        { class: 'message', 'data-testid': message.ephemeralFor === undefined ? 'message' : 'ephemeral', 'data-ts': message.ts, 'aria-label': `Message from ${sender?.name ?? message.user}` },
        element('div', { class: 'gutter' }),
        element('div', { class: 'message-body' }),
      );
      if (message.ephemeralFor === undefined) append(article, [messageTools(session, () => latest(session, message), placing.inThread)]);
      patch(article);
      return article;
    },
    patch,
  };
}

/** The message as it is now: what was rendered may be older. */
function latest(session: Session, message: PageMessage): PageMessage {
  return [...visibleMessages(session.state), ...visibleThread(session.state)].find((each) => each.ts === message.ts) ?? message;
}

function messageParts(session: Session, message: PageMessage, placing: Placing, status: string, recently: string): Item[] {
  const parts: Item[] = [];
  const add = (key: string, shows: boolean, version: unknown, render: () => HTMLElement, patch?: (existing: HTMLElement) => void): void => {
    if (shows) parts.push({ key, version: JSON.stringify(version), render, ...(patch === undefined ? {} : { patch }) });
  };
  const blocks = asList(message.blocks);
  const patchContent = (node: HTMLElement): void => patchBlocks(node, blocks, blockContext(session, message, placing));
  add('private', message.ephemeralFor !== undefined, 0, () => privateNote(session, message));
  add('head', !placing.grouped, [message.user, message.ts, session.state.users.get(message.user)], () => head(session, message));
  add('blocks', blocks.length > 0, blocks, () => drawContent(patchContent), patchContent);
  add('text', blocks.length === 0 && message.text !== '', [message.text, session.state.me], () => drawMrkdwn(message.text, session.state));
  add('edited', message.edited === true, 0, () => element('span', { class: 'edited' }, '(edited)'));
  add('files', (message.files ?? []).length > 0, message.files, () => files(message));
  add('reactions', (message.reactions ?? []).length > 0, message.reactions, () => reactions(session, message));
  add('replies', !placing.inThread && (message.reply_count ?? 0) > 0, [message.reply_count, message.reply_users, recently], () => threadBar(session, message, recently));
  add('status', status !== '', status, () => statusLine(session, status));
  return parts;
}

function drawContent(patch: (node: HTMLElement) => void): HTMLElement {
  const node = element('div', { class: 'blocks' });
  patch(node);
  return node;
}

function blockContext(session: Session, message: PageMessage, placing: Placing): Parameters<typeof patchBlocks>[2] {
  const container = { type: 'message' as const, channel: message.channel, ts: message.ts, ...(message.ephemeralFor === undefined ? {} : { ephemeral: true }) };
  return { directory: session.state, container, place: `${placing.inThread ? 'thread' : 'channel'}-${message.ts}`, act: (action) => session.act({ ...action, container }) };
}

function head(session: Session, message: PageMessage): HTMLElement {
  const sender = session.state.users.get(message.user);
  return element(
    'div',
    { class: 'message-head' },
    element('span', { class: 'sender', dir: 'auto' }, sender?.name ?? message.user),
    sender?.isBot === true && element('span', { class: 'badge' }, 'APP'),
    element('time', { class: 'message-time', title: fullTime(message.ts) }, timeOfDay(message.ts)),
  );
}

function privateNote(session: Session, message: PageMessage): HTMLElement {
  return element('div', { class: 'private-note' }, icon('eye', 14), 'Only visible to you', element('button', { type: 'button', class: 'text-button', on: { click: () => session.dismiss(message) } }, 'Dismiss'));
}

function threadBar(session: Session, message: PageMessage, recently: string): HTMLElement {
  const count = message.reply_count ?? 0;
  const people = (message.reply_users ?? []).slice(0, 4).map((id) => avatar(session.state.users.get(id), 'small'));
  return element(
    'button',
    { type: 'button', class: 'thread-bar', 'data-testid': 'thread-bar', on: { click: () => session.openThread(message.ts) } },
    ...people,
    element('span', { class: 'thread-count' }, `${count} ${count === 1 ? 'reply' : 'replies'}`),
    recently !== '' && element('span', { class: 'thread-last' }, `Last reply ${recently}`),
    element('span', { class: 'thread-open' }, 'View thread'),
  );
}

function reactions(session: Session, message: PageMessage): HTMLElement {
  const pills = (message.reactions ?? []).map((reaction) => {
    const names = reaction.users.map((id) => session.state.users.get(id)?.name ?? id).join(', ');
    const isMine = reaction.users.includes(session.state.me);
    return element(
      'button',
      { type: 'button', class: isMine ? 'reaction is-mine' : 'reaction', title: `${names} reacted with :${reaction.name}:`, 'aria-pressed': String(isMine), 'data-testid': `reaction-${reaction.name}`, on: { click: () => void session.react(message, reaction.name) } },
      element('span', { class: 'emoji' }, emojiCharacter(reaction.name) ?? `:${reaction.name}:`),
      element('span', {}, String(reaction.users.length)),
    );
  });
  return element('div', { class: 'reactions' }, ...pills);
}

function files(message: PageMessage): HTMLElement {
  const list = (message.files ?? []).map((file) => {
    const url = new URL(file.url, window.location.href).href;
    if (file.mimetype.startsWith('image/')) return drawImageElement({ image_url: url, alt_text: file.name });
    return drawLink(url, [element('span', { class: 'file' }, icon('file'), element('span', { dir: 'auto' }, file.name), element('small', {}, file.mimetype))]);
  });
  return element('div', { class: 'files' }, ...list);
}

/** "sre-agent is checking the database...": the app that is busy, and with what. */
export function statusLine(session: Session, status: string): HTMLElement {
  const app = [...session.state.users.values()].find((user) => user.isBot);
  return element('div', { class: 'status-line', 'data-testid': 'thread-status', role: 'status' }, element('span', { class: 'dots', 'aria-hidden': 'true' }, element('i'), element('i'), element('i')), element('span', { dir: 'auto' }, `${app?.name ?? 'The app'} ${status}`));
}
