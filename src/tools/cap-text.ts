/** Head and tail of a text that is longer than `limit` characters, cut at line ends where there are some, with a note of what is missing. */
export function capText(text: string, limit: number, advice: string): string {
  if (text.length <= limit) return text;
  const room = Math.max(0, Math.floor((limit - noteLength - advice.length) / 2));
  const head = endOfLine(text.slice(0, room));
  const tail = beginOfLine(text.slice(text.length - room));
  const middle = text.slice(head.length, text.length - tail.length);
  const lines = middle.split('\n').length - (middle.endsWith('\n') ? 1 : 0);
  return `${head}${head.endsWith('\n') ? '' : '\n'}[... ${count(lines, 'line')}, ${count(middle.length, 'character')} left out; ${advice}]\n${tail}`;
}

/** Longest note without its advice. */
const noteLength = 80;

function endOfLine(text: string): string {
  const end = text.lastIndexOf('\n');
  return end > text.length / 2 ? text.slice(0, end + 1) : wholeCharacters(text);
}

function beginOfLine(text: string): string {
  const begin = text.indexOf('\n') + 1;
  return begin > 0 && begin < text.length / 2 ? text.slice(begin) : wholeCharacters(text);
}

/** Drops the half of a surrogate pair that a cut leaves at either end. */
function wholeCharacters(text: string): string {
  return text.replace(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/g, '');
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`;
}
