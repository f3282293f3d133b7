/** One change at a time per target: a database, a service, an object of a cluster, or an operation that belongs to no service. */
import type { Action, ClusterAction } from './action.ts';
import { isClusterAction } from './action.ts';

export function lockKeyOf(action: Action): string {
  if (isClusterAction(action)) return `cluster/${action.target}/${objectOf(action)}`;
  if (action.kind !== 'http.operation') return `database/${action.target}`;
  const { service } = action.parameters;
  return service === undefined ? `operation/${action.operation}` : `service/${service}`;
}

/** Two kinds that write the same object share its key. */
function objectOf(action: ClusterAction): string {
  switch (action.kind) {
    case 'kubectl.cordon':
    case 'kubectl.uncordon':
      return `node/${action.name}`;
    case 'helm.rollback':
      return `${action.namespace}/release/${action.release}`;
    case 'kubectl.configmap_key':
      return `${action.namespace}/configmap/${action.name}`;
    case 'kubectl.secret_key':
      return `${action.namespace}/secret/${action.name}`;
    case 'kubectl.delete_pod':
      return `${action.namespace}/pod/${action.name}`;
    case 'kubectl.patch':
      return `${action.namespace}/${action.resource}/${action.name}`;
    default:
      return `${action.namespace}/${action.workload}/${action.name}`;
  }
}
