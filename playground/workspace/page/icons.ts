import { svg } from './dom.ts';

/** Line icons on a 20 by 20 field, drawn in the text's colour. */
const paths = {
  menu: 'M3 5h14M3 10h14M3 15h14',
  close: 'M5 5l10 10M15 5L5 15',
  send: 'M3.5 10L16.5 4l-4 12.5-2.8-5.2z M16.5 4L9.7 11.3',
  thread: 'M4 4h12a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1H9l-4 3v-3H4a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1z',
  pulse: 'M2.5 10.5h3.2l2-5 3.6 9.5 2.3-6 1 1.5h2.9',
  chevron: 'M6 8l4 4 4-4',
  down: 'M10 4v11M5.5 10.5L10 15l4.5-4.5',
  eye: 'M2.5 10s2.8-5 7.5-5 7.5 5 7.5 5-2.8 5-7.5 5-7.5-5-7.5-5z M10 12.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4z',
  file: 'M6 2.5h5.5L15 6v11a.8.8 0 0 1-.8.8H6a.8.8 0 0 1-.8-.8V3.3a.8.8 0 0 1 .8-.8z M11.5 2.7V6H15',
  smile: 'M10 17.2a7.2 7.2 0 1 0 0-14.4 7.2 7.2 0 0 0 0 14.4z M7.2 11.8c.7 1 1.7 1.5 2.8 1.5s2.1-.5 2.8-1.5 M7.6 8v.2 M12.4 8v.2',
  more: 'M4.5 10v.01M10 10v.01M15.5 10v.01',
  check: 'M4 10.5l4 4 8-9',
} as const;

export function icon(name: keyof typeof paths, size = 18): SVGElement {
  return svg('svg', { viewBox: '0 0 20 20', width: size, height: size, 'aria-hidden': 'true', class: 'icon' }, svg('path', { d: paths[name], fill: 'none', stroke: 'currentColor', 'stroke-width': 1.6, 'stroke-linecap': 'round', 'stroke-linejoin': 'round' }));
}
