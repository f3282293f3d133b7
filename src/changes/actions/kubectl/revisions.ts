/** The rollout history of a workload with the pod template of each revision. */
import { RefusedError } from '../../errors.ts';
import type { JsonObject } from './json-patch.ts';
import { at, isObject } from './json-patch.ts';
import type { Kubectl } from './kubectl.ts';
import { ProgramError } from './kubectl.ts';
import { listAt, nameOf, numberAt, textsAt, uidOf } from './objects.ts';

export interface Revision {
  revision: number;
  /** Of the object that keeps it: a replica set or a controller revision. */
  name: string;
  template: JsonObject;
}

/** Oldest first. Throws RefusedError when it can't be read. */
export async function readRevisions(workload: JsonObject, kubectl: Kubectl): Promise<Revision[]> {
  const deployment = workload['kind'] === 'Deployment';
  const labels = textsAt(workload, '/spec/selector/matchLabels');
  try {
    const keepers = await kubectl.list(deployment ? 'replicasets' : 'controllerrevisions', labels);
    const own = keepers.filter((keeper) => listAt(keeper, '/metadata/ownerReferences').some((owner) => owner['uid'] === uidOf(workload) && owner['controller'] === true));
    return own.flatMap((keeper) => {
      const revision = deployment ? Number(textsAt(keeper, '/metadata/annotations')['deployment.kubernetes.io/revision']) : numberAt(keeper, '/revision');
      const template = at(keeper, deployment ? '/spec/template' : '/data/spec/template');
      return revision !== undefined && Number.isInteger(revision) && isObject(template) ? [{ revision, name: nameOf(keeper), template: withoutHash(template) }] : [];
    }).sort((one, other) => one.revision - other.revision);
  } catch (error) {
    throw error instanceof ProgramError ? new RefusedError(`The rollout history could not be read: ${error.message}`, { cause: error }) : error;
  }
}

/** What the controllers add for themselves. */
function withoutHash(template: JsonObject): JsonObject {
  const { $patch: _patch, metadata, ...rest } = template;
  if (!isObject(metadata)) return { ...rest };
  const { labels, ...others } = metadata;
  if (!isObject(labels)) return { ...rest, metadata };
  const { 'pod-template-hash': _hash, ...kept } = labels;
  return { ...rest, metadata: { ...others, labels: kept } };
}
