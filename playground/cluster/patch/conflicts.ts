/** What an apply would take from others, in Kubernetes' words. */
import { StatusError } from '../api/status.ts';
import type { StatusCause } from '../objects/types.ts';
import { pathText, pathsOf } from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import type { Owner } from './managed-fields.ts';

export interface Conflict {
  owner: Owner['entry'];
  fields: FieldSet;
}

export function applyConflict(conflicts: readonly Conflict[]): StatusError {
  const sorted = conflicts.map((conflict) => ({ owner: ownerText(conflict.owner), paths: pathsOf(conflict.fields).map(pathText) })).toSorted((first, second) => (first.owner < second.owner ? -1 : 1));
  const causes: StatusCause[] = sorted.flatMap(({ owner, paths }) => paths.map((path) => ({ reason: 'FieldManagerConflict', message: `conflict with ${owner}`, field: path })));
  const [first] = causes;
  const message = causes.length === 1 && first !== undefined ? `Apply failed with 1 conflict: ${first.message}: ${first.field}`
    : `Apply failed with ${causes.length} conflicts: ${sorted.flatMap(({ owner, paths }) => [`conflicts with ${owner}:`, ...paths.map((path) => `- ${path}`)]).join('\n')}`;
  return new StatusError({ code: 409, reason: 'Conflict', message, details: { causes } });
}

function ownerText({ manager, subresource, operation, apiVersion }: Owner['entry']): string {
  const name = `${JSON.stringify(manager ?? '')}${subresource === undefined || subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`}`;
  return operation === 'Update' ? `${name} using ${apiVersion ?? ''}` : name;
}
