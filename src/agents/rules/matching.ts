/** Finds what a question is about by its words. */

/** Lower-case words of three letters and more that carry meaning; identifiers are kept whole and in parts. */
export function wordsOf(text: string, ignored: ReadonlySet<string> = new Set()): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}_][\p{L}\p{N}_.-]*/gu) ?? [];
  const parts = words.flatMap((word) => [word, ...word.split(/[_.-]+/)]).map((word) => word.replace(/^[.-]+|[.-]+$/g, ''));
  return [...new Set(parts)].filter((word) => word.length > 2 && !common.has(word) && !ignored.has(word));
}

/** Those with the most of the question's words, best first; empty when none has any. */
export function bestMatches<T>(question: string, items: readonly T[], textOf: (item: T) => string, ignored?: ReadonlySet<string>): { matches: T[]; score: number } {
  const words = wordsOf(question, ignored);
  const scored = items.map((item) => {
    const text = textOf(item).toLowerCase();
    return { item, score: words.filter((word) => text.includes(stem(word))).length };
  });
  const score = Math.max(0, ...scored.map((one) => one.score));
  return { matches: score === 0 ? [] : scored.filter((one) => one.score === score).map((one) => one.item), score };
}

/** Enough for plurals: sessions, indexes, databases. */
function stem(word: string): string {
  return word.length > 4 ? word.replace(/(?:es|s)$/, '') : word;
}

const common = new Set(
  'the and are was were what which who whom why how when where does did has have had can could should would will this that these those there with about from for not but any all you your our its now yet still just please tell show give see know more much many into over only also than then them they she her his him out off one two get got let say said it\'s'.split(' '),
);
