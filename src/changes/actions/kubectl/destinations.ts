/** Places outside the cluster that a value names and the one before it did not: whoever has it set sends something there. */

/** Host names and addresses, each once. */
export function newDestinations(before: string, after: string): string[] {
  const known = new Set(placesIn(before));
  return [...new Set(placesIn(after))].filter((place) => !known.has(place) && !isInside(place));
}

function placesIn(text: string): string[] {
  const lower = text.toLowerCase();
  const urls = [...lower.matchAll(/\/\/(?:[^\s/@]{1,300}@)?(\[[0-9a-f:.]+\]|[^\s/:?#,;"'\]]+)/g)].map((match) => match[1] ?? '');
  const addresses = [...lower.matchAll(/(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])/g)].map((match) => match[0]);
  const hosts = [...lower.matchAll(/(?<![\w.@-])((?:[a-z0-9-]{1,63}\.){1,10}[a-z]{2,63})(?=:\d{2,5}\b)/g)].map((match) => match[1] ?? '');
  // The whole value is a host: DATABASE_HOST, UPSTREAM.
  const [whole] = /^\s*(?:[a-z0-9-]{1,63}\.){1,10}[a-z]{2,63}\.?\s*$/.exec(lower) ?? [];
  return [...urls, ...addresses, ...hosts, ...(whole === undefined ? [] : [whole.trim()])].filter((place) => place !== '');
}

/** `payments`, `payments.shop.svc`, `payments.shop.svc.cluster.local`, loopback; `payments.shop` can be anybody's domain. */
function isInside(place: string): boolean {
  if (place === '127.0.0.1' || place === '[::1]' || place === '0.0.0.0') return true;
  return /^[a-z0-9-]+$/.test(place) ? !/^\d+$/.test(place) && !place.startsWith('0x') : /^[a-z0-9-]+(?:\.[a-z0-9-]+)+\.svc(?:\.cluster\.local)?\.?$/.test(place);
}
