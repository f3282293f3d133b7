import type { Block, Inline, ListItem } from './nodes.ts';

const bullet = /^(\s*)([•◦▪‣*+-]|\d{1,9}[.)])\s+(.*)$/;

export interface BulletLine {
  /** In columns. */
  indent: number;
  ordered: boolean;
  start: number;
  text: string;
}

/** A line that begins a list item, or null. `marks` are the bullets that the dialect knows. */
export function bulletLine(line: string, marks: string): BulletLine | null {
  const match = bullet.exec(line);
  if (match === null) return null;
  const mark = match[2] ?? '';
  const ordered = /\d/.test(mark);
  if (!ordered && !marks.includes(mark)) return null;
  return { indent: (match[1] ?? '').replaceAll('\t', '    ').length, ordered, start: ordered ? Number.parseInt(mark, 10) : 1, text: match[3] ?? '' };
}

/** Nests items by their indentation. Items deeper than eight levels stay at the eighth. */
export function nestList(lines: BulletLine[], inline: (text: string) => Inline[]): Block[] {
  const roots: Block[] = [];
  const open: { indent: number; list: Extract<Block, { kind: 'list' }> }[] = [];
  for (const line of lines) {
    while (open.length > 0 && line.indent < (open.at(-1)?.indent ?? 0)) open.pop();
    const current = open.at(-1);
    const deeper = current !== undefined && line.indent >= current.indent + 2 && open.length < 8;
    if (current === undefined || deeper || current.list.ordered !== line.ordered) {
      if (current !== undefined && !deeper) open.pop();
      const list: Extract<Block, { kind: 'list' }> = { kind: 'list', ordered: line.ordered, start: line.start, items: [] };
      const parent = open.at(-1)?.list.items.at(-1);
      (parent?.children ?? roots).push(list);
      open.push({ indent: line.indent, list });
    }
    open.at(-1)?.list.items.push(item(line.text, inline));
  }
  return roots;
}

function item(text: string, inline: (text: string) => Inline[]): ListItem {
  const task = /^\[([ xX])\]\s+(.*)$/s.exec(text);
  const checked = task === null ? null : task[1] !== ' ';
  return { checked, children: [{ kind: 'paragraph', children: inline(task === null ? text : (task[2] ?? '')) }] };
}
