/** Wakes the owner when something it controls changes, and whoever might adopt an orphan. */
import type { ClusterClient } from '../../../client.ts';
import type { KnownKey, ObjectOf, StoredMeta } from '../../../objects/object.ts';
import { matchesSelector } from '../../../objects/selectors.ts';
import type { LabelSelector } from '../../../objects/types.ts';
import { keyOfObject, type Controller } from '../../controller.ts';
import { controllerOf } from './owners.ts';

type SelectingKey = 'deployments.apps' | 'replicasets.apps' | 'replicationcontrollers' | 'statefulsets.apps' | 'daemonsets.apps' | 'jobs.batch';
interface Child { metadata: StoredMeta }

/** `owner`: its resource and kind. `child`: what it controls. */
export function watchOwned<K extends KnownKey>(client: ClusterClient, queue: Controller, owner: { resource: SelectingKey; kind: string }, child: K): () => void {
  const wake = (object: Child): void => {
    const controller = controllerOf(object);
    if (controller !== undefined) {
      if (controller.kind === owner.kind) queue.enqueue(`${object.metadata.namespace ?? ''}/${controller.name}`);
      return;
    }
    if (object.metadata.deletionTimestamp !== undefined) return;
    const { namespace, labels } = object.metadata;
    if (labels === undefined || namespace === undefined) return;
    for (const candidate of client.list(owner.resource, { namespace })) {
      if (matchesSelector(selectorOf(candidate), labels)) queue.enqueue(keyOfObject(candidate));
    }
  };
  return client.watch(child, {
    added: (object: ObjectOf<K>) => wake(object as unknown as Child),
    modified: (object: ObjectOf<K>, previous: ObjectOf<K>) => {
      const before = controllerOf(previous as unknown as Child);
      if (before !== undefined && before.uid !== controllerOf(object as unknown as Child)?.uid) wake(previous as unknown as Child);
      wake(object as unknown as Child);
    },
    deleted: (object: ObjectOf<K>) => wake(object as unknown as Child),
  });
}

/** A ReplicationController's selector is nothing but labels. */
export function selectorOf({ kind, spec }: { kind: string; spec?: { selector?: LabelSelector | Record<string, string> } }): LabelSelector | undefined {
  return kind === 'ReplicationController' && spec?.selector !== undefined ? { matchLabels: spec.selector as Record<string, string> } : spec?.selector as LabelSelector | undefined;
}

/** Wakes an object's own loop. */
export function watchSelf<K extends KnownKey>(client: ClusterClient, queue: Controller, resource: K): () => void {
  const wake = (object: ObjectOf<K>): void => queue.enqueue(keyOfObject(object as unknown as Child));
  return client.watch(resource, { added: wake, modified: wake, deleted: wake });
}
