/** Shorthand for the kinds that come with the cluster. */
import { keyOf, verbs as allVerbs } from '../resource.ts';
import type { ResourceDefinition, Strategy, Subresource, TableDefinition, Verb } from '../resource.ts';

export interface BuiltIn {
  plural: string;
  kind: string;
  /** `configmap` where it isn't the kind in small letters. */
  singular?: string;
  shortNames?: string[];
  categories?: string[];
  subresources?: Subresource[];
  verbs?: Verb[];
  /** In schema/kubernetes.json, where it isn't named as the kind. */
  type?: string;
  hash?: string;
}

export interface Parts {
  strategyOf(key: string): Strategy;
  tableOf(key: string): TableDefinition;
}

export type Group = (parts: Parts) => ResourceDefinition[];

export function group(name: string, version: string, kinds: { namespaced?: BuiltIn[]; cluster?: BuiltIn[] }): Group {
  return ({ strategyOf, tableOf }) => {
    const define = (kind: BuiltIn, namespaced: boolean): ResourceDefinition => {
      const key = keyOf({ group: name, plural: kind.plural });
      return {
        group: name, version, plural: kind.plural, singular: kind.singular ?? kind.kind.toLowerCase(), kind: kind.kind, listKind: `${kind.kind}List`,
        namespaced, shortNames: kind.shortNames ?? [], categories: kind.categories ?? [], verbs: kind.verbs ?? allVerbs,
        subresources: kind.subresources ?? [], ...(kind.hash === undefined ? {} : { storageVersionHash: kind.hash }),
        shape: { type: kind.type ?? kind.kind }, strategy: strategyOf(key), table: tableOf(key),
      };
    };
    return [...(kinds.namespaced ?? []).map((kind) => define(kind, true)), ...(kinds.cluster ?? []).map((kind) => define(kind, false))];
  };
}

export const status = (kind: string): Subresource => ({ name: 'status', kind, verbs: ['get', 'patch', 'update'] });

export const scale = (selector = 'status.selector'): Subresource => ({
  name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: ['get', 'patch', 'update'],
  scale: { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas', selector },
});
