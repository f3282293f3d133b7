/** kubectl.cordon and kubectl.uncordon: whether a node takes new pods. */
import type { ActionOf } from '../../action.ts';
import { RefusedError } from '../../errors.ts';
import { cordonSchema, uncordonSchema } from '../../kubernetes-actions.ts';
import { at } from '../kubectl/json-patch.ts';
import { otherNodes } from '../kubectl/nodes.ts';
import { listAt } from '../kubectl/objects.ts';
import type { Plan, Scene } from '../kubectl/patch-kind.ts';
import { patchKind } from '../kubectl/patch-kind.ts';
import { plural } from '../words.ts';

const reference = ({ name }: { name: string }) => ({ resource: 'node', name });

export const cordonKind = patchKind<ActionOf<'kubectl.cordon'>>({ kind: 'kubectl.cordon', schema: cordonSchema, reference, risk: (_action, { otherNodes = 0 }) => (otherNodes > 0 ? { level: 'medium', reasons: [`${otherNodes} other nodes take pods`] } : { level: 'high', reasons: ['no other node is known to take pods'] }), plan: (scene) => plan(scene, true) });
export const uncordonKind = patchKind<ActionOf<'kubectl.uncordon'>>({ kind: 'kubectl.uncordon', schema: uncordonSchema, reference, risk: () => ({ level: 'low', reasons: ['new pods may be placed on the node; nothing moves'] }), plan: (scene) => plan(scene, false) });

async function plan({ action, live, kubectl }: Scene<ActionOf<'kubectl.cordon'>> | Scene<ActionOf<'kubectl.uncordon'>>, cordon: boolean): Promise<Plan> {
  const now = at(live, '/spec/unschedulable') === true;
  if (now === cordon) throw new RefusedError(`Node ${action.name} is ${cordon ? 'cordoned' : 'open for new pods'} already.`);
  const ready = listAt(live, '/status/conditions').find((condition) => condition['type'] === 'Ready')?.['status'] === 'True';
  const others = await otherNodes(action.name, kubectl);
  return {
    changes: cordon ? [{ op: 'add', path: '/spec/unschedulable', value: true }] : [{ op: 'remove', path: '/spec/unschedulable' }],
    equivalent: `kubectl ${cordon ? 'cordon' : 'uncordon'} ${action.name}`,
    notes: [
      `The node is ${ready ? 'ready' : 'not ready'}. Pods that run on it stay.`,
      others === undefined ? 'How many other nodes take pods could not be read.' : `${plural(others, 'other node')} ${others === 1 ? 'is' : 'are'} ready and open.`,
    ],
    checks: [cordon ? `node ${action.name} takes no new pods` : `node ${action.name} takes pods again`],
    blastRadius: cordon ? `New pods of the whole cluster: ${others ?? 'an unknown number of'} other nodes are left for them.` : 'New pods of the whole cluster may be placed here.',
    facts: { ...(others !== undefined && { otherNodes: others }) },
  };
}
