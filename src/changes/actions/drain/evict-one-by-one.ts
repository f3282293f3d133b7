/** Evictions in the order that was approved. Stops at the first that is refused; waits between two pods of the same controller. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ActionOf } from '../../action.ts';
import { ExecutionError } from '../../errors.ts';
import type { KindContext } from '../kind.ts';
import { plain } from '../words.ts';
import { budgetWords, evict, isBudgetRefusal } from '../kubectl/evictions.ts';
import type { Kubectl } from '../kubectl/kubectl.ts';
import { openKubectl, ProgramError } from '../kubectl/kubectl.ts';
import { textsAt, uidOf } from '../kubectl/objects.ts';
import { budgetsOver } from '../kubectl/ownership.ts';
import type { Controller } from '../kubectl/pods.ts';
import { isDeleted, ownerOf, readyByController, wantedOf } from '../kubectl/pods.ts';
import type { DrainedPod } from './plan.ts';

const longestWaitMilliseconds = 180_000;
const pauseMilliseconds = 1_000;

/** One line each. Throws ExecutionError, or what the checkpoint throws; `done` has been told of each that went. */
export async function evictOneByOne(action: ActionOf<'kubectl.drain'>, pods: readonly DrainedPod[], context: KindContext, done: (pod: DrainedPod) => void): Promise<string[]> {
  const lines: string[] = [];
  const begun = new Set<string>();
  for (const [index, pod] of pods.entries()) {
    await context.checkpoint();
    const kubectl = openKubectl(action, context, pod.namespace);
    const left = `${index} of ${pods.length} pods were evicted.`;
    if (begun.has(pod.controller.uid)) await awaitOthers(pod, kubectl, context, left);
    begun.add(pod.controller.uid);
    lines.push(await evictOne(pod, kubectl, left));
    done(pod);
  }
  return lines;
}

async function evictOne(pod: DrainedPod, kubectl: Kubectl, left: string): Promise<string> {
  const name = `${pod.namespace}/${pod.name}`;
  try {
    await evict(kubectl, pod);
    return `pod ${name} evicted`;
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    const live = await kubectl.find({ resource: 'pod', name: pod.name }).catch(() => null);
    if (isBudgetRefusal(error)) {
      const budgets = live ? await budgetsOver(textsAt(live, '/metadata/labels'), kubectl) : undefined;
      throw new ExecutionError(`Stopped at pod ${name}: ${budgetWords(budgets ?? [])} ${left}`, 'partial', { cause: error });
    }
    if (error.effect === 'none') throw new ExecutionError(`Stopped at pod ${name}: ${error.message} ${left}`, 'partial', { cause: error });
    if (live === null || (live !== undefined && uidOf(live) === pod.uid && !isDeleted(live))) throw new ExecutionError(`Pod ${name} may or may not have been evicted: ${error.message} ${left}`, 'unknown', { cause: error });
    return `pod ${name}: no answer came, but it is gone or on its way`;
  }
}

/** Until its controller has as many ready pods again as before the drain. */
async function awaitOthers({ namespace, controller, ready }: DrainedPod, kubectl: Kubectl, context: KindContext, left: string): Promise<void> {
  const deadline = Date.now() + longestWaitMilliseconds;
  for (;;) {
    if (await isAsReadyAs(ready, controller, kubectl)) return;
    if (Date.now() > deadline) throw new ExecutionError(`Stopped: ${plain(`${controller.kind} ${namespace}/${controller.name}`)} has not become whole again within ${longestWaitMilliseconds / 1000} s. ${left}`, 'partial');
    await sleep(pauseMilliseconds, undefined, { signal: context.signal });
    await context.checkpoint();
  }
}

/** What can't be read now is not. */
async function isAsReadyAs(before: number, controller: Controller, kubectl: Kubectl): Promise<boolean> {
  try {
    const [owner, ready] = await Promise.all([ownerOf(controller, kubectl), readyByController(kubectl)]);
    return owner !== undefined && (ready.get(controller.uid) ?? 0) >= Math.min(before, wantedOf(owner));
  } catch (error) {
    if (error instanceof ProgramError) return false;
    throw error;
  }
}
