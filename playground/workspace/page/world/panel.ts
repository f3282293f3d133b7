import { element, setText } from '../dom.ts';
import { icon } from '../icons.ts';
import { reconcile } from '../keyed.ts';
import type { Session } from '../session.ts';
import { alertItems } from './alerts.ts';
import { databaseItems } from './databases.ts';
import { mountFaults } from './faults.ts';
import { mountKubeconfig } from './kubeconfig.ts';
import { podItems, troubledPods } from './pods.ts';
import { serviceColumns, serviceItems, unwellServices } from './services.ts';
import { startingItems } from './starting.ts';

/** The shop beside the messages: how it is, what can be broken in it, and which alerts can be sent. */
export function mountWorld(session: Session, close: () => void): HTMLElement {
  const starting = element('ol', { class: 'starting', 'data-testid': 'world-starting' });
  const services = element('div');
  const databases = element('div', { class: 'box' });
  const pods = element('div', { class: 'box', role: 'list', 'data-testid': 'pods' });
  const faults = mountFaults(session);
  const alerts = element('div', { class: 'box alerts' });
  const kubeconfig = mountKubeconfig();
  const active = element('span', { class: 'section-note' });
  const troubled = element('span', { class: 'section-note' });
  const unwell = element('span', { class: 'section-note' });
  const parts = [
    section('Starting', starting),
    section('Services', element('div', { class: 'box' }, serviceColumns(), services), unwell),
    section('Pods', pods, troubled),
    section('Databases', databases),
    section('Break something', faults.node, active),
    section('Send an alert', alerts),
  ];
  session.on(['world'], () => {
    const world = session.state.world;
    if (world === null) return;
    reconcile(starting, startingItems(world));
    reconcile(services, serviceItems(world));
    reconcile(pods, podItems(world));
    reconcile(databases, databaseItems(world));
    faults.show(world);
    reconcile(alerts, alertItems(session, world));
    kubeconfig.show(world);
    const broken = world.faults.filter((fault) => fault.active).length;
    setText(active, broken === 0 ? '' : `${broken} active`);
    const bad = troubledPods(world);
    setText(troubled, bad === 0 ? '' : `${bad} failing`);
    const ill = unwellServices(world);
    setText(unwell, ill === 0 ? '' : `${ill} unwell`);
    [world.starting, world.services, world.pods ?? [], world.databases, world.faults, world.alerts].forEach((list, index) => parts[index]?.toggleAttribute('hidden', list.length === 0));
  });
  return element(
    'aside',
    { class: 'world', 'data-testid': 'world', 'aria-label': 'The shop' },
    element('header', { class: 'bar' }, element('h2', {}, 'The shop', element('span', { class: 'thread-where' }, 'live')), element('button', { type: 'button', class: 'button is-icon', 'aria-label': 'Hide the shop', 'data-testid': 'world-close', on: { click: close } }, icon('close'))),
    element('div', { class: 'world-scroll', tabindex: '0' }, ...parts),
    kubeconfig.node,
  );
}

/** A part that folds, with room for any list: what is empty is not shown. */
function section(title: string, body: HTMLElement, note?: HTMLElement): HTMLDetailsElement {
  return element('details', { class: 'world-section', open: true, hidden: true }, element('summary', {}, icon('chevron', 16), element('h3', {}, title), note), body);
}
