/** Whether a repair holds: the oracle passes, goes on passing after what would bring the fault back, and does so for a while. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Check, Scenario } from '../../../playground/scenarios/scenario.ts';
import type { World } from '../../../playground/scenarios/world.ts';

export interface Patience {
  /** Seconds the oracle may take until it passes: pods start, traffic turns over. */
  settle: number;
  /** Seconds between two looks. */
  pause: number;
  /** Seconds a fault must go on being seen, in the check of an oracle. */
  watch?: number;
}

export const patience: Patience = { settle: 20, pause: 1, watch: 4 };

export interface Held {
  held: boolean;
  /** The last look; the failing one when it did not hold. */
  checks: Check[];
}

/** The oracle passes, is provoked, passes again, and holds for the relapse window. */
export async function holds(scenario: Scenario, world: World, parameters: unknown, waits: Patience = patience): Promise<Held> {
  const look = (): Promise<Check[]> => askOracle(scenario, world, parameters);
  const first = await settle(look, waits);
  if (!passes(first)) return { held: false, checks: first };
  if (scenario.relapse?.provoke) {
    await scenario.relapse.provoke(world, parameters);
    const again = await settle(look, waits);
    if (!passes(again)) return { held: false, checks: relapsed(again) };
  }
  return watch(look, scenario.relapse?.seconds ?? 10, waits);
}

/** Never throws: an oracle that does has failed. One that looked at nothing has, too. */
export async function askOracle(scenario: Scenario, world: World, parameters: unknown): Promise<Check[]> {
  try {
    const checks = await scenario.oracle(world, parameters);
    return checks.length > 0 ? checks : [{ name: 'the oracle', ok: false, detail: 'it looked at nothing' }];
  } catch (error) {
    return [{ name: 'the oracle', ok: false, detail: `it threw: ${error instanceof Error ? error.message : String(error)}` }];
  }
}

export function passes(checks: readonly Check[]): boolean {
  return checks.length > 0 && checks.every(({ ok }) => ok);
}

/** Looks until it passes or the time is over. */
export async function settle(look: () => Promise<Check[]>, waits: Patience): Promise<Check[]> {
  const end = performance.now() + waits.settle * 1000;
  for (;;) {
    const checks = await look();
    if (passes(checks) || performance.now() >= end) return checks;
    await sleep(waits.pause * 1000);
  }
}

/** A failing look is looked at once more: a request that a busy machine lost is no relapse, and what relapsed is still there. */
async function watch(look: () => Promise<Check[]>, seconds: number, waits: Patience): Promise<Held> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    let checks = await look();
    if (!passes(checks)) {
      await sleep(waits.pause * 1000);
      checks = await look();
    }
    if (!passes(checks)) return { held: false, checks: relapsed(checks) };
    if (performance.now() >= end) return { held: true, checks };
    await sleep(waits.pause * 1000);
  }
}

function relapsed(checks: readonly Check[]): Check[] {
  return checks.map((check) => (check.ok ? check : { ...check, detail: `it came back: ${check.detail}` }));
}
