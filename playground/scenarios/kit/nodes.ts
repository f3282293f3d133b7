/** The two nodes of a world, and what stands where. */
import type { World } from '../world.ts';

const names = ['node1', 'node2'] as const;

export const otherNode = (node: string): string => (node === names[0] ? names[1] : names[0]);

export async function nodeOf(world: World, pod: string): Promise<string> {
  const node = (await world.cluster.get('pods', pod))?.spec?.nodeName;
  if (node === undefined) throw new Error(`pod ${pod} is on no node`);
  return node;
}

export async function isAlive(world: World, node: string): Promise<boolean> {
  const { status } = (await world.cluster.get('nodes', node, null)) ?? {};
  return status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
}

/** `kubectl cordon` and `uncordon`. */
export function cordon(world: World, node: string, unschedulable: boolean): Promise<void> {
  return world.cluster.edit('nodes', node, (object) => {
    const { unschedulable: _before, ...spec } = object.spec ?? {};
    object.spec = unschedulable ? { ...spec, unschedulable } : spec;
  }, null);
}
