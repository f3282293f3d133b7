import { emojiStarter, readInline, styleStarter, type Dialect, type Starter } from './inline.ts';
import { bulletLine, nestList, type BulletLine } from './lines.ts';
import { link, type Alignment, type Block, type Inline } from './nodes.ts';

/** Reads the Markdown of Slack's markdown block: headings, lists, quotes, fences, tables, rules. HTML is text. */
export function parseMarkdown(text: string): Block[] {
  return readLines(text.replaceAll('\r\n', '\n').split('\n'), 0);
}

export function parseMarkdownInline(text: string): Inline[] {
  return readInline(text, dialect);
}

const deepestQuote = 6;

/** Reads one kind of block at a line, or returns null; `end` is the line after it. */
type Reader = (lines: string[], start: number, depth: number) => { blocks: Block[]; end: number } | null;

function readLines(lines: string[], depth: number): Block[] {
  const blocks: Block[] = [];
  let paragraph: string[] = [];
  const flush = (): void => {
    if (paragraph.length > 0) blocks.push({ kind: 'paragraph', children: parseMarkdownInline(paragraph.join('\n')) });
    paragraph = [];
  };
  let index = 0;
  while (index < lines.length) {
    const found = readers.reduce<ReturnType<Reader>>((earlier, reader) => earlier ?? reader(lines, index, depth), null);
    if (found !== null) {
      flush();
      blocks.push(...found.blocks);
      index = found.end;
      continue;
    }
    const line = lines[index] ?? '';
    if (line.trim() === '') flush();
    else paragraph.push(line);
    index += 1;
  }
  flush();
  return blocks;
}

const readFence: Reader = (lines, start) => {
  const open = /^ {0,3}(`{3,}|~{3,})\s*([\w+#.-]*)[^`]*$/.exec(lines[start] ?? '');
  if (open === null) return null;
  const fence = open[1] ?? '```';
  let end = start + 1;
  while (end < lines.length && !closesFence(lines[end] ?? '', fence)) end += 1;
  return { blocks: [{ kind: 'code', text: lines.slice(start + 1, end).join('\n'), language: open[2] ?? '' }], end: end + 1 };
};

function closesFence(line: string, fence: string): boolean {
  const trimmed = line.trim();
  return trimmed.length >= fence.length && trimmed === (fence[0] ?? '').repeat(trimmed.length);
}

const readHeading: Reader = (lines, start) => {
  const heading = /^ {0,3}(#{1,6})\s(.*)$/.exec(lines[start] ?? '');
  if (heading === null) return null;
  const words = (heading[2] ?? '').trim().replace(/(?:^|\s)#+$/, '').trimEnd();
  return { blocks: [{ kind: 'heading', level: heading[1]?.length ?? 1, children: parseMarkdownInline(words) }], end: start + 1 };
};

const readRule: Reader = (lines, start) => (/^ {0,3}(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,})$/.test(lines[start] ?? '') ? { blocks: [{ kind: 'rule' }], end: start + 1 } : null);

const readQuote: Reader = (lines, start, depth) => {
  if (depth >= deepestQuote || !/^ {0,3}>/.test(lines[start] ?? '')) return null;
  let end = start;
  while (end < lines.length && /^ {0,3}>/.test(lines[end] ?? '')) end += 1;
  const inner = lines.slice(start, end).map((line) => line.replace(/^ {0,3}> ?/, ''));
  return { blocks: [{ kind: 'quote', children: readLines(inner, depth + 1) }], end };
};

const readList: Reader = (lines, start) => {
  const items: BulletLine[] = [];
  let end = start;
  while (end < lines.length) {
    const line = lines[end] ?? '';
    const item = bulletLine(line, '*+-•');
    const last = items.at(-1);
    if (item !== null) items.push(item);
    else if (last !== undefined && /^\s{2,}\S/.test(line)) last.text += `\n${line.trim()}`;
    else break;
    end += 1;
  }
  return items.length === 0 ? null : { blocks: nestList(items, parseMarkdownInline), end };
};

const readTable: Reader = (lines, start) => {
  const head = lines[start] ?? '';
  const ruler = lines[start + 1] ?? '';
  if (!head.includes('|') || !cells(ruler).every((cell) => /^:?-+:?$/.test(cell))) return null;
  const align = cells(ruler).map(alignment);
  const header = cells(head);
  if (align.length !== header.length) return null;
  const rows = [header];
  let end = start + 2;
  while (end < lines.length && (lines[end] ?? '').includes('|')) {
    rows.push(cells(lines[end] ?? ''));
    end += 1;
  }
  const filled = rows.map((row) => header.map((_, column) => parseMarkdownInline(row[column] ?? '')));
  return { blocks: [{ kind: 'table', align, rows: filled }], end };
};

const readers: Reader[] = [readFence, readHeading, readRule, readQuote, readList, readTable];

function cells(line: string): string[] {
  const inner = line.trim().replace(/^\|/, '').replace(/(?<!\\)\|$/, '');
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
}

function alignment(cell: string): Alignment {
  if (cell.endsWith(':')) return cell.startsWith(':') ? 'center' : 'right';
  return 'left';
}

const codeStarter: Starter = (text, position) => {
  const ticks = /^`+/.exec(text.slice(position, position + 32))?.[0] ?? '`';
  const end = text.indexOf(ticks, position + ticks.length);
  if (end === -1) return { nodes: [{ kind: 'text', text: ticks }], end: position + ticks.length };
  const inner = text.slice(position + ticks.length, end);
  if (inner === '') return null;
  const code = /^ .*\S.* $/s.test(inner) ? inner.slice(1, -1) : inner;
  return { nodes: [{ kind: 'code', text: code }], end: end + ticks.length };
};

const escapeStarter: Starter = (text, position) => {
  const next = text[position + 1] ?? '';
  return /[!-/:-@[-`{-~]/.test(next) ? { nodes: [{ kind: 'text', text: next }], end: position + 2 } : null;
};

const linkStarter: Starter = (text, position, outer) => {
  if (outer.open.includes('link ')) return null;
  const match = /^!?\[([^[\]\n]{0,1000})\]\(([^()\s]{1,4000}(?:\([^()\s]*\)[^()\s]*)?)(?:\s+"[^"\n]*")?\)/.exec(text.slice(position, position + 5100));
  if (match === null) return null;
  const address = match[2] ?? '';
  const label = match[1] === '' ? address : (match[1] ?? '');
  return { nodes: link(address, readInline(label, { ...outer, open: `${outer.open}link ` })), end: position + match[0].length };
};

const angleStarter: Starter = (text, position) => {
  const piece = text.slice(position, position + 4003);
  const mention = /^<([@#])([A-Z0-9]{2,30})>/.exec(piece);
  if (mention !== null) return { nodes: [{ kind: mention[1] === '@' ? 'user' : 'channel', id: mention[2] ?? '', label: '' }], end: position + mention[0].length };
  const address = /^<((?:https?:\/\/|mailto:)[^\s<>]{1,4000})>/.exec(piece);
  if (address === null) return null;
  return { nodes: link(address[1] ?? '', [{ kind: 'text', text: address[1] ?? '' }]), end: position + address[0].length };
};

const bareUrlStarter: Starter = (text, position, outer) => {
  if (outer.open.includes('link ') || /[\w]/.test(text[position - 1] ?? ' ')) return null;
  const match = /^https?:\/\/[^\s<>"'`|*]{1,4000}/.exec(text.slice(position, position + 4003));
  if (match === null) return null;
  const address = match[0].replace(/[.,;:!?)\]]+$/, '');
  return { nodes: link(address, [{ kind: 'text', text: address }]), end: position + address.length };
};

const dialect: Dialect = {
  open: '',
  starters: {
    '`': [codeStarter],
    '\\': [escapeStarter],
    '!': [linkStarter],
    '[': [linkStarter],
    '<': [angleStarter],
    h: [bareUrlStarter],
    ':': [emojiStarter],
    '*': [styleStarter('**', 'bold', false), styleStarter('*', 'italic', false)],
    _: [styleStarter('__', 'bold', true), styleStarter('_', 'italic', true)],
    '~': [styleStarter('~~', 'strike', false), styleStarter('~', 'strike', true)],
  },
};
