import { changeVariable } from './changed-variable.ts';
import type { Fault, FaultContext } from './fault.ts';

/** The process is up and says so; it only never waits long enough for an answer. */
export function shortUpstreamTimeout(context: FaultContext): Fault {
  return {
    id: 'short-upstream-timeout',
    title: 'Set an upstream timeout too low',
    description: 'Frontend waits 3 ms for catalog and checkout, which need longer.',
    area: 'Service',
    ...changeVariable(context, { service: 'frontend', variable: 'UPSTREAM_TIMEOUT_MS', wrong: () => '3' }),
  };
}
