/** Pods: who replaces them, whether they answer. */
import { RefusedError } from '../../errors.ts';
import type { JsonObject } from './json-patch.ts';
import { at } from './json-patch.ts';
import type { Kubectl } from './kubectl.ts';
import { ProgramError } from './kubectl.ts';
import { listAt, numberAt, textAt, uidOf } from './objects.ts';

export interface Controller {
  kind: string;
  name: string;
  uid: string;
}

const replacing = new Set(['ReplicaSet', 'StatefulSet', 'DaemonSet', 'ReplicationController']);

/** Whether a controller of this kind makes another pod at once; a Job does, but starts its work over. */
export const replaces = ({ kind }: Controller): boolean => replacing.has(kind);

/** What the pod says of itself: only words, until `ownerOf` has found it. */
export function controllerOf(pod: JsonObject): Controller | undefined {
  const owner = listAt(pod, '/metadata/ownerReferences').find((one) => one['controller'] === true);
  return owner && { kind: textAt(owner, '/kind') ?? '', name: textAt(owner, '/name') ?? '', uid: textAt(owner, '/uid') ?? '' };
}

/** Owner references are only words: what they name must be there, and be the one. */
export async function ownerOf(controller: Controller, kubectl: Kubectl): Promise<JsonObject | undefined> {
  if (!replaces(controller)) return undefined;
  const owner = await kubectl.find({ resource: controller.kind.toLowerCase(), name: controller.name }).catch(() => undefined);
  return owner && uidOf(owner) === controller.uid ? owner : undefined;
}

/** All pods of that controller, the given one among them. Throws RefusedError. */
export async function siblingsOf(pod: JsonObject, controller: string, kubectl: Kubectl): Promise<JsonObject[]> {
  const pods = await kubectl.list('pods').catch((error: unknown) => {
    throw error instanceof ProgramError ? new RefusedError(`Its neighbours could not be read: ${error.message}`, { cause: error }) : error;
  });
  const own = pods.filter((one) => controllerOf(one)?.uid === controller);
  return own.length === 0 ? [pod] : own;
}

export const isDeleted = (object: JsonObject): boolean => at(object, '/metadata/deletionTimestamp') !== undefined;

export function isReady(pod: JsonObject): boolean {
  return !isDeleted(pod) && listAt(pod, '/status/conditions').some((condition) => condition['type'] === 'Ready' && condition['status'] === 'True');
}

export const restartsOf = (pod: JsonObject): number => listAt(pod, '/status/containerStatuses').reduce((sum, status) => sum + (numberAt(status, '/restartCount') ?? 0), 0);

/** How many pods a ReplicaSet, StatefulSet, DaemonSet or ReplicationController wants. */
export const wantedOf = (owner: JsonObject): number => numberAt(owner, owner['kind'] === 'DaemonSet' ? '/status/desiredNumberScheduled' : '/spec/replicas') ?? (owner['kind'] === 'DaemonSet' ? 0 : 1);

/** Ready pods by controller uid, counted one by one: the status of a controller lags behind. Throws ProgramError. */
export async function readyByController(kubectl: Kubectl): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const pod of await kubectl.list('pods')) {
    const uid = controllerOf(pod)?.uid;
    if (uid !== undefined && isReady(pod)) counts.set(uid, (counts.get(uid) ?? 0) + 1);
  }
  return counts;
}
