/**
 * One change at a time per target: a database, a host, a service, a namespace of a cluster. Keys are paths, and a change waits
 * for every other whose path begins with its own or the other way round: a node belongs to the whole cluster.
 */
import type { Action } from './action.ts';
import { isClusterAction } from './action.ts';

/** Throws for an undo: it takes the key of the change it takes back. */
export function lockKeyOf(action: Action): string {
  if (isClusterAction(action)) return 'namespace' in action ? `cluster/${action.target}/${action.namespace}` : `cluster/${action.target}`;
  if (action.kind === 'change.undo') throw new Error(`The lock of ${action.change} is that change's own.`);
  if (action.kind === 'iptables.rule') return `host/${action.target}`;
  if (action.kind !== 'http.operation') return `database/${action.target}`;
  const { service } = action.parameters;
  return service === undefined ? `operation/${action.operation}` : `service/${service}`;
}
