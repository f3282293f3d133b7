import { changeVariable } from './changed-variable.ts';
import type { Fault, FaultContext } from './fault.ts';

/** The service refuses to start and starts again, and again. */
export function invalidVariable(context: FaultContext): Fault {
  return {
    id: 'invalid-variable',
    title: 'Set a wrong environment variable',
    description: 'Catalog gets a POOL_SIZE that is no number and crashes at each start.',
    area: 'Service',
    ...changeVariable(context, { service: 'catalog', variable: 'POOL_SIZE', wrong: () => 'unlimited' }),
  };
}
