/** ?labelSelector= and ?fieldSelector= of a list or watch. */
import { matchesRequirements, parseFieldSelector, parseLabelSelector } from '../../objects/selectors.ts';
import type { StoredObject } from '../../objects/object.ts';
import type { ResourceDefinition } from '../../resources/resource.ts';
import { badRequest } from '../status.ts';

export interface Selection {
  /** There is a selector at all. */
  narrow: boolean;
  matches(object: StoredObject): boolean;
}

export function selectionOf(definition: ResourceDefinition, query: URLSearchParams): Selection {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '');
  const probe = definition.strategy.selectableFields?.(emptyOf(definition)) ?? {};
  for (const { field } of fields) {
    if (field !== 'metadata.name' && field !== 'metadata.namespace' && !Object.hasOwn(probe, field)) throw badRequest(`field label not supported: ${field}`);
  }
  return {
    narrow: labels.length + fields.length > 0,
    matches: (object) => matchesRequirements(labels, object.metadata.labels) && fields.every(({ field, equal, value }) => (valueOf(definition, object, field) === value) === equal),
  };
}

function valueOf(definition: ResourceDefinition, object: StoredObject, field: string): string {
  if (field === 'metadata.name') return object.metadata.name;
  if (field === 'metadata.namespace') return object.metadata.namespace ?? '';
  return definition.strategy.selectableFields?.(object)[field] ?? '';
}

/** To learn which fields a kind can be selected by. */
function emptyOf({ kind }: ResourceDefinition): StoredObject {
  return { apiVersion: '', kind, metadata: { name: '', namespace: '', uid: '', resourceVersion: '', creationTimestamp: '' }, spec: {}, status: {}, involvedObject: {}, source: {} };
}
