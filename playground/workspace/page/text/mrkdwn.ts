import { emojiStarter, readInline, styleStarter, type Dialect, type Starter } from './inline.ts';
import { bulletLine, nestList, type BulletLine } from './lines.ts';
import { link, type Block, type Inline } from './nodes.ts';

/** Reads Slack's mrkdwn. Total, and linear enough for the 40,000 characters that a message may have. */
export function parseMrkdwn(text: string): Block[] {
  const blocks: Block[] = [];
  let rest = text;
  for (;;) {
    const fence = /```([\s\S]+?)```/.exec(rest);
    if (fence === null) break;
    blocks.push(...readLines(rest.slice(0, fence.index).replace(/\n$/, '')));
    blocks.push({ kind: 'code', text: codeText(fence[1] ?? ''), language: '' });
    rest = rest.slice(fence.index + fence[0].length).replace(/^\n/, '');
    if (!rest.includes('```')) break;
  }
  blocks.push(...readLines(rest));
  return blocks;
}

/** mrkdwn of one run of text: no quotes, lists or fences. */
export function parseMrkdwnInline(text: string): Inline[] {
  return readInline(text, dialect);
}

function codeText(text: string): string {
  const unwrapped = text.replace(/<(?:(?:https?|mailto):[^<>|\s]+\|([^<>|\n]+)|((?:https?|mailto):[^<>|\s]+))>/g, '$1$2');
  return unescape(unwrapped.replace(/^\n/, '').replace(/\n$/, ''));
}

function readLines(text: string): Block[] {
  if (text === '') return [];
  const blocks: Block[] = [];
  const lines = text.split('\n');
  let paragraph: string[] = [];
  const flush = (): void => {
    if (paragraph.some((line) => line.trim() !== '')) blocks.push({ kind: 'paragraph', children: parseMrkdwnInline(paragraph.join('\n')) });
    paragraph = [];
  };
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const quoteAll = /^(?:>|&gt;){3} ?(.*)$/.exec(line);
    if (quoteAll !== null) {
      flush();
      const quoted = [quoteAll[1] ?? '', ...lines.slice(index + 1)].join('\n');
      blocks.push({ kind: 'quote', children: [{ kind: 'paragraph', children: parseMrkdwnInline(quoted) }] });
      return blocks;
    }
    if (isQuote(line)) {
      flush();
      const quoted: string[] = [];
      while (index < lines.length && isQuote(lines[index] ?? '')) {
        quoted.push((lines[index] ?? '').replace(/^(?:>|&gt;) ?/, ''));
        index += 1;
      }
      index -= 1;
      blocks.push({ kind: 'quote', children: [{ kind: 'paragraph', children: parseMrkdwnInline(quoted.join('\n')) }] });
      continue;
    }
    const items: BulletLine[] = [];
    for (let item = bulletLine(line, marks); item !== null; item = bulletLine(lines[index + items.length] ?? '', marks)) items.push(item);
    if (items.length > 0) {
      flush();
      blocks.push(...nestList(items, parseMrkdwnInline));
      index += items.length - 1;
      continue;
    }
    paragraph.push(line);
  }
  flush();
  return blocks;
}

const marks = '•◦▪‣-';

function isQuote(line: string): boolean {
  return /^(?:>|&gt;)/.test(line);
}

const codeStarter: Starter = (text, position) => {
  const end = text.indexOf('`', position + 1);
  const inner = end === -1 ? '' : text.slice(position + 1, end);
  return inner === '' || inner.includes('\n') ? null : { nodes: [{ kind: 'code', text: codeText(inner) }], end: end + 1 };
};

const entityStarter: Starter = (text, position) => {
  const entity = /^&(amp|lt|gt);/.exec(text.slice(position, position + 6));
  return entity === null ? null : { nodes: [{ kind: 'text', text: unescape(entity[0]) }], end: position + entity[0].length };
};

const tokenStarter: Starter = (text, position) => {
  const token = /^<([^<>\n]{1,4000})>/.exec(text.slice(position, position + 4003));
  if (token === null) return null;
  const nodes = readToken(token[1] ?? '');
  return nodes === null ? null : { nodes, end: position + token[0].length };
};

function readToken(token: string): Inline[] | null {
  const bar = token.indexOf('|');
  const target = bar === -1 ? token : token.slice(0, bar);
  const label = bar === -1 ? '' : unescape(token.slice(bar + 1));
  const mention = /^([@#])([A-Z0-9]{2,30})$/.exec(target);
  if (mention !== null) return [{ kind: mention[1] === '@' ? 'user' : 'channel', id: mention[2] ?? '', label }];
  const group = /^!subteam\^([A-Z0-9]{2,30})$/.exec(target);
  if (group !== null) return [{ kind: 'usergroup', id: group[1] ?? '', label }];
  const range = /^!(here|channel|everyone)$/.exec(target);
  if (range !== null) return [{ kind: 'broadcast', range: range[1] ?? '' }];
  const date = /^!date\^(\d{1,12})\^([^^]+)(?:\^(.+))?$/.exec(target);
  if (date !== null) return [{ kind: 'date', timestamp: Number(date[1]), format: unescape(date[2] ?? ''), url: date[3] ?? '', fallback: label }];
  if (target.startsWith('!')) return [{ kind: 'text', text: label === '' ? unescape(token) : label }];
  const address = unescape(target);
  if (!/^[a-z][a-z0-9+.-]*:/i.test(address)) return null;
  return link(address, label === '' ? [{ kind: 'text', text: address }] : readInline(escape(label), labelDialect));
}

function unescape(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

/** Makes text safe to stand in mrkdwn. */
export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const labelDialect: Dialect = { open: '', starters: { ':': [emojiStarter], '&': [entityStarter] } };

const dialect: Dialect = {
  open: '',
  starters: {
    '`': [codeStarter],
    '<': [tokenStarter],
    '&': [entityStarter],
    ':': [emojiStarter],
    '*': [styleStarter('*', 'bold', true)],
    _: [styleStarter('_', 'italic', true)],
    '~': [styleStarter('~', 'strike', true)],
  },
};
