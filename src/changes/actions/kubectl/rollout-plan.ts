/** What every change of a pod template has in common: it replaces the pods, a few at a time. */
import type { ActionOf } from '../../action.ts';
import { RefusedError } from '../../errors.ts';
import { plural } from '../words.ts';
import type { JsonObject, Operation } from './json-patch.ts';
import { at } from './json-patch.ts';
import type { ObjectReference } from './objects.ts';
import { textsAt, wordsOf } from './objects.ts';
import { disruptionsAllowed } from './ownership.ts';
import type { Plan, Scene } from './patch-kind.ts';
import { containerIndex, containerNames, podCounts, waitsForDeletion } from './workload.ts';

export type WorkloadAction = ActionOf<'kubectl.rollout_undo' | 'kubectl.rollout_restart' | 'kubectl.scale' | 'kubectl.set_image' | 'kubectl.set_env' | 'kubectl.set_resources'>;

export function workloadReference({ workload, namespace, name }: Pick<WorkloadAction, 'workload' | 'namespace' | 'name'>): ObjectReference {
  return { resource: workload, namespace, name };
}

/** `checkout/web`, for `kubectl set`. */
export const typed = ({ workload, name }: Pick<WorkloadAction, 'workload' | 'name'>): string => `${workload}/${name}`;

export interface TemplateChange {
  changes: Operation[];
  equivalent: string;
  notes?: string[];
  check: string;
}

export async function rolloutPlan<A extends WorkloadAction>({ action, live, kubectl }: Pick<Scene<A>, 'action' | 'live' | 'kubectl'>, { changes, equivalent, notes = [], check }: TemplateChange): Promise<Plan> {
  const where = wordsOf(workloadReference(action));
  if (at(live, '/spec/paused') === true) throw new RefusedError(`${where} is paused, so nothing would roll out: resume it first.`);
  if (waitsForDeletion(live)) throw new RefusedError(`${where} replaces pods only when they are deleted (OnDelete): do this one by hand.`);
  const { desired, ready } = podCounts(live);
  if (desired === 0) throw new RefusedError(`${where} has no pods, so nothing would show whether it works: do this one by hand, or scale it up first.`);
  const budget = await disruptionsAllowed(textsAt(live, '/spec/template/metadata/labels'), kubectl);
  return {
    changes,
    equivalent,
    notes: [
      ...notes,
      `It rolls out at once: ${plural(desired, 'pod')} replaced (${ready} ready now), ${paceOf(live)}.`,
      ...budget.notes,
    ],
    checks: [check, `the rollout is complete: ${plural(desired, 'pod')} updated, ready and available, none of the old left`],
    blastRadius: `All ${plural(desired, 'pod')} of ${where}, replaced a few at a time.`,
    facts: { pods: desired, readyPods: ready, ...budget.facts },
  };
}

/** Throws RefusedError for a container that is not there. */
export function containerPath(action: { container: string; name: string }, live: JsonObject): string {
  const index = containerIndex(live, action.container);
  if (index === undefined) throw new RefusedError(`${action.name} has no container ${action.container}; it has ${containerNames(live).join(', ')}.`);
  return `/spec/template/spec/containers/${index}`;
}

function paceOf(live: JsonObject): string {
  if (live['kind'] === 'StatefulSet') return 'one after the other, from the last';
  const strategy = live['kind'] === 'DaemonSet' ? '/spec/updateStrategy' : '/spec/strategy';
  if (at(live, `${strategy}/type`) === 'Recreate') return 'all at once: nothing answers meanwhile';
  const [surge, away] = [at(live, `${strategy}/rollingUpdate/maxSurge`), at(live, `${strategy}/rollingUpdate/maxUnavailable`)].map((value) => (typeof value === 'string' || typeof value === 'number' ? String(value) : '0'));
  return `at most ${away ?? '0'} away and ${surge ?? '0'} more at a time`;
}
