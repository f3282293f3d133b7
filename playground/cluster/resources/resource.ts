/** One kind of object as the API server knows it. Built-in kinds are described in this folder, custom ones come from CRDs. */
import type { StoredObject } from '../objects/object.ts';

export const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] as const;
export type Verb = (typeof verbs)[number];

export interface ResourceDefinition {
  /** '' for core. */
  group: string;
  version: string;
  plural: string;
  singular: string;
  kind: string;
  listKind: string;
  namespaced: boolean;
  shortNames: readonly string[];
  categories: readonly string[];
  verbs: readonly Verb[];
  /** Discovery shows them, authorization checks them as `plural/name`. */
  subresources: readonly Subresource[];
  storageVersionHash?: string;
  shape: Shape;
  strategy: Strategy;
  table: TableDefinition;
}

export interface Subresource {
  name: string;
  kind: string;
  /** When it differs from its parent's. */
  group?: string;
  version?: string;
  verbs: readonly ('create' | 'delete' | 'get' | 'patch' | 'update')[];
  /** For `scale`: where the numbers are, as JSON paths without the leading dot ('spec.replicas'). */
  scale?: { specReplicas: string; statusReplicas: string; selector?: string };
}

/** What the fields are: a type of schema/kubernetes.json, or a CRD's own OpenAPI schema. */
export type Shape = { type: string } | { openapi: Record<string, unknown> };

/** One thing wrong with a field, in Kubernetes' words: see field errors of apimachinery. */
export interface FieldError {
  reason: 'FieldValueRequired' | 'FieldValueInvalid' | 'FieldValueNotSupported' | 'FieldValueForbidden' | 'FieldValueDuplicate' | 'FieldValueNotFound' | 'FieldValueTooLong' | 'FieldValueTypeInvalid';
  /** `spec.containers[0].image`. */
  field: string;
  /** `Required value`, `Invalid value: 0: must be ...`: everything after `<field>: `. */
  detail: string;
}

/** What is particular to a kind. Objects are private copies here: change them in place. */
export interface Strategy {
  /** Fills what the user left out, also in an update. */
  setDefaults?(object: StoredObject): void;
  /** Drops what the client may not set (status), sets generation 1 where the kind has one. */
  prepareForCreate?(object: StoredObject): void;
  /** Keeps status, raises generation when the spec differs. */
  prepareForUpdate?(next: StoredObject, previous: StoredObject): void;
  /** For `/status`: keeps everything but status. */
  prepareForStatusUpdate?(next: StoredObject, previous: StoredObject): void;
  validateCreate?(object: StoredObject): FieldError[];
  validateUpdate?(next: StoredObject, previous: StoredObject): FieldError[];
  /** Finalizers that the server itself adds, and what else a delete means (a pod gets its grace period). Seconds; 0 deletes at once. */
  gracePeriodSeconds?(object: StoredObject, asked: number | undefined): number;
  /** Field selectors beside metadata.name and metadata.namespace: `status.phase` -> its value. */
  selectableFields?(object: StoredObject): Record<string, string>;
}

export interface TableColumn {
  name: string;
  /** integer, string, date, boolean, number. */
  type: string;
  format: string;
  description: string;
  /** 0 always shown, 1 with -o wide. */
  priority: number;
}

export interface TableDefinition {
  columns: readonly TableColumn[];
  /** Cells in the order of the columns. `now`: milliseconds since the epoch, for ages. */
  row(object: StoredObject, now: number): (string | number | boolean | null)[];
}

/** The kinds that are served now; CRDs add to it and take away. */
export interface ResourceRegistry {
  /** By `plural.group`. */
  byKey(key: string): ResourceDefinition | undefined;
  byPath(group: string, version: string, plural: string): ResourceDefinition | undefined;
  byKind(group: string, kind: string): ResourceDefinition | undefined;
  all(): readonly ResourceDefinition[];
  add(definition: ResourceDefinition): void;
  remove(key: string): void;
}

export const keyOf = ({ group, plural }: Pick<ResourceDefinition, 'group' | 'plural'>): string => (group === '' ? plural : `${plural}.${group}`);
export const apiVersionOf = ({ group, version }: Pick<ResourceDefinition, 'group' | 'version'>): string => (group === '' ? version : `${group}/${version}`);
