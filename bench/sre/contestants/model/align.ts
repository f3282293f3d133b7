/** Which line of one text says what a line of another text says, of another world; and which token stands for which. */
import { tokensOf } from './tokens.ts';
import type { Token } from './tokens.ts';

export interface Line {
  text: string;
  tokens: Token[];
  normal: string;
}

export interface Pair {
  recorded: Line;
  actual: Line;
}

/** Lines that differ more than this are not about the same thing. */
const similarEnough = 0.5;

export function linesOf(text: string): Line[] {
  return text.split('\n').flatMap((line) => {
    const tokens = tokensOf(line);
    return tokens.length === 0 ? [] : [{ text: line, tokens, normal: tokens.map(({ normal }) => normal).join(' ') }];
  });
}

/** `knows`: whether a token of the recording is already known to be this one of the world; equal lines choose by it. */
export function alignLines(recorded: readonly Line[], actual: readonly Line[], knows: (recorded: Token, actual: Token) => boolean): Pair[] {
  const pairs: Pair[] = [];
  const free = new Set(actual);
  const open = new Set<Line>();
  const left: Line[] = [];
  for (const line of recorded) {
    const equal = best([...free].filter(({ normal }) => normal === line.normal), (one) => agreement(line, one, knows));
    if (equal) take(line, equal);
    else left.push(line);
  }
  const near = left.flatMap((line) => [...free].map((one) => ({ line, one, score: similarity(line.tokens, one.tokens) }))).filter(({ score }) => score >= similarEnough);
  for (const line of left) open.add(line);
  for (const { line, one } of near.toSorted((first, second) => second.score - first.score)) if (open.has(line) && free.has(one)) take(line, one);
  return pairs;

  function take(line: Line, found: Line): void {
    free.delete(found);
    open.delete(line);
    pairs.push({ recorded: line, actual: found });
  }
}

/** 0 to 1: the share of tokens that both have, order aside. Words count more than signs and numbers. */
export function similarity(one: readonly Token[], other: readonly Token[]): number {
  const all = [...one, ...other].reduce((sum, token) => sum + weightOf(token), 0);
  if (all === 0) return 1;
  const counts = new Map<string, number>();
  for (const { normal } of one) counts.set(normal, (counts.get(normal) ?? 0) + 1);
  let shared = 0;
  for (const token of other) {
    const count = counts.get(token.normal) ?? 0;
    if (count === 0) continue;
    counts.set(token.normal, count - 1);
    shared += 2 * weightOf(token);
  }
  return shared / all;
}

const weightOf = ({ kind }: Token): number => (kind === 'word' || kind === 'identifier' ? 3 : 1);

/** Tokens at the same place of two lines: the longest common run of normals, in order. */
export function alignTokens(recorded: readonly Token[], actual: readonly Token[]): [Token, Token][] {
  if (recorded.length === actual.length && recorded.every(({ normal }, index) => normal === actual[index]?.normal)) {
    return recorded.flatMap((token, index): [Token, Token][] => [[token, actual[index] as Token]]);
  }
  const [rows, columns] = [recorded.slice(0, mostTokens), actual.slice(0, mostTokens)];
  const lengths = Array.from({ length: rows.length + 1 }, () => new Uint16Array(columns.length + 1));
  for (let row = rows.length - 1; row >= 0; row -= 1) {
    for (let column = columns.length - 1; column >= 0; column -= 1) {
      const longer = Math.max(lengths[row + 1]?.[column] ?? 0, lengths[row]?.[column + 1] ?? 0);
      const line = lengths[row];
      if (line) line[column] = rows[row]?.normal === columns[column]?.normal ? (lengths[row + 1]?.[column + 1] ?? 0) + 1 : longer;
    }
  }
  const pairs: [Token, Token][] = [];
  for (let row = 0, column = 0; row < rows.length && column < columns.length; ) {
    const [one, other] = [rows[row] as Token, columns[column] as Token];
    if (one.normal === other.normal) {
      pairs.push([one, other]);
      row += 1;
      column += 1;
    } else if ((lengths[row + 1]?.[column] ?? 0) >= (lengths[row]?.[column + 1] ?? 0)) row += 1;
    else column += 1;
  }
  return pairs;
}

/** Of a line; a longer one is compared by its beginning. */
const mostTokens = 400;

function agreement(recorded: Line, actual: Line, knows: (recorded: Token, actual: Token) => boolean): number {
  return recorded.tokens.reduce((sum, token, index) => {
    const other = actual.tokens[index];
    return sum + (other && (other.text === token.text || knows(token, other)) ? 1 : 0);
  }, 0);
}

/** The first of the best. */
function best(choices: readonly Line[], score: (choice: Line) => number): Line | undefined {
  let found: Line | undefined;
  let most = -1;
  for (const choice of choices) {
    const value = score(choice);
    if (value > most) [found, most] = [choice, value];
  }
  return found;
}
