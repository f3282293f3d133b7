import type { World } from '../../page-api.ts';
import { element } from '../dom.ts';
import type { Item } from '../keyed.ts';
import { sparkline } from './sparkline.ts';

type Service = World['services'][number];

const stateWords: Record<Service['state'], string> = { healthy: 'Healthy', degraded: 'Degraded', down: 'Down', unknown: 'Unknown' };

export function serviceItem(service: Service, all: Service[]): Item {
  const needs = service.dependsOn.map((name) => ({ name, state: all.find((each) => each.name === name)?.state ?? 'none' }));
  return { key: service.name, version: JSON.stringify([service, needs]), render: () => draw(service, needs), patch: (node) => node.replaceChildren(...fill(node, service, needs)) };
}

function draw(service: Service, needs: { name: string; state: string }[]): HTMLElement {
  const card = element('section', { class: 'card', 'data-testid': `service-${service.name}` });
  card.append(...fill(card, service, needs));
  return card;
}

function fill(card: HTMLElement, service: Service, needs: { name: string; state: string }[]): HTMLElement[] {
  card.dataset['state'] = service.state;
  card.setAttribute('aria-label', `${service.name}: ${stateWords[service.state]}`);
  const quiet = service.requestsPerSecond === 0;
  const chart = element('div', { class: 'spark' });
  chart.append(sparkline(service.history));
  return [
    element('div', { class: 'card-head' }, element('span', { class: 'dot' }), element('strong', {}, service.name), element('span', { class: 'card-state' }, stateWords[service.state])),
    element(
      'div',
      { class: 'card-body' },
      element('dl', { class: 'numbers' }, number('req/s', rate(service.requestsPerSecond)), number('success', quiet ? '–' : percent(service.successRate), !quiet && service.successRate < 0.99), number('p95', quiet ? '–' : duration(service.p95Milliseconds))),
      chart,
    ),
    ...(needs.length === 0 ? [] : [element('div', { class: 'needs' }, element('span', { class: 'needs-arrow', 'aria-label': 'calls' }, '→'), ...needs.map((need) => element('span', { class: 'need', 'data-state': need.state }, need.name)))]),
  ];
}

function number(label: string, value: string, isBad = false): HTMLElement {
  return element('div', { class: isBad ? 'is-bad' : null }, element('dt', {}, label), element('dd', {}, value));
}

function rate(perSecond: number): string {
  return perSecond >= 10 ? String(Math.round(perSecond)) : perSecond.toFixed(1).replace(/\.0$/, '');
}

function percent(part: number): string {
  const value = part * 100;
  // Rounding must not hide a failure: 99.97 is not 100.
  return `${value >= 100 || value === 0 ? value.toFixed(0) : Math.min(value, 99.9).toFixed(1)}%`;
}

function duration(milliseconds: number): string {
  return milliseconds >= 1000 ? `${(milliseconds / 1000).toFixed(milliseconds >= 10_000 ? 0 : 1)} s` : `${Math.round(milliseconds)} ms`;
}
