/** A strategy from what is particular to a kind: everything else is the same for all of them. */
import { isDeepStrictEqual } from 'node:util';
import type { StoredObject } from '../../objects/object.ts';
import type { FieldError, Strategy } from '../resource.ts';
import { validateMetadata, validateMetadataUpdate } from './validation/metadata.ts';
import type { NameRule } from './validation/names.ts';

export interface Particular {
  namespaced?: boolean;
  nameRule?: NameRule;
  defaults?(object: StoredObject): void;
  /** Status belongs to its own door: a create starts with this one, an update keeps what is there. */
  initialStatus?(object: StoredObject): Record<string, unknown>;
  /** Counts versions of these fields in metadata.generation. */
  generationOf?: readonly string[];
  prepareCreate?(object: StoredObject): void;
  prepareUpdate?(next: StoredObject, previous: StoredObject): void;
  prepareStatus?(next: StoredObject, previous: StoredObject): void;
  /** In creates and updates. */
  validate?(object: StoredObject): FieldError[];
  validateUpdate?(next: StoredObject, previous: StoredObject): FieldError[];
  gracePeriodSeconds?: Strategy['gracePeriodSeconds'];
  selectableFields?: Strategy['selectableFields'];
}

export function strategy(kind: Particular): Strategy {
  const { initialStatus, generationOf = [] } = kind;
  return {
    ...(kind.defaults === undefined ? {} : { setDefaults: kind.defaults }),
    prepareForCreate(object) {
      if (initialStatus !== undefined) object['status'] = initialStatus(object);
      if (generationOf.length > 0) object.metadata.generation = 1;
      kind.prepareCreate?.(object);
    },
    prepareForUpdate(next, previous) {
      if (initialStatus !== undefined) keep(next, previous, 'status');
      kind.prepareUpdate?.(next, previous);
      const changed = generationOf.some((field) => !isDeepStrictEqual(valueAt(next, field), valueAt(previous, field)));
      if (changed) next.metadata.generation = (previous.metadata.generation ?? 0) + 1;
    },
    prepareForStatusUpdate(next, previous) {
      for (const field of new Set([...Object.keys(next), ...Object.keys(previous)])) if (field !== 'status' && field !== 'metadata') keep(next, previous, field);
      kind.prepareStatus?.(next, previous);
    },
    validateCreate: (object) => [...validateMetadata(object, kind.nameRule ?? 'subdomain', kind.namespaced ?? true), ...(kind.validate?.(object) ?? [])],
    validateUpdate: (next, previous) => {
      const metadata = validateMetadataUpdate(next, previous);
      const changes = kind.validateUpdate?.(next, previous) ?? [];
      const errors = [...metadata, ...(kind.validate?.(next) ?? [])];
      return [...errors, ...changes.filter((change) => !errors.some((error) => error.field === change.field && error.detail === change.detail))];
    },
    ...(kind.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: kind.gracePeriodSeconds }),
    ...(kind.selectableFields === undefined ? {} : { selectableFields: kind.selectableFields }),
  };
}

function keep(next: StoredObject, previous: StoredObject, field: string): void {
  if (previous[field] === undefined) delete next[field];
  else next[field] = structuredClone(previous[field]);
}

function valueAt(object: StoredObject, path: string): unknown {
  const value = path.split('.').reduce<unknown>((inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[key] : undefined), object);
  return value ?? {};
}
