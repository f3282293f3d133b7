import { emojiCharacter } from './emoji.ts';
import { tidy, type Inline } from './nodes.ts';

/** One way to begin something other than plain text. Returns the nodes and where the reader goes on, or null. */
export type Starter = (text: string, position: number, outer: Dialect) => { nodes: Inline[]; end: number } | null;

export interface Dialect {
  /** By the first character. */
  starters: Record<string, Starter[]>;
  /** Styles that are open already and cannot open again inside themselves. */
  open: string;
  /** By style, the position up to which nothing closes it: keeps the work linear. */
  unclosed?: Map<string, number>;
}

/** Reads a run of inline text in a dialect. Total: every text has a reading, and the work grows with its length. */
export function readInline(text: string, outer: Dialect): Inline[] {
  const dialect = { ...outer, unclosed: new Map<string, number>() };
  const nodes: Inline[] = [];
  let plain = 0;
  let position = 0;
  while (position < text.length) {
    const found = attempt(text, position, dialect);
    if (found === null) {
      position += 1;
      continue;
    }
    if (plain < position) nodes.push({ kind: 'text', text: text.slice(plain, position) });
    nodes.push(...found.nodes);
    position = found.end;
    plain = position;
  }
  if (plain < text.length) nodes.push({ kind: 'text', text: text.slice(plain) });
  return tidy(nodes);
}

/** plain_text: nothing but :shortcodes: means anything. */
export function readPlain(text: string): Inline[] {
  return readInline(text, { open: '', starters: { ':': [emojiStarter] } });
}

function attempt(text: string, position: number, dialect: Dialect): ReturnType<Starter> {
  const character = text[position] ?? '';
  if (!Object.hasOwn(dialect.starters, character)) return null;
  for (const starter of dialect.starters[character] ?? []) {
    const found = starter(text, position, dialect);
    if (found !== null) return found;
  }
  return null;
}

export const emojiStarter: Starter = (text, position) => {
  const match = /^:([a-z0-9_+-]{1,60}(?:::skin-tone-[2-6])?):/.exec(text.slice(position, position + 80));
  const name = match?.[1];
  if (match === null || name === undefined) return null;
  const character = emojiCharacter(name);
  return character === null ? null : { nodes: [{ kind: 'emoji', name, character }], end: position + match[0].length };
};

/** A style between two equal markers on one line, that hugs its text and stands apart from the words around it. */
export function styleStarter(marker: string, style: 'bold' | 'italic' | 'strike', apart: boolean): Starter {
  return (text, position, dialect) => {
    const key = `${style} `;
    if (dialect.open.includes(key) || !text.startsWith(marker, position)) return null;
    const first = position + marker.length;
    if (isSpace(text[first]) || text[first] === marker[0]) return null;
    if (apart && isWord(text[position - 1])) return null;
    if (position < (dialect.unclosed?.get(marker) ?? 0)) return null;
    const lineEnd = text.indexOf('\n', first);
    const limit = lineEnd === -1 ? text.length : lineEnd;
    const end = closing(text, first, limit, marker, apart);
    if (end === -1) {
      dialect.unclosed?.set(marker, limit);
      return null;
    }
    const children = readInline(text.slice(first, end), { ...dialect, open: dialect.open + key });
    return { nodes: [{ kind: 'styled', style, children }], end: end + marker.length };
  };
}

function closing(text: string, from: number, limit: number, marker: string, apart: boolean): number {
  for (let index = from + 1; index <= limit - marker.length; index += 1) {
    const character = text[index];
    if (character === '`') {
      const after = text.indexOf('`', index + 1);
      if (after !== -1 && after < limit) index = after;
      continue;
    }
    if (!text.startsWith(marker, index) || isSpace(text[index - 1])) continue;
    if (text[index + marker.length] === marker[0]) {
      index += marker.length;
      continue;
    }
    if (!apart || !isWord(text[index + marker.length])) return index;
  }
  return -1;
}

function isSpace(character: string | undefined): boolean {
  return character === undefined || /\s/.test(character);
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}]/u.test(character);
}
