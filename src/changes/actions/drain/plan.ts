/** Which pods of a node a drain evicts, which it leaves, and why it may not. */
import type { ActionOf } from '../../action.ts';
import { RefusedError } from '../../errors.ts';
import type { KindContext } from '../kind.ts';
import { plain, plural } from '../words.ts';
import type { EvictedPod } from '../kubectl/evictions.ts';
import { budgetWords, rehearseEviction } from '../kubectl/evictions.ts';
import type { JsonObject } from '../kubectl/json-patch.ts';
import { isObject } from '../kubectl/json-patch.ts';
import type { Kubectl } from '../kubectl/kubectl.ts';
import { openKubectl, ProgramError } from '../kubectl/kubectl.ts';
import { listAt, nameOf, textAt, textsAt, uidOf } from '../kubectl/objects.ts';
import type { DisruptionBudget } from '../kubectl/ownership.ts';
import { budgetsOver } from '../kubectl/ownership.ts';
import type { Controller } from '../kubectl/pods.ts';
import { controllerOf, isDeleted, isReady, ownerOf, readyByController, replaces, wantedOf } from '../kubectl/pods.ts';

export interface DrainedPod extends EvictedPod {
  controller: Controller;
  /** How many pods of its controller were ready before. */
  ready: number;
}

export interface DrainPlan {
  pods: DrainedPod[];
  /** For people: one line a pod. */
  lines: string[];
  left: string[];
  budgetNotes: string[];
  tightest?: number;
  /** Controllers of which no ready pod is anywhere else. */
  alone: string[];
}

/** A node's usual limit of pods; more is for a person. */
const mostPods = 110;

interface Candidate extends DrainedPod {
  pod: JsonObject;
  owner: JsonObject;
  budgets: DisruptionBudget[];
}

/** Throws RefusedError. */
export async function planDrain(action: ActionOf<'kubectl.drain'>, context: KindContext): Promise<DrainPlan> {
  const node = openKubectl(action, context);
  const all = await node.listOnNode(action.name).catch((error: unknown) => {
    throw error instanceof ProgramError ? new RefusedError(`The pods of node ${action.name} could not be read: ${error.message}`, { cause: error }) : error;
  });
  const left = all.flatMap((pod) => reasonToStay(pod) ?? []);
  const leaving = all.filter((pod) => reasonToStay(pod) === undefined).sort((one, other) => wordsOf(one).localeCompare(wordsOf(other), 'en'));
  if (leaving.length === 0) throw new RefusedError(`No pod of node ${action.name} would be evicted: cordon it instead.`);
  if (leaving.length > mostPods) throw new RefusedError(`Node ${action.name} has ${leaving.length} pods to evict, more than ${mostPods}: drain it by hand.`);
  refuseUnreplaced(leaving);
  const within = (namespace: string): Kubectl => openKubectl(action, context, namespace);
  const ready = new Map<string, number>();
  for (const namespace of new Set(leaving.map(namespaceOf))) for (const [uid, count] of await readyIn(namespace, within(namespace))) ready.set(uid, count);
  const candidates: Candidate[] = [];
  for (const pod of leaving) candidates.push(await candidateOf(pod, ready, within(namespaceOf(pod))));
  refuseTightBudgets(candidates);
  for (const one of candidates) await rehearseEviction(within(one.namespace), one, one.budgets);
  const budgets = [...new Map(candidates.flatMap(({ namespace, budgets: some }) => some.map((budget) => [`${namespace}/${budget.name}`, budget] as const))).values()];
  return {
    pods: candidates.map(({ namespace, name, uid, controller, ready }) => ({ namespace, name, uid, controller, ready })),
    lines: candidates.map(lineOf),
    left,
    budgetNotes: budgets.map((budget) => budgetWords([budget])),
    ...(budgets.length > 0 && { tightest: Math.min(...budgets.map(({ allowed }) => allowed)) }),
    alone: [...new Set(candidates.filter(({ controller, ready }) => ready > 0 && ready <= candidates.filter((other) => other.controller.uid === controller.uid && isReady(other.pod)).length).map(({ namespace, controller }) => plain(`${controller.kind} ${namespace}/${controller.name}`)))],
  };
}

/** Undefined for one that is evicted. */
function reasonToStay(pod: JsonObject): string | undefined {
  const phase = textAt(pod, '/status/phase');
  if (textsAt(pod, '/metadata/annotations')['kubernetes.io/config.mirror'] !== undefined) return `${wordsOf(pod)}: a mirror pod, which the kubelet itself keeps`;
  if (controllerOf(pod)?.kind === 'DaemonSet') return `${wordsOf(pod)}: of a DaemonSet, which would put it back at once`;
  if (phase === 'Succeeded' || phase === 'Failed') return `${wordsOf(pod)}: it has ended`;
  return isDeleted(pod) ? `${wordsOf(pod)}: it is being deleted already` : undefined;
}

function refuseUnreplaced(pods: readonly JsonObject[]): void {
  const unreplaced = pods.flatMap((pod) => {
    const controller = controllerOf(pod);
    if (controller !== undefined && replaces(controller)) return [];
    return [`${wordsOf(pod)} (${controller === undefined ? 'no controller owns it' : controller.kind === 'Job' ? 'of a Job, whose work would start over: wait until it is done' : `of a ${plain(controller.kind)}`})`];
  });
  if (unreplaced.length > 0) throw new RefusedError(`Nothing would simply replace ${unreplaced.slice(0, 10).join(', ')}${unreplaced.length > 10 ? ` and ${unreplaced.length - 10} more` : ''}. See to ${unreplaced.length === 1 ? 'it' : 'them'} by hand first.`);
}

async function readyIn(namespace: string, kubectl: Kubectl): Promise<ReadonlyMap<string, number>> {
  return readyByController(kubectl).catch((error: unknown) => {
    throw error instanceof ProgramError ? new RefusedError(`The pods of namespace ${namespace} could not be read: ${error.message}`, { cause: error }) : error;
  });
}

async function candidateOf(pod: JsonObject, ready: ReadonlyMap<string, number>, kubectl: Kubectl): Promise<Candidate> {
  const controller = controllerOf(pod) as Controller;
  const owner = await ownerOf(controller, kubectl);
  if (owner === undefined || isDeleted(owner)) throw new RefusedError(`Nothing would replace pod ${wordsOf(pod)}: ${plain(`${controller.kind} ${controller.name}`)}, which it names, is not there or could not be read.`);
  const budgets = await budgetsOver(textsAt(pod, '/metadata/labels'), kubectl);
  if (budgets === undefined) throw new RefusedError(`Which disruption budgets cover ${wordsOf(pod)} could not be read: the executor needs list on poddisruptionbudgets there.`);
  if (budgets.length > 1) throw new RefusedError(`Pod ${wordsOf(pod)} has ${budgets.length} disruption budgets (${budgets.map(({ name }) => plain(name)).join(', ')}); the Eviction API takes no pod with more than one.`);
  return { pod, owner, budgets, namespace: namespaceOf(pod), name: nameOf(pod), uid: uidOf(pod), controller, ready: ready.get(controller.uid) ?? 0 };
}

/** Each eviction asks again; but what can't end well does not begin. */
function refuseTightBudgets(candidates: readonly Candidate[]): void {
  for (const { namespace, budgets: [budget] } of candidates) {
    if (budget === undefined) continue;
    const covered = candidates.filter((one) => one.namespace === namespace && one.budgets[0]?.name === budget.name && isReady(one.pod)).length;
    if (covered > budget.allowed) throw new RefusedError(`${plural(covered, 'ready pod')} of namespace ${namespace} would go, but ${budgetWords([budget])}`);
  }
}

function lineOf({ pod, controller, ready, owner }: Candidate): string {
  const volumes = listAt(pod, '/spec/volumes');
  const claims = volumes.flatMap((volume) => textAt(volume, '/persistentVolumeClaim/claimName') ?? []);
  return [
    `${wordsOf(pod)}: ${plain(`${controller.kind} ${controller.name}`)} (${ready} of ${wantedOf(owner)} ready) makes another`,
    ...(volumes.some((volume) => isObject(volume['emptyDir'])) ? ['its emptyDir volumes are lost'] : []),
    ...(claims.length > 0 ? [`it starts elsewhere only if ${claims.map((claim) => plain(claim)).join(', ')} can follow`] : []),
    ...(isReady(pod) ? [] : ['it is not ready now']),
  ].join('; ');
}

const namespaceOf = (pod: JsonObject): string => textAt(pod, '/metadata/namespace') ?? '';
const wordsOf = (pod: JsonObject): string => plain(`${namespaceOf(pod)}/${nameOf(pod)}`);
