/** The fields of an action that say what is changed. Another one would be another change, not an edit of this one. */
import type { Action } from './action.ts';
import { canonicalJson } from './canonical-json.ts';

export const identityFields: ReadonlySet<string> = new Set([
  'kind', 'target', 'namespace', 'workload', 'resource', 'name', 'release', 'container', 'operation', 'parameters.service', 'schema', 'table', 'database', 'role', 'scope', 'setting', 'option',
  'variable', 'key', 'host', 'object', 'change', 'sessions', 'connections', 'index', 'uid', 'group', 'plural', 'field', 'version', 'column', 'constraint', 'source', 'family', 'chain',
]);

/** Those that are not the same in both, by their names. */
export function movedIdentity(before: Action, after: Action): string[] {
  return [...identityFields].filter((name) => canonicalJson([valueAt(before, name) ?? null]) !== canonicalJson([valueAt(after, name) ?? null]));
}

/** The other fields that differ, by their names; of nested ones the outermost. */
export function editedFields(before: Action, after: Action): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => canonicalJson([valueAt(before, name) ?? null]) !== canonicalJson([valueAt(after, name) ?? null]));
}

function valueAt(action: Action, name: string): unknown {
  return name.split('.').reduce<unknown>((value, key) => (typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined), action);
}
