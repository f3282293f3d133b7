/** The cluster as somebody with kubectl and an administrator's credentials. */
import { Writable } from 'node:stream';
import { withAppliedNote } from '../../../cluster/applied-note.ts';
import type { Cluster } from '../../../cluster/cluster.ts';
import type { ResourceKey } from '../../../cluster/objects/object.ts';
import type { ClusterDoor } from '../../world.ts';

export function openCluster(cluster: Pick<Cluster, 'client' | 'apply' | 'runtime'>, shopNamespace: string): ClusterDoor {
  const client = cluster.client.as({ name: 'kubectl', manager: 'kubectl-edit', user: 'kubernetes-admin' });
  /** Cluster-wide objects are found without saying so. */
  const find = <K extends ResourceKey>(resource: K, name: string, namespace: string | null | undefined) =>
    namespace === undefined ? (client.get(resource, shopNamespace, name) ?? client.get(resource, undefined, name)) : client.get(resource, namespace ?? undefined, name);

  return {
    get: async (resource, name, namespace) => structuredClone(find(resource, name, namespace)),
    list: async (resource, { namespace, labels } = {}) => {
      const matching = labels === undefined ? {} : { labels };
      const objects = client.list(resource, { ...(namespace === null ? {} : { namespace: namespace ?? shopNamespace }), ...matching });
      const found = objects.length > 0 || namespace !== undefined ? objects : client.list(resource, matching).filter(({ metadata }) => metadata.namespace === undefined);
      return structuredClone(found);
    },
    apply: async (yaml) => cluster.apply(withAppliedNote(yaml, shopNamespace), 'kubectl-client-side-apply', shopNamespace),
    edit: async (resource, name, change, namespace) => {
      const object = find(resource, name, namespace);
      const written = object && client.modify(resource, object.metadata.namespace, name, change);
      if (!written) throw new Error(`There is no ${resource} ${name}${namespace === null ? '' : ` in ${namespace ?? shopNamespace}`}.`);
    },
    remove: async (resource, name, namespace) => {
      const object = find(resource, name, namespace);
      if (object) client.delete(resource, object.metadata.namespace, name, { propagation: 'Background' });
    },
    logs: async (pod, container, { previous = false, tail = 200, namespace = shopNamespace } = {}) => {
      const object = client.get('pods', namespace, pod);
      const name = container ?? object?.spec?.containers[0]?.name;
      if (!object || name === undefined) throw new Error(`There is no pod ${pod} in ${namespace}.`);
      const chunks: Buffer[] = [];
      const output = new Writable({ write: (chunk: Buffer, _encoding, done) => (chunks.push(Buffer.from(chunk)), done()) });
      await cluster.runtime.logs(object, name, { follow: false, previous, timestamps: false, tailLines: tail }, output, new AbortController().signal);
      return Buffer.concat(chunks).toString('utf8');
    },
  };
}
