import type { World } from '../../page-api.ts';
import { element, setText } from '../dom.ts';
import type { Item } from '../keyed.ts';
import { age } from './figures.ts';
import { liveItem, type Live } from './live.ts';

type Pod = NonNullable<World['pods']>[number];
type Shown = Omit<Pod, 'ageSeconds'> & { age: string };

const states = ['down', 'starting', 'healthy', 'done'] as const;

/** The pods as `kubectl get pods` has them, those that fail first. */
export function podItems(world: World): Item[] {
  const pods = [...(world.pods ?? [])].sort((left, right) => states.indexOf(judge(left)) - states.indexOf(judge(right)));
  return pods.map(({ ageSeconds, ...pod }) => liveItem<Shown>(`${pod.namespace}/${pod.name}`, { ...pod, age: age(ageSeconds) }, build));
}

/** How many are not as they should be. */
export const troubledPods = (world: World): number => (world.pods ?? []).filter((pod) => judge(pod) === 'down').length;

/** In the middle, so that what tells two pods of one deployment apart stays. */
const tailLength = 6;

function build(): Live<Shown> {
  const head = element('span', { class: 'pod-head' });
  const tail = element('span', { class: 'pod-tail' });
  const status = element('span', { class: 'pod-status' });
  const restarts = element('span', { class: 'pod-restarts' });
  const ready = element('span', { class: 'pod-ready' });
  const ages = element('span', { class: 'pod-age' });
  const place = element('span', { class: 'pod-node' });
  const node = element('div', { class: 'pod', role: 'listitem', 'data-testid': 'pod' }, element('span', { class: 'dot' }), element('span', { class: 'pod-name' }, head, tail), restarts, ready, ages, place, status);
  return {
    node,
    update: (pod) => {
      node.dataset['pod'] = pod.name;
      node.dataset['state'] = judge(pod);
      node.title = [`${pod.namespace}/${pod.name}`, `${pod.status}, ${pod.ready} ready, ${pod.restarts === 1 ? '1 restart' : `${pod.restarts} restarts`}, ${pod.age} old`, ...(pod.node === '' ? [] : [`on ${pod.node}`])].join('\n');
      setText(head, pod.name.slice(0, -tailLength));
      setText(tail, pod.name.slice(-tailLength));
      setText(status, pod.status);
      setText(restarts, pod.restarts === 0 ? '' : `↻${pod.restarts}`);
      setText(ready, pod.ready);
      setText(ages, pod.age);
      setText(place, pod.node);
    },
  };
}

function judge({ status, ready }: Pick<Pod, 'status' | 'ready'>): (typeof states)[number] {
  if (status === 'Completed') return 'done';
  const [up, all] = ready.split('/');
  if (status === 'Running') return up === all ? 'healthy' : 'starting';
  return ['Pending', 'ContainerCreating', 'PodInitializing', 'Terminating'].includes(status) || /^Init:\d/.test(status) ? 'starting' : 'down';
}
