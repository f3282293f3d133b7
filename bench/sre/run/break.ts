/** The way to a broken world, the same for contestants and for the check of an oracle. */
import type { Scenario, Truth } from '../../../playground/scenarios/scenario.ts';
import type { World } from '../../../playground/scenarios/world.ts';
import { waitUntilHealthy } from './health.ts';
import { askOracle, passes } from '../judge/hold.ts';
import { Ended } from './phases.ts';

export interface Fault {
  scenario: Scenario;
  world: World;
  parameters: unknown;
  truth: Truth;
}

/** The scenario's own part of a healthy world, then the whole of it well. Throws with what is not. */
export async function makeHealthy({ scenario, world, parameters }: Fault, seconds = 90): Promise<void> {
  await scenario.prepare?.(world, parameters);
  const found = await waitUntilHealthy(world, seconds);
  if (found.length > 0) throw new Error(`The world was not healthy within ${seconds} s: ${found.join('; ')}`);
}

/** Throws an Ended: the injector failed, or nobody could feel the fault. */
export async function breakIt({ scenario, world, parameters, truth }: Fault, seconds = 60): Promise<void> {
  try {
    await scenario.inject(world, parameters);
  } catch (error) {
    throw new Ended('injector-failed', error instanceof Error ? error.message : String(error));
  }
  try {
    await world.until('the symptom', () => felt(), seconds);
  } catch (error) {
    throw new Ended('no-symptom', `Nobody felt the fault within ${seconds} s: ${error instanceof Error ? error.message : String(error)}`);
  }

  async function felt(): Promise<boolean> {
    if (scenario.symptom) return scenario.symptom(world, parameters);
    if (truth.outcome !== 'repair') return true;
    return !passes(await askOracle(scenario, world, parameters));
  }
}
