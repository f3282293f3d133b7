/** A cluster through kubectl. */
import { stringify } from 'yaml';
import type { ObjectOf, ResourceKey, StoredObject } from '../../../cluster/objects/object.ts';
import type { ClusterDoor } from '../../world.ts';
import type { Kubectl } from './kubectl.ts';
import { documentsOf } from './documents.ts';

const tries = 8;

export function openCluster(kubectl: Kubectl, shopNamespace: string, clusterWide: ReadonlySet<string>): ClusterDoor {
  const where = (resource: string, namespace: string | null | undefined): string[] => (namespace === null || clusterWide.has(resource) ? [] : ['--namespace', namespace ?? shopNamespace]);
  const read = async <K extends ResourceKey>(resource: K, name: string, namespace?: string | null): Promise<ObjectOf<K> | undefined> => {
    const text = await kubectl(['get', resource, name, ...where(resource, namespace), '--ignore-not-found', '--show-managed-fields', '--output', 'json']);
    return text.trim() === '' ? undefined : (JSON.parse(text) as ObjectOf<K>);
  };
  return {
    get: read,
    list: async <K extends ResourceKey>(resource: K, { namespace, labels }: { namespace?: string | null; labels?: Record<string, string> } = {}) => {
      const everywhere = namespace === null && !clusterWide.has(resource) ? ['--all-namespaces'] : where(resource, namespace);
      const selector = labels === undefined ? [] : ['--selector', Object.entries(labels).map(([name, value]) => `${name}=${value}`).join(',')];
      const text = await kubectl(['get', resource, ...everywhere, ...selector, '--output', 'json']);
      return (JSON.parse(text) as { items: StoredObject[] }).items as ObjectOf<K>[];
    },
    apply: async (yaml) => void (await kubectl(['apply', '--filename', '-'], documentsOf(yaml, shopNamespace, clusterWide).map(({ object }) => stringify(object)).join('---\n'))),
    edit: async (resource, name, change, namespace) => {
      for (let left = tries; ; left -= 1) {
        const object = await read(resource, name, namespace);
        if (!object) throw new Error(`There is no ${resource} ${name}${namespace === null ? '' : ` in ${namespace ?? shopNamespace}`}.`);
        const copy = structuredClone(object);
        change(copy);
        if (JSON.stringify(copy) === JSON.stringify(object)) return;
        try {
          // With its resourceVersion: somebody else's write in between is a conflict.
          await kubectl(['replace', ...where(resource, namespace), '--field-manager', 'kubectl-edit', '--filename', '-'], JSON.stringify(copy));
          return;
        } catch (error) {
          if (left <= 1 || !/object has been modified|Conflict/i.test(String(error))) throw error;
        }
      }
    },
    remove: async (resource, name, namespace) => void (await kubectl(['delete', resource, name, ...where(resource, namespace), '--ignore-not-found', '--wait=false'])),
    logs: (pod, container, { previous = false, tail = 200, namespace = shopNamespace } = {}) =>
      kubectl(['logs', pod, ...(container === undefined ? [] : ['--container', container]), '--namespace', namespace, '--tail', String(tail), ...(previous ? ['--previous'] : [])]),
  };
}

/** `plural.group` of what has no namespace. */
export async function clusterWideResources(kubectl: Kubectl): Promise<Set<string>> {
  const text = await kubectl(['api-resources', '--namespaced=false', '--output', 'name']);
  return new Set(text.split('\n').map((line) => line.trim()).filter((line) => line !== ''));
}
