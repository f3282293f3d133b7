/** Measures contestants: every scenario, seed and repeat, some worlds at a time. */
import { mkdirSync } from 'node:fs';
import { needsModel } from '../contestants/index.ts';
import { whyNotPlayed } from '../contestants/model/play.ts';
import type { Job } from '../job.ts';
import { launch } from './launch.ts';
import { longestFirst, schedule } from './schedule.ts';
import type { Unfinished } from '../run/phases.ts';
import type { RunRecord } from '../record.ts';
import { noteRun } from '../report/about.ts';
import { writeReport } from '../report/write.ts';
import { progress } from './progress.ts';
import { earlierSeconds, keepRun, parseLine, readLines, runsFile, sameRun, settled } from './results.ts';
import { unjudged } from '../run/unjudged.ts';
import type { Work } from './work-checks.ts';
import { createPurse, paidFor } from './purse.ts';
import { jobFor, logsOf } from './work-jobs.ts';
import { whatIsMissing } from '../run/worlds.ts';

export interface RunWork extends Work {
  contestants: readonly string[];
  /** The options as they were typed. */
  typed: string;
  /** Seconds a run may take beside its contestant's. */
  besides?: number;
}

/** Beside the contestant's own seconds: a world, a fault, a judgement, closing. */
const usualBesides = 330;

/** Dollars for one live run, the product's own default. */
const mostForOne = 3;

/** @returns 0 unless there is nothing that could be measured, or it is to be strict and something is not repaired */
export async function runAll({ scenarios, contestants, options, typed, signal, say, program, besides = usualBesides }: RunWork): Promise<number> {
  const file = runsFile(options.out);
  const earlier = readLines<RunRecord>(file);
  const have = options.resume ? settled(earlier) : new Set<string>();
  const repeats = Array.from({ length: options.repeats }, (_, index) => index + 1);
  const all = contestants.flatMap((agent) => options.seeds.flatMap((seed) => repeats.flatMap((repeat) => scenarios.map((loaded) => ({ loaded, job: jobFor(loaded, options, { mode: 'run', agent, seed, repeat }) })))));
  const wanted = all.filter(({ job }) => !have.has(sameRun(job)));
  if (wanted.length < all.length) say(`${all.length - wanted.length} of ${all.length} are in ${file} already.`);

  const missing = new Map(scenarios.map((loaded) => [loaded, whatIsMissing(loaded.scenario, options.world)]));
  const reasons = new Map(wanted.map(({ loaded, job }) => [job, missing.get(loaded) ?? (needsModel(job.agent) ? whyNotPlayed(job) : undefined)]));
  for (const { loaded, job } of wanted) {
    const reason = reasons.get(job);
    if (reason === undefined) continue;
    keepRun(file, unjudged(job, loaded.scenario, 'left-out', reason));
    say(`${job.scenario} ${job.agent}: left out, ${reason}`);
  }

  const scenarioOf = new Map(wanted.map(({ loaded, job }) => [job.scenario, loaded.scenario]));
  const jobs = longestFirst(wanted.filter(({ job }) => reasons.get(job) === undefined).map(({ job }) => job), earlierSeconds(earlier));
  mkdirSync(options.out, { recursive: true });
  if (jobs.length > 0) noteRun(options.out, { options: typed, sideBySide: options.sideBySide });
  const purse = createPurse(options.dollars - (options.resume ? paidFor(earlier.map(({ attempt }) => attempt)) : 0));
  const kept = await schedule(jobs, {
    sideBySide: options.sideBySide,
    signal,
    work: (job) => {
      const scenario = scenarioOf.get(job.scenario);
      if (job.play !== 'live' || !needsModel(job.agent) || !scenario) return measure(job);
      return purse.pay(Math.min(job.dollars, mostForOne), (dollars) => measure({ ...job, dollars }), () => unjudged(job, scenario, 'left-out', `The $${options.dollars} of --dollars are spent.`));
    },
    keep: (job, record, done) => {
      keepRun(file, record);
      say(`[${done}/${jobs.length}] ${progress(job, record)}`);
    },
  });
  say(`${kept} runs, ${file}`);
  if (readLines(file).length === 0) return 1;
  await writeReport(options.out);
  const asked = new Set(all.map(({ job }) => sameRun(job)));
  return options.strict && readLines<RunRecord>(file).some((record) => asked.has(sameRun(record)) && !record.repaired) ? 1 : 0;

  /** Undefined: interrupted. */
  async function measure(job: Job): Promise<RunRecord | undefined> {
    const seconds = job.deadline + besides;
    let phase: { phase: string; ending: Unfinished } = { phase: 'load', ending: 'judge-failed' };
    const launched = await launch(job, { seconds, logs: logsOf(options), signal, tell: (line) => { const told = parseLine<Partial<typeof phase>>(line); if (told?.phase !== undefined && told.ending !== undefined) phase = { phase: told.phase, ending: told.ending }; }, ...(program && { program }) });
    if (launched.how === 'interrupted') return undefined;
    if (launched.result !== undefined) return launched.result as RunRecord;
    const scenario = scenarioOf.get(job.scenario);
    if (!scenario) return undefined;
    const why = launched.how === 'late' ? `it took longer than ${seconds} s and was killed` : `its process ended with ${launched.code}: ${launched.lastWords.trim().slice(-500)}`;
    return unjudged(job, scenario, phase.ending, `In the phase '${phase.phase}' ${why}`);
  }
}
