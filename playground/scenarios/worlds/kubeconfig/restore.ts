/** A cluster that others use too: what is altered outside our namespaces is put back, and what is made there is removed. */
import type { ResourceKey, StoredObject } from '../../../cluster/objects/object.ts';
import type { ClusterDoor } from '../../world.ts';
import { documentsOf } from './documents.ts';
import type { Kubectl } from './kubectl.ts';

export interface RestoringDoor {
  door: ClusterDoor;
  /** Newest first; what fails is told and does not keep the rest. */
  restore(log: (line: string) => void): Promise<void>;
}

/** `isOurs`: namespaces that go as a whole. */
export function restoring(door: ClusterDoor, kubectl: Kubectl, settings: { namespace: string; clusterWide: ReadonlySet<string>; isOurs(namespace: string): boolean }): RestoringDoor {
  const { clusterWide } = settings;
  /** As they were before we touched them; undefined: not there. */
  const before = new Map<string, { resource: string; name: string; namespace: string | null; object: StoredObject | undefined }>();
  const remember = async (resource: ResourceKey, name: string, given: string | null | undefined): Promise<void> => {
    const namespace = clusterWide.has(resource) ? null : given ?? settings.namespace;
    if (namespace !== null && settings.isOurs(namespace)) return;
    const key = `${resource} ${namespace ?? ''} ${name}`;
    if (!before.has(key)) before.set(key, { resource, name, namespace, object: (await door.get(resource, name, namespace)) as StoredObject | undefined });
  };
  return {
    door: {
      ...door,
      apply: async (yaml) => {
        for (const { clusterWide: resource, object } of documentsOf(yaml, settings.namespace, clusterWide)) {
          // What lies in a foreign namespace is found by its kind; kubectl knows kinds as well.
          await remember(resource ?? kindOf(object), object.metadata.name, object.metadata.namespace ?? null);
        }
        await door.apply(yaml);
      },
      edit: async (resource, name, change, namespace) => {
        await remember(resource, name, namespace);
        await door.edit(resource, name, change, namespace);
      },
      remove: async (resource, name, namespace) => {
        await remember(resource, name, namespace);
        await door.remove(resource, name, namespace);
      },
    },
    restore: async (log) => {
      for (const { resource, name, namespace, object } of [...before.values()].toReversed()) {
        await putBack(resource, name, namespace, object).catch((error: unknown) => log(`${resource} ${name} could not be put back: ${String(error)}`));
      }
    },
  };

  async function putBack(resource: string, name: string, namespace: string | null, object: StoredObject | undefined): Promise<void> {
    if (!object) {
      // A namespace of ours goes as a whole, and is waited for.
      if (resource !== 'namespaces' || !settings.isOurs(name)) await door.remove(resource, name, namespace);
      return;
    }
    const { resourceVersion: _version, uid: _uid, ...metadata } = object.metadata;
    const words = (await door.get(resource, name, namespace)) ? 'replace' : 'create';
    await kubectl([words, ...(namespace === null ? [] : ['--namespace', namespace]), '--filename', '-'], JSON.stringify({ ...object, metadata }));
  }
}

/** `deployment.apps`: as kubectl takes a kind with its group. */
function kindOf({ apiVersion = '', kind = '' }: { apiVersion?: string; kind?: string }): string {
  return `${kind.toLowerCase()}${apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : ''}`;
}
