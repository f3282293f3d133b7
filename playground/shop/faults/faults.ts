/** The menu "Break something" of the shop. */
import { droppedIndex } from './dropped-index.ts';
import type { Fault } from './fault.ts';
import { forgottenTransaction } from './forgotten-transaction.ts';
import { leakedConnections } from './leaked-connections.ts';
import { shortStatementTimeout } from './short-statement-timeout.ts';
import { badConfigValue, badFlashSale, brokenHelmUpgrade, missingSecretKey } from './configuration.ts';
import type { FaultContext } from './context.ts';
import { blockingPolicy, cordonedNodes, quotaExceeded, stuckJob, wrongSelector } from './platform.ts';
import { crashingRelease, leakingRelease, lowMemory, missingImage, scaledToZero, slowWorker, wrongHost, wrongPort, wrongProbe } from './rollouts.ts';

export function createFaults(context: FaultContext): Fault[] {
  return [
    missingImage, crashingRelease, leakingRelease, slowWorker, wrongHost, wrongPort, lowMemory, wrongProbe, scaledToZero,
    badConfigValue, missingSecretKey, badFlashSale, brokenHelmUpgrade,
    wrongSelector, blockingPolicy,
    quotaExceeded, cordonedNodes,
    droppedIndex, forgottenTransaction, leakedConnections, shortStatementTimeout, stuckJob,
  ].map((create) => create(context));
}
