/**
 * What is wrong with a name to look up; undefined when nothing is. A lookup sends its name to whoever
 * serves the zone, so a name long or random enough to carry a secret out is refused.
 */
export function queryNameProblem(name: string): string | undefined {
  const labels = name.replace(/\.$/, '').split('.');
  if (!/^[A-Za-z0-9_.-]+$/.test(name) || labels.some((label) => !/^[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?$/.test(label))) return 'a host name is made of letters, digits, dashes and dots; write an internationalised one in its xn-- form';
  if (labels.every((label) => /^(?:\d+|0x[0-9a-f]*)$/i.test(label))) return 'that is an address; use type PTR';
  if (name.length > longestName) return `the name is longer than ${longestName} characters`;
  if (labels.length > mostLabels) return `the name has more than ${mostLabels} parts`;
  const odd = labels.find((label) => label.length > longestLabel || looksEncoded(label));
  return odd === undefined ? undefined : `the part ${JSON.stringify(odd)} is long or random enough to carry data; look up a name from the configuration`;
}

const longestName = 150;
const longestLabel = 50;
const mostLabels = 12;

/** Hexadecimal or base32 in bulk: many digits among letters, without the dashes that words have. */
function looksEncoded(label: string): boolean {
  return label.split(/[-_]/).some((part) => part.length >= 20 && ((part.match(/\d/g)?.length ?? 0) >= 4 || entropy(part) > 3.7));
}

/** Bits per character. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text.toLowerCase()) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
