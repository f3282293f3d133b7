/** One job in a process of its own: node child.ts <assignment.json>. Its result goes to a file; what it has to tell, line by line, to standard output. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { loadScenario } from '../../../playground/scenarios/load.ts';
import { takeSnapshot } from '../../../playground/scenarios/state/snapshot.ts';
import { checkScenario } from '../check.ts';
import type { CheckRow } from './check-row.ts';
import type { Assignment, Job } from '../job.ts';
import { message } from '../run/phases.ts';
import type { RunRecord } from '../record.ts';
import { runOnce } from '../run.ts';
import { drawParameters } from '../run/unjudged.ts';
import { openWorldOf, settingsOf } from '../run/worlds.ts';

const { job, directory, result } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Assignment;
const stop = new AbortController();
const closings: (() => Promise<void>)[] = [];
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void interrupted());
// A stray rejection of something the bench watches must not take the judge along; the log says what it was.
process.on('unhandledRejection', (error) => log(`unhandled: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`));

const record = job.mode === 'check' ? await check(job) : await run(job);
writeFileSync(`${result}.part`, JSON.stringify(record));
renameSync(`${result}.part`, result);
await endWith(0);

async function run(job: Job): Promise<RunRecord> {
  return runOnce(job, {
    scenario: await loadScenario(job.file),
    directory,
    signal: stop.signal,
    log,
    begun: (phase, ending) => void process.stdout.write(`${JSON.stringify({ phase, ending })}\n`),
    openWorld: async (settings) => {
      const running = await openWorldOf(job.world, settings);
      closings.push(() => running.close());
      return running;
    },
    contestant: async () => {
      const { findContestant } = await import('../contestants/index.ts');
      return findContestant(job.agent, { play: job.play, record: job.record, ...(job.baseUrl !== undefined && { baseUrl: job.baseUrl }), ...(job.agentCommand !== undefined && { agentCommand: job.agentCommand }) });
    },
    snapshot: takeSnapshot,
  });
}

async function check(job: Job): Promise<CheckRow> {
  const scenario = await loadScenario(job.file);
  const parameters = drawParameters(scenario, job.seed);
  const row = { format: 1, scenario: scenario.id, seed: job.seed, world: job.world, at: new Date().toISOString() } as const;
  try {
    const running = await openWorldOf(job.world, settingsOf(job, scenario, directory, log));
    closings.push(() => running.close());
    const fault = { scenario, world: running.world, parameters, truth: scenario.truth(parameters, running.world) };
    const steps = await checkScenario({
      fault,
      snapshot: () => takeSnapshot(running.world),
      tell: (step) => process.stdout.write(`${JSON.stringify(step)}\n`),
    });
    return { ...row, ok: steps.every(({ ok }) => ok), steps };
  } catch (error) {
    const step = { step: 'a world opens', ok: false, detail: message(error), seconds: 0 };
    process.stdout.write(`${JSON.stringify(step)}\n`);
    return { ...row, ok: false, steps: [step] };
  }
}

async function interrupted(): Promise<void> {
  stop.abort();
  await endWith(130);
}

/** Worlds are closed first; whoever started this process kills what does not end. */
async function endWith(code: number): Promise<void> {
  for (const close of closings.toReversed()) await close().catch((error: unknown) => log(`closing: ${message(error)}`));
  process.exit(code);
}

function log(line: string): void {
  process.stderr.write(`${line}\n`);
}
