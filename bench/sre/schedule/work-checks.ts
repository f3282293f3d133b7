/** Tests the scenarios' own oracles, some worlds at a time. */
import type { LoadedScenario } from '../../../playground/scenarios/load.ts';
import type { CheckRow } from './check-row.ts';
import type { Step } from '../check.ts';
import type { Job } from '../job.ts';
import { launch } from './launch.ts';
import type { Options } from '../options.ts';
import { append, checksFile, parseLine, readLines } from './results.ts';
import { schedule } from './schedule.ts';
import { jobFor, logsOf } from './work-jobs.ts';
import { whatIsMissing } from '../run/worlds.ts';

export interface Work {
  scenarios: readonly LoadedScenario[];
  options: Options;
  signal: AbortSignal;
  say(line: string): void;
  /** The program of children instead of the bench's own. */
  program?: string[];
}

/** What a check may take altogether: a world, three settlings, a relapse window twice. */
const seconds = 420;

/** @returns 0 when every oracle is as it must be */
export async function runChecks({ scenarios, options, signal, say }: Work): Promise<number> {
  const file = checksFile(options.out);
  const have = new Set(options.resume ? readLines<CheckRow>(file).map(({ scenario, seed, world }) => `${scenario} ${seed} ${world}`) : []);
  const jobs = options.seeds.flatMap((seed) => scenarios.map((loaded) => jobFor(loaded, options, { mode: 'check', agent: '', seed, repeat: 1 })))
    .filter((job) => !have.has(`${job.scenario} ${job.seed} ${job.world}`))
    .filter((job) => !leftOut(job));
  const bad: string[] = [];
  const kept = await schedule(jobs, {
    sideBySide: options.sideBySide,
    signal,
    work: async (job): Promise<CheckRow | undefined> => {
      const steps: Step[] = [];
      const launched = await launch(job, {
        seconds,
        logs: logsOf(options),
        signal,
        tell: (line) => {
          const step = parseLine<Step>(line);
          if (step?.step === undefined) return;
          steps.push(step);
          say(`${jobs.length > 1 ? `${job.scenario}: ` : ''}${step.ok ? 'ok ' : 'BAD'} ${step.step} (${step.seconds} s)${step.detail === '' ? '' : `: ${step.detail}`}`);
        },
      });
      if (launched.how === 'interrupted') return undefined;
      return (launched.result as CheckRow | undefined) ?? broken(job, steps, launched.how === 'late' ? `it took longer than ${seconds} s` : `its process ended with ${launched.code}: ${launched.lastWords.trim()}`);
    },
    keep: (job, row, done) => {
      append(file, row);
      if (!row.ok) bad.push(`${job.scenario} (seed ${job.seed})`);
      say(`[${done}/${jobs.length}] ${job.scenario}, seed ${job.seed}: ${row.ok ? 'the oracle is as it must be' : 'BAD'}`);
    },
  });
  say(bad.length === 0 ? `${kept} checked, all as they must be. ${file}` : `${bad.length} of ${kept} are not as they must be: ${bad.join(', ')}. ${file}`);
  return bad.length > 0 || kept < jobs.length ? 1 : 0;

  function leftOut(job: Job): boolean {
    const reason = whatIsMissing(scenarios.find(({ scenario }) => scenario.id === job.scenario)?.scenario ?? {}, job.world);
    if (reason !== undefined) say(`${job.scenario} is left out: ${reason}`);
    return reason !== undefined;
  }
}

function broken(job: Job, steps: Step[], detail: string): CheckRow {
  return { format: 1, scenario: job.scenario, seed: job.seed, world: job.world, ok: false, steps: [...steps, { step: 'the check ends', ok: false, detail, seconds: 0 }], at: new Date().toISOString() };
}
