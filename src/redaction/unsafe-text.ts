/** Characters that a person can't see or that reorder what they see: they hide secrets from patterns and intent from approvers. */

/** What is wrong with a value that must be plain, one-line text; undefined when nothing is. Newlines and tabs count. */
export function findUnsafeText(value: string): string | undefined {
  const found = anyUnsafe.exec(value);
  if (found === null) return undefined;
  const point = found[0].codePointAt(0) ?? 0;
  return `U+${point.toString(16).toUpperCase().padStart(4, '0')} (${nameOf(point)}) at position ${found.index}`;
}

/** Removes terminal sequences and unsafe characters; keeps newlines and tabs, turns other line separators into newlines. */
export function stripUnsafeText(text: string): string {
  return text
    .replace(terminalSequences, '')
    .replace(/\r\n?|\u2028|\u2029|\u0085/g, '\n')
    .replace(allUnsafeButLineEnds, '')
    .replace(/\p{Surrogate}/gu, '\uFFFD');
}

/** CSI, OSC (ended by BEL or ST), other string sequences, two-character escapes; seven- and eight-bit forms. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const terminalSequences = /(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]|(?:\u001B[\]PX^_]|[\u009D\u0090\u0098\u009E\u009F])[^\u0007\u001B\u009C\n]{0,4096}(?:\u0007|\u001B\\|\u009C)|\u001B[ -/]*[0-Z\\^-~]/g;

const invisible = '\\u00AD\\u034F\\u061C\\u115F\\u1160\\u17B4\\u17B5\\u180B-\\u180F\\u200B-\\u200F\\u202A-\\u202E\\u2060-\\u206F\\u3164\\uFE00-\\uFE0F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\u{1BCA0}-\\u{1BCA3}\\u{1D173}-\\u{1D17A}\\u{E0000}-\\u{E0FFF}';
const anyUnsafe = new RegExp(`[\\u0000-\\u001F\\u007F-\\u009F\\u2028\\u2029\\p{Surrogate}${invisible}]`, 'u');
const allUnsafeButLineEnds = new RegExp(`[\\u0000-\\u0008\\u000B-\\u001F\\u007F-\\u009F${invisible}]`, 'gu');

function nameOf(point: number): string {
  if (point < 0x20 || (point >= 0x7f && point <= 0x9f)) return 'control character';
  if (point >= 0xd800 && point <= 0xdfff) return 'half of a character';
  if (bidirectional.test(String.fromCodePoint(point))) return 'changes the direction of text';
  return 'invisible character';
}

const bidirectional = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/;
