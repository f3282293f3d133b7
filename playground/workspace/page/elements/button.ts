import { element } from '../dom.ts';
import { asRecord, asText, has } from '../json.ts';
import { drawPlain } from '../text/draw.ts';
import { safeUrl } from '../text/nodes.ts';
import type { DrawElement } from '../blocks/context.ts';
import { dispatchAction } from './dispatch.ts';

export const drawButton: DrawElement = (json, context) => {
  const style = asText(json['style']);
  const button = element(
    'button',
    { type: 'button', class: `button ${style === 'primary' || style === 'danger' ? `is-${style}` : ''}`, 'aria-label': asText(json['accessibility_label']) || null, 'data-action': asText(json['action_id']) },
    ...drawPlain(asText(asRecord(json['text'])['text'])),
  );
  const url = safeUrl(asText(json['url']));
  if (url !== null) button.classList.add('is-link');
  button.addEventListener('click', () => {
    if (button.getAttribute('aria-busy') === 'true') return;
    if (url !== null) window.open(url, '_blank', 'noopener,noreferrer');
    void dispatchAction(json, context, has(json, 'value') ? { value: asText(json['value']) } : {}, button);
  });
  return button;
};
