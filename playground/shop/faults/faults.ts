/** The menu "Break something". */
import { droppedIndex } from './dropped-index.ts';
import type { Fault, FaultContext } from './fault.ts';
import { forgottenTransaction } from './forgotten-transaction.ts';
import { invalidVariable } from './invalid-variable.ts';
import { leakedConnections } from './leaked-connections.ts';
import { shortStatementTimeout } from './short-statement-timeout.ts';
import { shortUpstreamTimeout } from './short-upstream-timeout.ts';
import { stuckJob } from './stuck-job.ts';
import { wrongHost } from './wrong-host.ts';
import { wrongPort } from './wrong-port.ts';

export function createFaults(context: FaultContext): Fault[] {
  return [
    droppedIndex, forgottenTransaction, leakedConnections, shortStatementTimeout,
    invalidVariable, stuckJob, shortUpstreamTimeout,
    wrongHost, wrongPort,
  ].map((create) => create(context));
}
