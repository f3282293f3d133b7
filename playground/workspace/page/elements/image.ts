import { element } from '../dom.ts';
import { asRecord, asText, type Json } from '../json.ts';

/** An image, or its description when it cannot be shown. */
export function drawImageElement(json: Json): HTMLElement {
  const description = asText(json['alt_text']);
  const source = imageSource(asText(json['image_url']) || asText(asRecord(json['slack_file'])['url']));
  if (source === null) return missing(description);
  const image = element('img', { class: 'image', src: source, alt: description, title: description, loading: 'lazy', referrerpolicy: 'no-referrer' });
  image.addEventListener('error', () => image.replaceWith(missing(description)));
  return image;
}

function missing(description: string): HTMLElement {
  return element('span', { class: 'image-missing', role: 'img', 'aria-label': description }, description || 'image');
}

function imageSource(url: string): string | null {
  if (/^data:image\/(?:png|jpeg|gif|webp|svg\+xml)[;,]/.test(url)) return url;
  try {
    const parsed = new URL(url, window.location.href);
    return url !== '' && ['http:', 'https:'].includes(parsed.protocol) ? parsed.href : null;
  } catch {
    return null;
  }
}
