import { element, svg } from '../dom.ts';
import { asList, asRecord, asText } from '../json.ts';
import { openMenu } from '../menu.ts';
import { safeUrl } from '../text/nodes.ts';
import type { DrawElement } from '../blocks/context.ts';
import { dispatchAction } from './dispatch.ts';

export const drawOverflow: DrawElement = (json, context) => {
  const dots = [4, 10, 16].map((x) => svg('circle', { cx: x, cy: 10, r: 1.7, fill: 'currentColor' }));
  const button = element('button', { type: 'button', class: 'button is-icon', 'aria-haspopup': 'menu', 'aria-label': 'More actions', 'data-action': asText(json['action_id']) }, svg('svg', { viewBox: '0 0 20 20', width: 18, height: 18 }, ...dots));
  button.addEventListener('click', () => {
    openMenu(
      button,
      asList(json['options']).map((option) => ({
        label: asText(asRecord(option['text'])['text']),
        description: asText(asRecord(option['description'])['text']),
        choose: () => {
          const url = safeUrl(asText(option['url']));
          if (url !== null) window.open(url, '_blank', 'noopener,noreferrer');
          const value = asText(option['value']);
          void dispatchAction(json, context, { value, selected_option: { text: option['text'], value } });
        },
      })),
    );
  });
  return button;
};
