/** The menu "Break something" of the shop in the cluster. */
import { droppedIndex } from '../faults/dropped-index.ts';
import type { Fault } from '../faults/fault.ts';
import { forgottenTransaction } from '../faults/forgotten-transaction.ts';
import { leakedConnections } from '../faults/leaked-connections.ts';
import { shortStatementTimeout } from '../faults/short-statement-timeout.ts';
import { badConfigValue, badFlashSale, brokenHelmUpgrade, missingSecretKey } from './configuration.ts';
import type { ClusterFaultContext } from './context.ts';
import { blockingPolicy, cordonedNodes, quotaExceeded, stuckJob, wrongSelector } from './platform.ts';
import { crashingRelease, leakingRelease, lowMemory, missingImage, scaledToZero, slowWorker, wrongHost, wrongPort, wrongProbe } from './rollouts.ts';

export function createClusterFaults(context: ClusterFaultContext): Fault[] {
  return [
    missingImage, crashingRelease, leakingRelease, slowWorker, wrongHost, wrongPort, lowMemory, wrongProbe, scaledToZero,
    badConfigValue, missingSecretKey, badFlashSale, brokenHelmUpgrade,
    wrongSelector, blockingPolicy,
    quotaExceeded, cordonedNodes,
    droppedIndex, forgottenTransaction, leakedConnections, shortStatementTimeout, stuckJob,
  ].map((create) => create(context));
}
