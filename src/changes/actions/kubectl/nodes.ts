/** Nodes that take pods. */
import { at } from './json-patch.ts';
import type { Kubectl } from './kubectl.ts';
import { ProgramError } from './kubectl.ts';
import { listAt } from './objects.ts';

/** How many others are ready and open for new pods; undefined when they can't be read. */
export async function otherNodes(name: string, kubectl: Kubectl): Promise<number | undefined> {
  try {
    const nodes = await kubectl.list('nodes');
    return nodes.filter((node) => at(node, '/metadata/name') !== name && at(node, '/spec/unschedulable') !== true && listAt(node, '/status/conditions').some((condition) => condition['type'] === 'Ready' && condition['status'] === 'True')).length;
  } catch (error) {
    if (error instanceof ProgramError) return undefined;
    throw error;
  }
}
