/** The rollout history of a workload with the pod template of each revision. */
import { RefusedError } from '../../errors.ts';
import type { Json, JsonObject } from './json-patch.ts';
import { at, isObject, sameJson } from './json-patch.ts';
import type { Kubectl } from './kubectl.ts';
import { ProgramError } from './kubectl.ts';
import { listAt, nameOf, numberAt, textsAt, uidOf } from './objects.ts';
import { selects } from './ownership.ts';

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
    const own = keepers.filter((keeper) => listAt(keeper, '/metadata/ownerReferences').some((owner) => owner['uid'] === uidOf(workload) && owner['controller'] === true) && (!deployment || isOfController(keeper, workload)));
    return own.flatMap((keeper) => {
      const revision = deployment ? Number(textsAt(keeper, '/metadata/annotations')['deployment.kubernetes.io/revision']) : numberAt(keeper, '/revision');
      const template = at(keeper, deployment ? '/spec/template' : '/data/spec/template');
      return revision !== undefined && Number.isInteger(revision) && isObject(template) ? [{ revision, name: nameOf(keeper), template: withoutHash(template) }] : [];
    }).sort((one, other) => one.revision - other.revision);
  } catch (error) {
    throw error instanceof ProgramError ? new RefusedError(`The rollout history could not be read: ${error.message}`, { cause: error }) : error;
  }
}

/**
 * Anybody who may create a replica set can write an owner into it. Those of the deployment controller are named after the
 * deployment and the hash that they, their selector and their pods carry. Whoever forges all of it may start any pod
 * there anyway; what a rollback brings is shown field by field.
 */
function isOfController(keeper: JsonObject, workload: JsonObject): boolean {
  const hash = textsAt(keeper, '/metadata/labels')[hashLabel];
  const selector = at(keeper, '/spec/selector');
  if (hash === undefined || nameOf(keeper) !== `${nameOf(workload)}-${hash}` || !isObject(selector)) return false;
  const { [hashLabel]: selected, ...others } = textsAt(selector, '/matchLabels');
  const { matchLabels: _labels, ...rest } = selector;
  const pods = textsAt(keeper, '/spec/template/metadata/labels');
  const asWanted = { ...rest, matchLabels: others };
  return selected === hash && pods[hashLabel] === hash && selects(at(workload, '/spec/selector'), pods) && sameJson(asWanted, { matchLabels: {}, ...withObject(at(workload, '/spec/selector')) });
}

const hashLabel = 'pod-template-hash';

const withObject = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

/** What the controllers add for themselves. */
function withoutHash(template: JsonObject): JsonObject {
  const { $patch: _patch, metadata, ...rest } = template;
  if (!isObject(metadata)) return { ...rest };
  const { labels, ...others } = metadata;
  if (!isObject(labels)) return { ...rest, metadata };
  const { 'pod-template-hash': _hash, ...kept } = labels;
  return { ...rest, metadata: { ...others, labels: kept } };
}
