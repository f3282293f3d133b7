/** Who owns whom, over all kinds. */
import type { StoredMeta } from '../../objects/object.ts';
import type { OwnerReference } from '../../objects/types.ts';
import type { KnownKind } from './kinds.ts';

export interface GraphNode {
  kind: KnownKind;
  namespace: string | undefined;
  name: string;
  uid: string;
  owners: readonly OwnerReference[];
}

export interface OwnerGraph {
  put(kind: KnownKind, metadata: StoredMeta): void;
  remove(uid: string): GraphNode | undefined;
  get(uid: string): GraphNode | undefined;
  dependentsOf(uid: string): GraphNode[];
  ofKind(key: string): GraphNode[];
}

export function createOwnerGraph(): OwnerGraph {
  const nodes = new Map<string, GraphNode>();
  const dependents = new Map<string, Set<string>>();
  const unlink = ({ owners, uid }: GraphNode): void => {
    for (const owner of owners) {
      const others = dependents.get(owner.uid);
      others?.delete(uid);
      if (others?.size === 0) dependents.delete(owner.uid);
    }
  };
  return {
    put: (kind, { namespace, name, uid, ownerReferences = [] }) => {
      const previous = nodes.get(uid);
      if (previous !== undefined) unlink(previous);
      nodes.set(uid, { kind, namespace, name, uid, owners: ownerReferences });
      for (const owner of ownerReferences) {
        const others = dependents.get(owner.uid) ?? new Set();
        others.add(uid);
        dependents.set(owner.uid, others);
      }
    },
    remove: (uid) => {
      const node = nodes.get(uid);
      if (node === undefined) return undefined;
      unlink(node);
      nodes.delete(uid);
      return node;
    },
    get: (uid) => nodes.get(uid),
    dependentsOf: (uid) => [...(dependents.get(uid) ?? [])].flatMap((dependent) => nodes.get(dependent) ?? []),
    ofKind: (key) => [...nodes.values()].filter(({ kind }) => kind.key === key),
  };
}
