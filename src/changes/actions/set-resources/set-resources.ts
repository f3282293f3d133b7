/** kubectl.set_resources: CPU and memory requests and limits of one container. */
import type { ActionOf } from '../../action.ts';
import { RefusedError } from '../../errors.ts';
import { setResourcesSchema } from '../../kubernetes-actions.ts';
import type { JsonObject } from '../kubectl/json-patch.ts';
import { at, difference, mergePatch } from '../kubectl/json-patch.ts';
import type { Plan, Scene } from '../kubectl/patch-kind.ts';
import { patchKind } from '../kubectl/patch-kind.ts';
import { containerPath, rolloutPlan, typed, workloadReference } from '../kubectl/rollout-plan.ts';
import { rolloutOf } from '../kubectl/workload.ts';

type Action = ActionOf<'kubectl.set_resources'>;

export const setResourcesKind = patchKind<Action>({ kind: 'kubectl.set_resources', schema: setResourcesSchema, reference: workloadReference, risk: (_action, { pods = 0 }) => ({ level: 'medium', reasons: [`${pods} pods replaced by ones that are set up differently`] }), plan, settled: rolloutOf });

function plan({ action, live, kubectl }: Scene<Action>): Promise<Plan> {
  const wanted: JsonObject = Object.fromEntries(Object.entries({ requests: action.requests, limits: action.limits }).flatMap(([name, amounts]) => {
    const given = Object.entries(amounts ?? {}).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return given.length === 0 ? [] : [[name, Object.fromEntries(given)]];
  }));
  if (Object.keys(wanted).length === 0) throw new RefusedError('Neither requests nor limits are given.');
  const path = `${containerPath(action, live)}/resources`;
  const before = at(live, path);
  const words = (name: 'requests' | 'limits'): string => Object.entries((wanted[name] ?? {}) as Record<string, string>).map(([key, value]) => `${key}=${value}`).join(',');
  return rolloutPlan({ action, live, kubectl }, {
    changes: difference(before, mergePatch(before, wanted), path),
    equivalent: ['kubectl set resources', typed(action), `--containers=${action.container}`, ...(words('requests') === '' ? [] : [`--requests=${words('requests')}`]), ...(words('limits') === '' ? [] : [`--limits=${words('limits')}`])].join(' '),
    notes: ['Whether the nodes and the quota have room shows only in the rollout.'],
    check: `container ${action.container} has these requests and limits`,
  });
}
