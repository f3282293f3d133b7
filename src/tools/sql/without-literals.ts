/** A statement's text as it may be shown to anybody: on one line, without the values in it. */
import { normalize, parse } from 'libpg-query';

/** Literals become $n. A text that does not parse (cut off, another dialect) has its quoted strings and numbers masked. */
export async function withoutLiterals(query: string): Promise<string> {
  try {
    // normalize() gives the scanner's error message, text included, instead of throwing; parse() throws.
    await parse(query);
    return oneLine(await normalize(query));
  } catch {
    return oneLine(query.replace(/\$([A-Za-z_]*)\$[\s\S]*?\$\1\$/g, '?').replace(/'(?:[^']|'')*(?:'|$)/g, '?').replace(/\b\d[\w.]*/g, (digits, at: number, whole: string) => (whole[at - 1] === '$' ? digits : '?')));
  }
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
