/** Places outside the cluster that a value names and the one before it did not: whoever has it set sends something there. */
import type { Json } from './json-patch.ts';
import { isObject } from './json-patch.ts';

/** Host names and addresses, each once. */
export function newDestinations(before: string, after: string): string[] {
  const known = new Set(placesIn(before));
  return [...new Set(placesIn(after))].filter((place) => !known.has(place) && !isInside(place));
}

/** The same over all texts of two objects: one that is a host as a whole counts like one in a URL. */
export function newDestinationsIn(before: Json | undefined, after: Json | undefined): string[] {
  const known = textsIn(before);
  const places = new Set(known.flatMap((text) => placesIn(text)));
  const texts = textsIn(after).filter((text) => !known.includes(text));
  return [...new Set(texts.flatMap((text) => newDestinations('', text)))].filter((place) => !places.has(place));
}

function textsIn(value: Json | undefined): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isObject(value) ? Object.values(value).flatMap(textsIn) : [];
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
