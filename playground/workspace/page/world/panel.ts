import { element } from '../dom.ts';
import { icon } from '../icons.ts';
import { reconcile } from '../keyed.ts';
import type { Session } from '../session.ts';
import { alertItems } from './alerts.ts';
import { databaseItem } from './database-card.ts';
import { faultItems } from './faults.ts';
import { podItems, troubledPods } from './pods.ts';
import { serviceItem } from './service-card.ts';

/** The shop beside the messages: how it is, what can be broken in it, and which alerts can be sent. */
export function mountWorld(session: Session, close: () => void): HTMLElement {
  const starting = element('ol', { class: 'starting', 'data-testid': 'world-starting' });
  const services = element('div', { class: 'cards' });
  const databases = element('div', { class: 'cards' });
  const pods = element('div', { class: 'pods', 'data-testid': 'pods' });
  const faults = element('div', { class: 'faults' });
  const alerts = element('div', { class: 'alerts' });
  const active = element('span', { class: 'section-note' });
  const troubled = element('span', { class: 'section-note' });
  const parts = [
    section('Starting', starting),
    section('Services', services),
    section('Pods', pods, troubled),
    section('Databases', databases),
    section('Break something', faults, active),
    section('Send an alert', alerts),
  ];
  session.on(['world'], () => {
    const world = session.state.world;
    if (world === null) return;
    reconcile(starting, world.starting.map((line, index) => ({ key: String(index), version: line, render: () => element('li', { dir: 'auto' }, line) })));
    reconcile(services, world.services.map((service) => serviceItem(service, world.services)));
    reconcile(pods, podItems(world));
    reconcile(databases, world.databases.map(databaseItem));
    reconcile(faults, faultItems(session, world));
    reconcile(alerts, alertItems(session, world));
    const broken = world.faults.filter((fault) => fault.active).length;
    active.textContent = broken === 0 ? '' : `${broken} active`;
    const bad = troubledPods(world);
    troubled.textContent = bad === 0 ? '' : `${bad} failing`;
    [world.starting, world.services, world.pods ?? [], world.databases, world.faults, world.alerts].forEach((list, index) => parts[index]?.toggleAttribute('hidden', list.length === 0));
  });
  return element(
    'aside',
    { class: 'world', 'data-testid': 'world', 'aria-label': 'The shop' },
    element('header', { class: 'bar' }, element('h2', {}, 'The shop', element('span', { class: 'thread-where' }, 'live')), element('button', { type: 'button', class: 'button is-icon', 'aria-label': 'Hide the shop', 'data-testid': 'world-close', on: { click: close } }, icon('close'))),
    element('div', { class: 'world-scroll', tabindex: '0' }, ...parts),
  );
}

/** A part that folds, with room for any list: what is empty is not shown. */
function section(title: string, body: HTMLElement, note?: HTMLElement): HTMLDetailsElement {
  return element('details', { class: 'world-section', open: true, hidden: true }, element('summary', {}, icon('chevron', 16), element('h3', {}, title), note), body);
}
