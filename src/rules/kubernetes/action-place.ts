/** Where a typed change goes, among what was read. */
import type { Action } from '../../changes/action.ts';
import type { NamespaceReading } from '../cluster-readings.ts';
import type { Readings } from '../readings.ts';

/** Undefined: it goes elsewhere, or that was not read. */
export function namespaceOf(action: Action, { clusters = [] }: Readings): NamespaceReading | undefined {
  if (!('target' in action) || !('namespace' in action)) return undefined;
  return clusters.find(({ name }) => name === action.target)?.namespaces.find(({ namespace }) => namespace === action.namespace);
}
