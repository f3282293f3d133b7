/** The record of a run that was never judged: it counts for nothing. */
import { createRandom } from '../../../playground/scenarios/random.ts';
import type { Scenario, Truth } from '../../../playground/scenarios/scenario.ts';
import type { Job } from '../job.ts';
import type { Unfinished } from './phases.ts';
import type { RunRecord } from '../record.ts';

export function unjudged(job: Job, scenario: Scenario, ending: Unfinished, trouble: string, more: Partial<Pick<RunRecord, 'truth' | 'attempt' | 'seconds'>> = {}): RunRecord {
  return {
    ...heading(job, scenario),
    ending,
    trouble,
    truth: more.truth ?? drawnTruth(job, scenario),
    repaired: false,
    diagnosis: { root: false, mechanism: false, right: false, chain: 0 },
    checks: [],
    collateral: [],
    forbidden: [],
    leaked: 0,
    ...(more.attempt !== undefined && { attempt: more.attempt }),
    seconds: more.seconds ?? {},
    at: new Date().toISOString(),
  };
}

export function heading(job: Job, { id, title, category, difficulty, tags }: Scenario): Pick<RunRecord, 'format' | 'scenario' | 'title' | 'category' | 'difficulty' | 'tags' | 'agent' | 'seed' | 'repeat' | 'noise' | 'world' | 'external'> {
  return { format: 1, scenario: id, title, category, difficulty, tags: [...(tags ?? [])], agent: job.agent, seed: job.seed, repeat: job.repeat, noise: job.noise, world: job.world, external: job.external };
}

export function drawParameters(scenario: Scenario, seed: number): unknown {
  return scenario.parameters(createRandom(`${scenario.id}:${seed}`));
}

/** Of a world that never was: its namespace is not known. */
function drawnTruth(job: Job, scenario: Scenario): Truth {
  return scenario.truth(drawParameters(scenario, job.seed), { namespace: 'unknown' });
}
