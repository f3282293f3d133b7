/** A quote of one world as it stands, verbatim, in a text of another. Pure. */
import { contains } from '../../../../src/incident/admit.ts';
import { alignTokens, linesOf } from './align.ts';
import { isVolatile, tokensOf } from './tokens.ts';
import type { Token } from './tokens.ts';

/** Of a quote's tokens, when no line says the very same. */
const enough = 0.75;

/** `quote`: with what is known of this world put in already. Undefined: nothing here says it. */
export function findQuote(quote: string, texts: readonly string[]): string | undefined {
  if (texts.some((text) => contains(text, quote))) return quote;
  const tokens = tokensOf(quote);
  for (const text of texts) {
    const window = sameWords(tokens, text);
    if (window !== undefined) return window;
  }
  return nearest(quote, texts);
}

/** A run of tokens with the same normals. The first or last of the quote may be cut. */
function sameWords(quote: readonly Token[], text: string): string | undefined {
  const tokens = tokensOf(text);
  for (const [front, back] of [[0, 0], [1, 0], [0, 1], [1, 1]] as const) {
    const wanted = quote.slice(front, quote.length - back);
    if (wanted.length < (front + back === 0 ? 1 : 3) || wanted.every(isVolatile)) continue;
    let found: { from: number; same: number } | undefined;
    for (let from = 0; from + wanted.length <= tokens.length; from += 1) {
      if (!wanted.every(({ normal }, index) => tokens[from + index]?.normal === normal)) continue;
      const same = wanted.filter((token, index) => tokens[from + index]?.text === token.text).length;
      if (found === undefined || same > found.same) found = { from, same };
    }
    if (found) return between(text, tokens[found.from], tokens[found.from + wanted.length - 1]);
  }
  return undefined;
}

/** The part of a line that says most of it. */
function nearest(quote: string, texts: readonly string[]): string | undefined {
  const wanted = linesOf(quote).toSorted((one, other) => other.tokens.length - one.tokens.length)[0]?.tokens ?? [];
  if (wanted.length < 4) return undefined;
  let found: { text: string; shared: number; length: number } | undefined;
  for (const line of texts.flatMap(linesOf)) {
    const pairs = alignTokens(wanted, line.tokens);
    const [first, last] = [pairs[0]?.[1], pairs.at(-1)?.[1]];
    const words = pairs.filter(([token]) => token.kind === 'word').length;
    if (pairs.length < wanted.length * enough || words < wanted.filter(({ kind }) => kind === 'word').length * enough) continue;
    const text = between(line.text, first, last);
    if (text === undefined || text.length > quote.length * 2 + 40) continue;
    if (found === undefined || pairs.length > found.shared || (pairs.length === found.shared && text.length < found.length)) found = { text, shared: pairs.length, length: text.length };
  }
  return found?.text;
}

function between(text: string, first: Token | undefined, last: Token | undefined): string | undefined {
  return first && last && text.slice(first.at, last.at + last.text.length);
}
