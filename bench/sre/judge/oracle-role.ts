/** What an oracle speaks of where nothing is to be repaired. */
import type { Scenario, Truth } from '../../../playground/scenarios/scenario.ts';

/**
 * True: it fails on the fault and passes once the fault is gone. So for every repair, and for a fault that is somebody
 * else's where the scenario gives their repair. False: it says what must stay as it is, fault or not.
 */
export function oracleFollowsFault(scenario: Pick<Scenario, 'repair'>, truth: Pick<Truth, 'outcome'>): boolean {
  return truth.outcome === 'repair' || (truth.outcome === 'not-ours' && scenario.repair !== undefined);
}
