/** One change at a time per target: a database, a service, or an operation that belongs to no service. */
import type { Action } from './action.ts';

export function lockKeyOf(action: Action): string {
  if (action.kind !== 'http.operation') return `database/${action.target}`;
  const { service } = action.parameters;
  return service === undefined ? `operation/${action.operation}` : `service/${service}`;
}
