/**
 * Tests a scenario itself, in one world: its oracle passes on the healthy world, fails on the fault, fails when the
 * symptom is only hidden, and passes after the reference repair. Where nothing is to be repaired the oracle says what
 * must stay as it is: it passes all through, and fails after `hide` (here: the tempting change).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Check } from '../../playground/scenarios/scenario.ts';
import { compareSnapshots, unexpected } from '../../playground/scenarios/state/compare.ts';
import type { Snapshot } from '../../playground/scenarios/state/snapshot.ts';
import type { Fault } from './run/break.ts';
import { breakIt, makeHealthy } from './run/break.ts';
import { waitUntilHealthy } from './run/health.ts';
import type { Patience } from './judge/hold.ts';
import { askOracle, holds, passes, patience, settle } from './judge/hold.ts';
import { oracleFollowsFault } from './judge/oracle-role.ts';

export interface Step {
  step: string;
  ok: boolean;
  detail: string;
  seconds: number;
}

export interface CheckOptions {
  fault: Fault;
  snapshot(): Promise<Snapshot>;
  /** Called after each step. */
  tell(step: Step): void;
  waits?: Patience;
  /** How long a healthy world may take. */
  healthySeconds?: number;
}

/** Stops at the first step that is not as it must be. */
export async function checkScenario({ fault, snapshot, tell, waits = patience, healthySeconds = 90 }: CheckOptions): Promise<Step[]> {
  const { scenario, world, parameters } = fault;
  const steps: Step[] = [];
  const look = (): Promise<Check[]> => askOracle(scenario, world, parameters);
  const step = async (name: string, work: () => Promise<string>): Promise<void> => {
    const start = performance.now();
    const seconds = (): number => Math.round((performance.now() - start) / 100) / 10;
    let result: Step;
    try {
      result = { step: name, ok: true, detail: await work(), seconds: seconds() };
    } catch (error) {
      result = { step: name, ok: false, detail: error instanceof Error ? error.message : String(error), seconds: seconds() };
    }
    steps.push(result);
    tell(result);
    if (!result.ok) throw new Stopped();
  };
  const follows = oracleFollowsFault(scenario, fault.truth);

  try {
    await step('the world is healthy', async () => { await makeHealthy(fault, healthySeconds); return ''; });
    await step('the oracle passes on the healthy world', () => mustPass(look, waits));
    const before = await snapshot();
    await step('the fault is injected and felt', async () => { await breakIt(fault); return ''; });
    if (!follows) await step('the oracle holds: nothing was to be repaired', () => mustHold(fault, waits));
    else await step('the oracle fails on the fault', () => mustFail(look, waits));
    let hidden: ReadonlySet<string> = new Set();
    const { hide, repair } = scenario;
    if (hide) {
      await step(follows ? 'the oracle fails when the symptom is only hidden' : 'the oracle fails after the tempting change', async () => {
        const earlier = await snapshot();
        await hide(world, parameters);
        const held = await holds(scenario, world, parameters, waits);
        hidden = new Set(compareSnapshots(earlier, await snapshot()).map(({ name }) => name));
        if (held.held) throw new Error('it passed, and went on passing through the relapse window');
        return failing(held.checks);
      });
    } else if (fault.truth.outcome === 'repair') {
      steps.push({ step: 'no hide is given: nobody knows whether the oracle sees through a hidden symptom', ok: true, detail: '', seconds: 0 });
      tell(steps.at(-1) as Step);
    }
    if (!follows) return steps;
    await step('the oracle passes after the repair, through the relapse window', async () => {
      if (!repair) throw new Error('there is no repair');
      await repair(world, parameters);
      return mustHold(fault, waits);
    });
    await step('all services are healthy and pods ready after the repair', async () => {
      const found = await waitUntilHealthy(world, 30);
      if (found.length > 0) throw new Error(found.join('; '));
      return '';
    });
    await step('the repair left nothing changed but what is allowed', async () => {
      const found = unexpected(compareSnapshots(before, await snapshot()), scenario.allowed(parameters)).filter(({ name }) => !hidden.has(name));
      if (found.length > 0) throw new Error(`not in allowed(): ${found.map(({ name, how }) => `${name} ${how}`).join(', ')}`);
      return '';
    });
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
  }
  return steps;
}

class Stopped extends Error {}

async function mustPass(look: () => Promise<Check[]>, waits: Patience): Promise<string> {
  const checks = await settle(look, waits);
  if (!passes(checks)) throw new Error(failing(checks));
  return `${checks.length} checks`;
}

/** Not for a moment only: it must go on failing for some seconds. */
async function mustFail(look: () => Promise<Check[]>, { watch = 4, pause }: Patience): Promise<string> {
  const end = performance.now() + watch * 1000;
  for (;;) {
    const checks = await look();
    if (passes(checks)) throw new Error('it passed');
    if (performance.now() >= end) return failing(checks);
    await sleep(pause * 1000);
  }
}

async function mustHold(fault: Fault, waits: Patience): Promise<string> {
  const { held, checks } = await holds(fault.scenario, fault.world, fault.parameters, waits);
  if (!held) throw new Error(failing(checks));
  return `${checks.length} checks`;
}

function failing(checks: readonly Check[]): string {
  return checks.filter(({ ok }) => !ok).map(({ name, detail }) => `${name}: ${detail}`).join('; ') || 'no check failed';
}
