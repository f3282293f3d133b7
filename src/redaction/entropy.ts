/**
 * The last resort: long runs of text that look random. Digests, uuids, hexadecimal ids, image names,
 * paths, host names and identifiers made of words must stay, so it prefers to miss.
 */
export function redactEntropy(text: string, placeholder: string): string {
  return text.replace(/[A-Za-z0-9+/_=-]{32,}/g, (run) => (looksRandom(run) ? placeholder : run));
}

function looksRandom(run: string): boolean {
  if (run.length > 4_096 || /^(?:[0-9a-f-]+|[0-9A-F-]+)$/.test(run)) return false;
  const mixed = /[a-z]/.test(run) && /[A-Z]/.test(run) && (run.match(/[0-9]/g)?.length ?? 0) >= 2;
  return mixed && longestPart(run) >= 18 && changes(run) >= 0.4 && entropy(run) >= 4.2;
}

function longestPart(run: string): number {
  return Math.max(...run.split(/[/_=-]/).map((part) => part.length));
}

/** Share of neighbours of different class (lower, upper, digit): high in random text, low in words. */
function changes(run: string): number {
  let changed = 0;
  for (let index = 1; index < run.length; index += 1) if (classOf(run.charCodeAt(index)) !== classOf(run.charCodeAt(index - 1))) changed += 1;
  return changed / (run.length - 1);
}

function classOf(code: number): number {
  if (code >= 97) return 0;
  if (code >= 65) return 1;
  return code >= 48 && code <= 57 ? 2 : 3;
}

/** Bits per character. */
function entropy(run: string): number {
  const counts = new Map<string, number>();
  for (const character of run) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / run.length) * Math.log2(count / run.length);
  return bits;
}
