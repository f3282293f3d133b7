/** Every template a stateful or daemon set ever had, kept as ControllerRevisions: kubectl reads its rollout history there. */
import { isDeepStrictEqual } from 'node:util';
import type { ClusterClient } from '../../../client.ts';
import { podTemplateHash } from '../../../objects/pod-template-hash.ts';
import { matchesSelector } from '../../../objects/selectors.ts';
import type { PodTemplateSpec } from '../../../objects/types.ts';
import type { ControllerRevision, DaemonSet, StatefulSet } from './kinds.ts';
import { isAlreadyExists } from './loop.ts';
import { claim, isControlledBy, ownerReferenceTo } from './owners.ts';

export interface Revisions {
  /** Of the present template. */
  update: ControllerRevision;
  /** All, oldest first; the last one is `update`. */
  all: ControllerRevision[];
  /** How often a name was taken by another template. */
  collisions: number;
}

type Owner = StatefulSet | DaemonSet;

/** Finds, renumbers or makes the revision of the present template. `hashLabel`: where its hash goes. */
export function syncRevisions(client: ClusterClient, owner: Owner, hashLabel: string): Revisions {
  const kept = claimRevisions(client, owner);
  const data = dataOf(owner);
  const last = kept.at(-1);
  let collisions = owner.status?.collisionCount ?? 0;
  const same = kept.findLast((revision) => isDeepStrictEqual(revision.data, data));
  if (same !== undefined && same === last) return { update: same, all: kept, collisions };
  const number = (last?.revision ?? 0) + 1;
  if (same !== undefined) {
    const renumbered = client.modify('controllerrevisions.apps', owner.metadata.namespace, same.metadata.name, (copy) => {
      copy.revision = number;
    }) ?? same;
    return { update: renumbered, all: [...kept.filter((revision) => revision !== same), renumbered], collisions };
  }
  for (;;) {
    const created = create(client, owner, { data, number, collisions, hashLabel });
    if (created !== undefined) return { update: created, all: [...kept, created], collisions };
    collisions += 1;
  }
}

/** The pod template a revision holds. */
export function templateIn(revision: ControllerRevision): PodTemplateSpec {
  const { $patch: _, ...template } = (revision.data as { spec?: { template?: PodTemplateSpec & { $patch?: string } } } | undefined)?.spec?.template ?? {};
  return template;
}

/** Deletes the oldest ones beyond the limit, sparing those in use. */
export function forgetRevisions(client: ClusterClient, { all }: Revisions, inUse: ReadonlySet<string>, limit: number): void {
  const idle = all.filter(({ metadata }) => !inUse.has(metadata.name));
  for (const { metadata } of idle.slice(0, Math.max(0, idle.length - limit))) {
    client.delete('controllerrevisions.apps', metadata.namespace, metadata.name, { uid: metadata.uid });
  }
}

function claimRevisions(client: ClusterClient, owner: Owner): ControllerRevision[] {
  return claim({
    owner,
    candidates: client.list('controllerrevisions.apps', { namespace: owner.metadata.namespace }),
    matches: (revision) => matchesSelector(owner.spec?.selector, revision.metadata.labels),
    change: (revision, change) => client.modify('controllerrevisions.apps', revision.metadata.namespace, revision.metadata.name, (copy) => change(copy.metadata)),
  }).toSorted((first, second) => first.revision - second.revision || Number(first.metadata.name > second.metadata.name) - 0.5);
}

/** A strategic merge patch that puts the template back. */
function dataOf(owner: Owner): { spec: { template: Record<string, unknown> } } {
  return { spec: { template: { $patch: 'replace', ...structuredClone(owner.spec?.template) } } };
}

interface NewRevision {
  data: { spec: { template: Record<string, unknown> } };
  number: number;
  collisions: number;
  hashLabel: string;
}

/** Undefined when the name is taken by another template's revision. */
function create(client: ClusterClient, owner: Owner, { data, number, collisions, hashLabel }: NewRevision): ControllerRevision | undefined {
  const hash = podTemplateHash(data, collisions);
  const { namespace, annotations } = owner.metadata;
  const name = `${owner.metadata.name}-${hash}`;
  try {
    return client.create('controllerrevisions.apps', {
      metadata: {
        name, namespace,
        labels: { ...owner.spec?.template.metadata?.labels, [hashLabel]: hash },
        ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
        ownerReferences: [ownerReferenceTo(owner)],
      },
      data,
      revision: number,
    });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const met = client.get('controllerrevisions.apps', namespace, name);
    return met !== undefined && isControlledBy(met, owner) && isDeepStrictEqual(met.data, data) ? met : undefined;
  }
}
