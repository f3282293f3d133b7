/** A statement of MySQL as it may be shown to anybody: without comments, and without the values in it. */
import { withoutLiterals } from '../sql/without-literals.ts';

/** Strings, comments, quoted names and numbers, each to its end or, in a text that was cut off, to the text's. */
const tokens = /(['"])(?:\\[\s\S]|\1\1|(?!\1)[^\\])*(?:\1|\\?$)|\/\*[\s\S]*?(?:\*\/|$)|(?:#|--(?=[\s\p{Cc}]|$))[^\n]*|`(?:[^`]|``)*(?:`|$)|(?<![\p{L}\p{N}_$])\d[\p{L}\p{N}_.]*/giu;

export async function maskStatement(text: string): Promise<string> {
  let masked = '';
  let at = 0;
  for (const { 0: token, index } of text.matchAll(tokens)) {
    masked += text.slice(at, index);
    at = index + token.length;
    if (token.startsWith("'") || token.startsWith('"')) {
      masked += '?';
      // Under NO_BACKSLASH_ESCAPES the string ends there, and what we would take for code is the next value.
      if (/\\['"]/.test(token)) return withoutLiterals(`${masked} ...`);
    } else if (token.startsWith('`')) {
      masked += `"${token.slice(1, token.endsWith('`') ? -1 : undefined).replaceAll('"', '""')}"`;
    } else {
      masked += /^\d/.test(token) ? '?' : ' ';
    }
  }
  return withoutLiterals(masked + text.slice(at));
}
