import type { World } from '../../page-api.ts';
import { element } from '../dom.ts';
import type { Item } from '../keyed.ts';

type Pod = NonNullable<World['pods']>[number];

/** The pods as `kubectl get pods` has them, one line each; the node is in the tooltip. */
export function podItems(world: World): Item[] {
  return (world.pods ?? []).map((pod) => {
    const shown = { ...pod, age: age(pod.ageSeconds) };
    return { key: `${pod.namespace}/${pod.name}`, version: JSON.stringify([pod.ready, pod.status, pod.restarts, pod.node, shown.age]), render: () => draw(pod), patch: (node) => fill(node, pod) };
  });
}

/** How many are not as they should be. */
export const troubledPods = (world: World): number => (world.pods ?? []).filter((pod) => judge(pod) === 'down').length;

function draw(pod: Pod): HTMLElement {
  const line = element('div', { class: 'pod', 'data-testid': 'pod', 'data-pod': pod.name });
  fill(line, pod);
  return line;
}

function fill(line: HTMLElement, pod: Pod): void {
  const state = judge(pod);
  line.dataset['state'] = state;
  line.title = `${pod.namespace}/${pod.name}${pod.node === '' ? '' : ` on ${pod.node}`}`;
  line.replaceChildren(
    element('span', { class: 'dot' }),
    element('span', { class: 'pod-name' }, pod.name),
    ...(state === 'healthy' ? [] : [element('span', { class: 'pod-status' }, pod.status)]),
    ...(pod.restarts === 0 ? [] : [element('span', { class: 'pod-restarts', 'aria-label': `${pod.restarts} restarts`, title: 'Restarts' }, `${pod.restarts}×`)]),
    element('span', { class: 'pod-ready' }, pod.ready),
    element('span', { class: 'pod-age' }, age(pod.ageSeconds)),
  );
}

function judge({ status, ready }: Pod): 'healthy' | 'done' | 'starting' | 'down' {
  if (status === 'Completed') return 'done';
  const [up, all] = ready.split('/');
  if (status === 'Running') return up === all ? 'healthy' : 'starting';
  return ['Pending', 'ContainerCreating', 'PodInitializing', 'Terminating'].includes(status) || status.startsWith('Init:') ? 'starting' : 'down';
}

function age(seconds: number): string {
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
