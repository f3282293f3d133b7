import type { PageChannel, PageUser } from '../../page-api.ts';
import { element } from '../dom.ts';
import { formatDate, fullTime } from '../time.ts';
import { readPlain } from './inline.ts';
import { parseMrkdwn } from './mrkdwn.ts';
import { safeUrl, type Block, type Inline, type ListItem } from './nodes.ts';
import { asRecord, asText } from '../json.ts';

/** Whom and what a mention names. */
export interface Directory {
  me: string;
  users: Map<string, PageUser>;
  userGroups: { id: string; handle: string }[];
  channels: PageChannel[];
}

export function drawBlocks(blocks: Block[], directory: Directory): HTMLElement[] {
  return blocks.map((block) => drawBlock(block, directory));
}

export function drawMrkdwn(text: string, directory: Directory): HTMLElement {
  return element('div', { class: 'text', dir: 'auto' }, ...drawBlocks(parseMrkdwn(text), directory));
}

/** A text object of Block Kit: plain_text or mrkdwn. */
export function drawTextObject(value: unknown, directory: Directory): HTMLElement {
  const text = asText(asRecord(value)['text']);
  if (asRecord(value)['type'] === 'mrkdwn') return drawMrkdwn(text, directory);
  return element('div', { class: 'text', dir: 'auto' }, element('p', {}, ...drawPlain(text)));
}

export function drawPlain(text: string): Node[] {
  return readPlain(text).map((node) => drawInline(node, nobody));
}

const nobody: Directory = { me: '', users: new Map(), userGroups: [], channels: [] };

export function drawInlines(nodes: Inline[], directory: Directory): Node[] {
  return nodes.map((node) => drawInline(node, directory));
}

function drawBlock(block: Block, directory: Directory): HTMLElement {
  switch (block.kind) {
    case 'paragraph':
      return element('p', { dir: 'auto' }, ...drawInlines(block.children, directory));
    case 'heading':
      return element('p', { class: `heading heading-${Math.min(block.level, 4)}`, role: 'heading', 'aria-level': block.level, dir: 'auto' }, ...drawInlines(block.children, directory));
    case 'quote':
      return element('blockquote', {}, ...drawBlocks(block.children, directory));
    case 'code':
      return element('pre', { tabindex: '0', dir: 'ltr', 'data-language': block.language || null }, element('code', {}, block.text));
    case 'list':
      return element(block.ordered ? 'ol' : 'ul', { start: block.ordered && block.start !== 1 ? block.start : null }, ...block.items.map((item) => drawItem(item, directory)));
    case 'rule':
      return element('hr');
    case 'table':
      return drawTable(block, directory);
  }
}

function drawItem(item: ListItem, directory: Directory): HTMLElement {
  const children = drawBlocks(item.children, directory);
  if (item.checked === null) return element('li', {}, ...children);
  const box = element('span', { class: item.checked ? 'task-box is-checked' : 'task-box', role: 'img', 'aria-label': item.checked ? 'done' : 'to do' });
  return element('li', { class: 'task-item' }, box, ...children);
}

function drawTable(table: Extract<Block, { kind: 'table' }>, directory: Directory): HTMLElement {
  const row = (cells: Inline[][], tag: 'th' | 'td'): HTMLElement =>
    element('tr', {}, ...cells.map((cell, column) => element(tag, { class: `align-${table.align[column] ?? 'left'}`, dir: 'auto' }, ...drawInlines(cell, directory))));
  const [head, ...body] = table.rows;
  return element('div', { class: 'table-scroll', tabindex: '0' }, element('table', {}, element('thead', {}, row(head ?? [], 'th')), element('tbody', {}, ...body.map((cells) => row(cells, 'td')))));
}

const styleTags = { bold: 'strong', italic: 'em', strike: 's' } as const;

function drawInline(node: Inline, directory: Directory): Node {
  switch (node.kind) {
    case 'text':
      return document.createTextNode(node.text);
    case 'styled':
      return element(styleTags[node.style], {}, ...drawInlines(node.children, directory));
    case 'code':
      return element('code', { dir: 'ltr' }, node.text);
    case 'link':
      return drawLink(node.url, drawInlines(node.children, directory));
    case 'user': {
      const name = directory.users.get(node.id)?.name ?? (node.label || node.id);
      return element('span', { class: node.id === directory.me ? 'mention is-me' : 'mention' }, `@${name}`);
    }
    case 'channel':
      return element('span', { class: 'mention' }, `#${directory.channels.find((channel) => channel.id === node.id)?.name ?? (node.label || node.id)}`);
    case 'usergroup':
      return element('span', { class: 'mention' }, `@${directory.userGroups.find((group) => group.id === node.id)?.handle ?? (node.label || node.id).replace(/^@/, '')}`);
    case 'broadcast':
      return element('span', { class: 'mention is-me' }, `@${node.range}`);
    case 'emoji':
      return element('span', { class: 'emoji', role: 'img', 'aria-label': node.name.replaceAll('_', ' '), title: `:${node.name}:` }, node.character);
    case 'date': {
      const time = element('time', { title: fullTime(String(node.timestamp)) }, formatDate(node.timestamp, node.format));
      return node.url === '' ? time : drawLink(node.url, [time]);
    }
  }
}

/** An anchor for an address that is allowed, else its content alone. */
export function drawLink(url: string, children: Node[]): Node {
  const address = safeUrl(url);
  return address === null ? element('span', {}, ...children) : element('a', { href: address, target: '_blank', rel: 'noopener noreferrer' }, ...children);
}
