/** Kubernetes objects as kubectl prints them: JSON, of which only what is asked for is looked at. */
import type { Json, JsonObject } from './json-patch.ts';
import { at, isObject } from './json-patch.ts';

export interface ObjectReference {
  /** As kubectl names it in the singular: deployment, configmap. */
  resource: string;
  /** Absent for what belongs to the cluster. */
  namespace?: string;
  name: string;
}

export const textAt = (object: Json, path: string): string | undefined => {
  const value = at(object, path);
  return typeof value === 'string' ? value : undefined;
};

export const numberAt = (object: Json, path: string): number | undefined => {
  const value = at(object, path);
  return typeof value === 'number' ? value : undefined;
};

export const listAt = (object: Json, path: string): JsonObject[] => {
  const value = at(object, path);
  return Array.isArray(value) ? value.filter(isObject) : [];
};

/** Labels, annotations, selectors: only its texts. */
export const textsAt = (object: Json, path: string): Record<string, string> => {
  const value = at(object, path);
  return isObject(value) ? Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string')) : {};
};

export const nameOf = (object: Json): string => textAt(object, '/metadata/name') ?? '';
export const uidOf = (object: Json): string => textAt(object, '/metadata/uid') ?? '';

export function wordsOf({ resource, namespace, name }: ObjectReference): string {
  return namespace === undefined ? `${resource} ${name}` : `${resource} ${namespace}/${name}`;
}

/** What a change can be about: neither state, nor what the API server and controllers keep for themselves. */
export function comparable(object: JsonObject): JsonObject {
  const { status: _status, metadata, ...rest } = object;
  if (!isObject(metadata)) return rest;
  const kept = Object.entries(metadata).filter(([key]) => !bookkeeping.has(key));
  const { annotations } = metadata;
  const clean = isObject(annotations) ? Object.entries(annotations).filter(([key]) => !ownAnnotations.has(key)) : undefined;
  return { ...rest, metadata: { ...Object.fromEntries(kept), ...(clean && { annotations: Object.fromEntries(clean) }) } };
}

const bookkeeping = new Set(['managedFields', 'resourceVersion', 'generation', 'creationTimestamp', 'selfLink']);
const ownAnnotations = new Set(['kubectl.kubernetes.io/last-applied-configuration', 'deployment.kubernetes.io/revision']);

