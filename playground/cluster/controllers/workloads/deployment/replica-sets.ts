/** The ReplicaSet of a Deployment's present template, found or made, and the older ones. */
import type { ClusterClient } from '../../../client.ts';
import { podTemplateHash } from '../../../objects/pod-template-hash.ts';
import type { DeploymentCondition } from '../../../objects/types.ts';
import type { Deployment, ReplicaSet } from '../shared/kinds.ts';
import { isAlreadyExists, messageOf } from '../shared/loop.ts';
import { isControlledBy, ownerReferenceTo } from '../shared/owners.ts';
import { sameTemplate, templateHashLabel } from '../shared/templates.ts';
import { find, hasProgressDeadline, withCondition } from './conditions.ts';
import { nextSizeOfNew } from './limits.ts';
import { announceResize } from './resize.ts';
import { highestRevision, revisionAnnotation, withReplicas, withRevision } from './revisions.ts';

export interface Sets {
  deployment: Deployment;
  newest: ReplicaSet | undefined;
  old: ReplicaSet[];
}

export const allSets = ({ newest, old }: Sets): ReplicaSet[] => (newest === undefined ? old : [...old, newest]);

export const oldestFirst = (sets: readonly ReplicaSet[]): ReplicaSet[] =>
  sets.toSorted((first, second) => compareText(first.metadata.creationTimestamp, second.metadata.creationTimestamp) || compareText(first.metadata.name, second.metadata.name));

const compareText = (first: string, second: string): number => Number(first > second) - Number(first < second);

/** Splits its sets into the present template's and the rest, numbering the newest; makes it when there is none and `create` says so. */
export function syncSets(client: ClusterClient, deployment: Deployment, sets: readonly ReplicaSet[], create: boolean): Sets {
  const newest = oldestFirst(sets).find((set) => sameTemplate(set.spec?.template, deployment.spec?.template));
  const old = sets.filter((set) => set !== newest);
  const revision = highestRevision(old) + 1;
  if (newest !== undefined) return { ...number(client, deployment, newest, revision), old };
  return create ? { ...make(client, deployment, old, revision), old } : { deployment, newest, old };
}

type Newest = Omit<Sets, 'old'>;

function number(client: ClusterClient, deployment: Deployment, set: ReplicaSet, revision: number): Newest {
  const minReadySeconds = deployment.spec?.minReadySeconds;
  const newest = client.modify('replicasets.apps', set.metadata.namespace, set.metadata.name, (copy) => {
    copy.metadata.annotations = withRevision(copy.metadata.annotations, deployment, revision);
    if (copy.spec !== undefined && (copy.spec.minReadySeconds ?? 0) !== (minReadySeconds ?? 0)) copy.spec.minReadySeconds = minReadySeconds;
  }) ?? set;
  const found = find(deployment.status?.conditions, 'Progressing') !== undefined ? undefined
    : { type: 'Progressing', status: 'True', reason: 'FoundNewReplicaSet', message: `Found new replica set "${newest.metadata.name}"` };
  return { newest, deployment: record(client, deployment, newest.metadata.annotations?.[revisionAnnotation], found) };
}

function make(client: ClusterClient, deployment: Deployment, old: readonly ReplicaSet[], revision: number): Newest {
  const set = describe(deployment, old, revision);
  const { name } = set.metadata;
  const created = createOrMeet(client, deployment, set);
  const size = created.spec?.replicas ?? 0;
  if (created.isNew && size > 0) announceResize(client, deployment, name, 0, size);
  const condition = created.isNew ? { type: 'Progressing', status: 'True', reason: 'NewReplicaSetCreated', message: `Created new replica set "${name}"` } : undefined;
  return { newest: created, deployment: record(client, deployment, String(revision), condition) };
}

function describe(deployment: Deployment, old: readonly ReplicaSet[], revision: number) {
  const template = structuredClone(deployment.spec?.template ?? {});
  const hash = podTemplateHash(template, deployment.status?.collisionCount);
  const labels = { ...template.metadata?.labels, [templateHashLabel]: hash };
  const selector = structuredClone(deployment.spec?.selector ?? {});
  return {
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace,
      labels: { ...labels },
      annotations: withReplicas(withRevision(undefined, deployment, revision), deployment),
      ownerReferences: [ownerReferenceTo(deployment)],
    },
    spec: {
      replicas: nextSizeOfNew(deployment, old, 0),
      ...(deployment.spec?.minReadySeconds ? { minReadySeconds: deployment.spec.minReadySeconds } : {}),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [templateHashLabel]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

/** A set of that name with our template is ours; with another one the hash collided, and the next try hashes differently. */
function createOrMeet(client: ClusterClient, deployment: Deployment, set: ReturnType<typeof describe>): ReplicaSet & { isNew: boolean } {
  try {
    return { ...client.create('replicasets.apps', set), isNew: true };
  } catch (error) {
    if (!isAlreadyExists(error)) {
      const message = `Failed to create new replica set "${set.metadata.name}": ${messageOf(error)}`;
      record(client, deployment, undefined, { type: 'Progressing', status: 'False', reason: 'ReplicaSetCreateError', message });
      client.event(deployment, { type: 'Warning', reason: 'ReplicaSetCreateError', message });
      throw error;
    }
    const met = client.get('replicasets.apps', set.metadata.namespace, set.metadata.name);
    if (met !== undefined && isControlledBy(met, deployment) && sameTemplate(met.spec?.template, set.spec.template)) return { ...met, isNew: false };
    client.modify('deployments.apps', deployment.metadata.namespace, deployment.metadata.name, (copy) => {
      copy.status = { ...copy.status, collisionCount: (copy.status?.collisionCount ?? 0) + 1 };
    }, 'status');
    throw error;
  }
}

/** The revision goes through the status door, where it doesn't raise the generation. */
function record(client: ClusterClient, deployment: Deployment, revision: string | undefined, condition: Pick<DeploymentCondition, 'type' | 'status' | 'reason' | 'message'> | undefined): Deployment {
  const { namespace, name } = deployment.metadata;
  return client.modify('deployments.apps', namespace, name, (copy) => {
    if (revision !== undefined) copy.metadata.annotations = { ...copy.metadata.annotations, [revisionAnnotation]: revision };
    if (condition !== undefined && hasProgressDeadline(deployment)) {
      copy.status = { ...copy.status, conditions: withCondition(copy.status?.conditions ?? [], condition) };
    }
  }, 'status') ?? deployment;
}
