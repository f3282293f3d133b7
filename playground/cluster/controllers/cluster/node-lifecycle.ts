/** Nodes come, fall silent, are cordoned: their conditions, taints and what that means for their pods. */
import type { ClusterClient } from '../../client.ts';
import type { Taint } from '../../objects/types.ts';
import { createController, splitKey } from '../controller.ts';
import { markSilent, watchHeartbeats, type Node } from './node-health.ts';
import { failureLog, managed, stopAll, timestamp, type ClusterControllerSettings, type Running } from './settings.ts';

const ttlAnnotation = 'node.alpha.kubernetes.io/ttl';
const taintPrefix = 'node.kubernetes.io/';
const pressures: Record<string, string> = { MemoryPressure: 'memory-pressure', DiskPressure: 'disk-pressure', PIDPressure: 'pid-pressure', NetworkUnavailable: 'network-unavailable' };
const managedTaints = ['unreachable', 'not-ready', 'unschedulable', ...Object.values(pressures)].map((name) => taintPrefix + name);

export function startNodeLifecycle(asAdmin: ClusterClient, settings: ClusterControllerSettings): Running {
  const client = asAdmin.as(managed('node-controller'));
  const reconcile = (key: string): void => {
    const { name } = splitKey(key);
    const node = client.get('nodes', undefined, name);
    if (node === undefined) return;
    const wanted = taintsOf(node);
    client.modify('nodes', undefined, name, (copy) => {
      const { metadata } = copy;
      const spec = (copy.spec ??= {});
      metadata.annotations = { [ttlAnnotation]: '0', ...metadata.annotations };
      const taints = spec.taints ?? [];
      const kept = taints.filter((taint) => !managedTaints.includes(taint.key) || wanted.some((other) => same(other, taint)));
      const added = wanted.filter((taint) => !taints.some((other) => same(other, taint))).map((taint) => ({ ...taint, timeAdded: timestamp() }));
      if (kept.length === taints.length && added.length === 0) return;
      if (kept.length + added.length === 0) delete spec.taints;
      else spec.taints = [...kept, ...added];
    });
    if (readyStatus(node) !== 'True') markPodsNotReady(client, name);
  };
  const controller = createController({ name: 'node-lifecycle', reconcile, failed: failureLog(settings, 'node-lifecycle') });
  const nodeEvent = (node: Node, reason: string, message: string): void => client.event(node, { type: 'Normal', reason, message });
  return stopAll(
    client.watch('nodes', {
      added: (node) => {
        const { name } = node.metadata;
        nodeEvent(node, 'RegisteredNode', `Node ${name} event: Registered Node ${name} in Controller`);
        controller.enqueue(`/${name}`);
      },
      modified: (node, previous) => {
        const { name } = node.metadata;
        if (readyStatus(previous) === 'True' && readyStatus(node) !== 'True') nodeEvent(node, 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
        controller.enqueue(`/${name}`);
      },
      deleted: (node) => nodeEvent(node, 'RemovingNode', `Node ${node.metadata.name} event: Removing Node ${node.metadata.name} from Controller`),
    }),
    watchHeartbeats(client, settings.timing, (node) => {
      if (markSilent(client, node)) settings.log(`node ${node.metadata.name} fell silent`);
    }),
    controller,
  );
}

const same = (left: Taint, right: Taint): boolean => left.key === right.key && left.effect === right.effect;
const readyStatus = ({ status }: Node): string => status?.conditions?.find(({ type }) => type === 'Ready')?.status ?? 'Unknown';

function taintsOf(node: Node): Taint[] {
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
  const state = ready === 'Unknown' ? 'unreachable' : 'not-ready';
  const states = ready === 'True' ? [] : [{ key: taintPrefix + state, effect: 'NoSchedule' }, { key: taintPrefix + state, effect: 'NoExecute' }];
  const pressed = (node.status?.conditions ?? []).flatMap(({ type, status }) => {
    const name = pressures[type];
    return status === 'True' && name !== undefined ? [{ key: taintPrefix + name, effect: 'NoSchedule' }] : [];
  });
  return [...(node.spec?.unschedulable === true ? [{ key: `${taintPrefix}unschedulable`, effect: 'NoSchedule' }] : []), ...pressed, ...states];
}

function markPodsNotReady(client: ClusterClient, node: string): void {
  const now = timestamp();
  for (const pod of client.list('pods').filter(({ spec }) => spec?.nodeName === node)) {
    const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready');
    if (ready?.status !== 'True') continue;
    client.modify('pods', pod.metadata.namespace, pod.metadata.name, ({ status }) => {
      const condition = status?.conditions?.find(({ type }) => type === 'Ready');
      if (condition !== undefined) Object.assign(condition, { status: 'False', lastTransitionTime: now });
    }, 'status');
    client.event(pod, { type: 'Warning', reason: 'NodeNotReady', message: 'Node is not ready' });
  }
}
