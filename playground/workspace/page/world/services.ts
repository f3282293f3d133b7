import type { World } from '../../page-api.ts';
import { element, setText } from '../dom.ts';
import type { Item } from '../keyed.ts';
import { duration, percent, rate } from './figures.ts';
import { liveItem, type Live } from './live.ts';
import { sparkline } from './sparkline.ts';

type Service = World['services'][number];

interface Shown {
  service: Service;
  needs: { name: string; state: string }[];
}

const stateWords: Record<Service['state'], string> = { healthy: 'Healthy', degraded: 'Degraded', down: 'Down', unknown: 'Unknown' };

/** One line a service; opened, it shows what it calls and the last minute. */
export function serviceItems({ services }: World): Item[] {
  return services.map((service) => {
    const needs = service.dependsOn.map((name) => ({ name, state: services.find((each) => each.name === name)?.state ?? 'none' }));
    return liveItem<Shown>(service.name, { service, needs }, build);
  });
}

/** Above the lines. */
export function serviceColumns(): HTMLElement {
  const column = (words: string, title: string): HTMLElement => element('span', { class: 'figure', title }, words);
  return element('div', { class: 'service-line service-columns', 'aria-hidden': 'true' }, element('span'), element('span'), column('success', 'Requests answered without a server error, over 10 s'), column('p95', 'Nineteen of twenty requests were faster, over 10 s'), column('req/s', 'Requests a second, over 10 s'), element('span', { class: 'figure', title: 'p95 over the last minute' }, '1 min'));
}

export const unwellServices = ({ services }: World): number => services.filter(({ state }) => state === 'down' || state === 'degraded').length;

function build(): Live<Shown> {
  const name = element('strong', { class: 'service-name' });
  const success = element('span', { class: 'figure' });
  const slowest = element('span', { class: 'figure' });
  const traffic = element('span', { class: 'figure is-soft' });
  const chart = element('span', { class: 'spark' });
  const line = element('summary', { class: 'service-line' }, element('span', { class: 'dot' }), name, success, slowest, traffic, chart);
  const large = element('div', { class: 'spark is-large' });
  const calls = element('div', { class: 'needs' });
  const node = element('details', { class: 'service' }, line, element('div', { class: 'service-more' }, large, calls));
  let shown: Shown | undefined;

  const open = (): void => {
    if (!node.open || shown === undefined) return;
    large.replaceChildren(sparkline(shown.service.history), element('span', { class: 'spark-top' }, `up to ${duration(highest(shown.service.history))}`));
    calls.replaceChildren(...(shown.needs.length === 0 ? ['Calls no other service.'] : ['calls', ...shown.needs.map((need) => element('span', { class: 'need', 'data-state': need.state }, need.name))]));
  };
  node.addEventListener('toggle', open);

  return {
    node,
    update: (next) => {
      shown = next;
      const { service } = next;
      const quiet = service.requestsPerSecond === 0;
      node.dataset['testid'] = `service-${service.name}`;
      node.dataset['state'] = service.state;
      setText(name, service.name);
      setText(success, quiet ? '–' : percent(service.successRate));
      success.classList.toggle('is-bad', !quiet && service.successRate < 0.99);
      setText(slowest, quiet ? '–' : duration(service.p95Milliseconds));
      setText(traffic, rate(service.requestsPerSecond));
      chart.replaceChildren(sparkline(service.history));
      const words = `${service.name}: ${stateWords[service.state]}, ${quiet ? 'no traffic' : `${percent(service.successRate)} success, p95 ${duration(service.p95Milliseconds)}`}`;
      line.setAttribute('aria-label', words);
      line.title = `${words}${next.needs.length === 0 ? '' : `\ncalls ${service.dependsOn.join(', ')}`}`;
      open();
    },
  };
}

const highest = (history: (number | null)[]): number => Math.max(0, ...history.map((value) => value ?? 0));
