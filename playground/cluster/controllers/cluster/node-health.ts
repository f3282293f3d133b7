/** Which nodes still give signs of life. */
import type { ClusterClient } from '../../client.ts';
import type { ObjectOf } from '../../objects/object.ts';
import type { NodeCondition } from '../../objects/types.ts';
import { sped, type Timing } from '../../options.ts';
import type { Running } from './settings.ts';
import { timestamp } from './settings.ts';

export type Node = ObjectOf<'nodes'>;

const graceMilliseconds = 40_000;
const leastGraceMilliseconds = 4_000;
/** What a kubelet that was not yet heard twice is believed to keep. */
const usualIntervalMilliseconds = 10_000;
const lookMilliseconds = 5_000;

interface Heard {
  /** What the last sign of life was. */
  sign: string;
  /** Milliseconds since the epoch, by this clock. */
  at: number;
  /** Between the last two signs. */
  interval: number;
}

/** Looks every few seconds; `silent` is called with each node that was not heard of for longer than its grace. */
export function watchHeartbeats(client: ClusterClient, timing: Timing, silent: (node: Node) => void): Running {
  const heard = new Map<string, Heard>();
  const period = Math.max(250, sped(timing, lookMilliseconds));
  let expected = Date.now() + period;
  const look = (): void => {
    const now = Date.now();
    // A busy process was late, and so were the heartbeats it would have sent.
    const late = Math.max(0, now - expected);
    expected = now + period;
    const nodes = client.list('nodes');
    for (const node of nodes) {
      const { name } = node.metadata;
      const sign = signOfLife(client, node);
      const before = heard.get(name);
      if (before === undefined) heard.set(name, { sign, at: now, interval: usualIntervalMilliseconds });
      else if (before.sign !== sign) heard.set(name, { sign, at: now, interval: now - before.at });
      else {
        before.at += late;
        const grace = Math.max(leastGraceMilliseconds, sped(timing, graceMilliseconds), Math.min(graceMilliseconds, 2.5 * before.interval));
        if (now - before.at > grace) silent(node);
      }
    }
    for (const name of heard.keys()) if (!nodes.some(({ metadata }) => metadata.name === name)) heard.delete(name);
  };
  const timer = setInterval(look, period);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

const signOfLife = (client: ClusterClient, { metadata, status }: Node): string => {
  const lease = client.get('leases.coordination.k8s.io', 'kube-node-lease', metadata.name);
  return `${lease?.spec?.renewTime ?? ''} ${status?.conditions?.find(({ type }) => type === 'Ready')?.lastHeartbeatTime ?? ''}`;
};

/** True when that was news. */
export function markSilent(client: ClusterClient, { metadata, status }: Node): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status === 'Unknown') return false;
  const now = timestamp();
  client.modify('nodes', undefined, metadata.name, (copy) => {
    const conditions = copy.status?.conditions ?? [];
    const unknown = ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'].map((type): NodeCondition => {
      const before = conditions.find((condition) => condition.type === type);
      if (before === undefined) return { type, status: 'Unknown', reason: 'NodeStatusNeverUpdated', message: 'Kubelet never posted node status.', lastHeartbeatTime: copy.metadata.creationTimestamp, lastTransitionTime: now };
      return before.status === 'Unknown' ? before : { ...before, status: 'Unknown', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.', lastTransitionTime: now };
    });
    copy.status = { ...copy.status, conditions: [...conditions.filter(({ type }) => !unknown.some((condition) => condition.type === type)), ...unknown] };
  }, 'status');
  return true;
}
