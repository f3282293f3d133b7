/** Creating and deleting pods on behalf of an owner, with the events that tell of it. */
import type { ClusterClient } from '../../../client.ts';
import type { NewObjectOf, StoredMeta } from '../../../objects/object.ts';
import type { PodTemplateSpec } from '../../../objects/types.ts';
import type { Pod } from './kinds.ts';
import { isNamespaceEnding, messageOf } from './loop.ts';
import { ownerReferenceTo } from './owners.ts';

export interface PodOwner {
  apiVersion: string;
  kind: string;
  metadata: StoredMeta;
}

export type NewPod = NewObjectOf<'pods'>;

/** Labels, annotations and finalizers of the template, owned by `owner`, with a name for the server to finish. */
export function podFrom(template: PodTemplateSpec, owner: PodOwner): NewPod {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    metadata: {
      ...(labels === undefined ? {} : { labels: { ...labels } }),
      ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
      ...(finalizers === undefined ? {} : { finalizers: [...finalizers] }),
      namespace: owner.metadata.namespace,
      generateName: `${owner.metadata.name}-`,
      ownerReferences: [ownerReferenceTo(owner)],
    },
    spec: structuredClone(template.spec),
  };
}

/** Throws what the server refused with, after the FailedCreate event. */
export function createPod(client: ClusterClient, owner: PodOwner, pod: NewPod): Pod {
  try {
    const created = client.create('pods', pod);
    client.event(owner, { type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${created.metadata.name}` });
    return created;
  } catch (error) {
    if (!isNamespaceEnding(error)) client.event(owner, { type: 'Warning', reason: 'FailedCreate', message: `Error creating: ${messageOf(error)}` });
    throw error;
  }
}

/** In batches of 1, 2, 4, ...: the first batch with a failure is the last. Throws its first error, if it isn't that the namespace ends. */
export function createPodsSlowly(count: number, create: (index: number) => void): void {
  let done = 0;
  for (let batch = 1; done < count; batch *= 2) {
    const errors: unknown[] = [];
    for (const end = Math.min(count, done + batch); done < end; done += 1) {
      try {
        create(done);
      } catch (error) {
        if (isNamespaceEnding(error)) return;
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}

export function deletePod(client: ClusterClient, owner: PodOwner, { metadata: { namespace, name, uid } }: Pod): void {
  try {
    client.delete('pods', namespace, name, { uid });
    client.event(owner, { type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${name}` });
  } catch (error) {
    client.event(owner, { type: 'Warning', reason: 'FailedDelete', message: `Error deleting: ${messageOf(error)}` });
    throw error;
  }
}
