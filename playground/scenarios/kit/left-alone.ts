/** Where nothing is to be repaired: that nobody did. What differs from the healthy world, the bench sees by itself. */
import type { Check } from '../scenario.ts';
import type { World } from '../world.ts';
import { holds } from './checks.ts';
import { deployment, rolledOut } from './workloads.ts';

/** It runs, and was not restarted to be on the safe side. */
export async function leftAlone(world: World, name: string, namespace?: string): Promise<Check[]> {
  const template = (await deployment(world, name, namespace)).spec?.template;
  const restarted = template?.metadata?.annotations?.['kubectl.kubernetes.io/restartedAt'];
  return [await rolledOut(world, name, undefined, namespace), holds(`nobody restarted ${name}`, restarted === undefined, restarted ?? 'not restarted')];
}
