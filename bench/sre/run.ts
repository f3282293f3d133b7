/**
 * One run, from nothing to its record: a world, the fault, a contestant, the judge. Whatever throws ends it with the name of
 * the phase; none of these endings is a pass. Whoever called closes the world.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Scenario } from '../../playground/scenarios/scenario.ts';
import type { Snapshot } from '../../playground/scenarios/state/snapshot.ts';
import type { World } from '../../playground/scenarios/world.ts';
import type { RunningWorld, WorldSettings } from '../../playground/scenarios/worlds/running-world.ts';
import { breakIt, makeHealthy } from './run/break.ts';
import type { Attempt, Contestant, Entrant } from './contestants/contestant.ts';
import { RecordingDivergedError } from './contestants/model/recording-diverged-error.ts';
import type { Job } from './job.ts';
import type { Patience } from './judge/hold.ts';
import { patience } from './judge/hold.ts';
import { judge } from './judge/judge.ts';
import { startNoise } from './run/noise.ts';
import { createPhases, Ended, message, within } from './run/phases.ts';
import type { Unfinished } from './run/phases.ts';
import type { RunRecord } from './record.ts';
import { drawParameters, heading, unjudged } from './run/unjudged.ts';
import { settingsOf } from './run/worlds.ts';

export interface Parts {
  scenario: Scenario;
  /** Its own folder. */
  directory: string;
  signal: AbortSignal;
  log(line: string): void;
  openWorld(settings: WorldSettings): Promise<RunningWorld>;
  contestant(): Promise<Contestant>;
  snapshot(world: World): Promise<Snapshot>;
  /** Told of each phase before it begins, with what it means if it never ends. */
  begun?(phase: string, ending: Unfinished): void;
  waits?: Patience;
  /** Seconds a healthy world and a symptom may take. */
  healthySeconds?: number;
  symptomSeconds?: number;
  /** Seconds after the deadline in which a contestant that keeps it can still say what it did (15). */
  graceSeconds?: number;
}

export async function runOnce(job: Job, parts: Parts): Promise<RunRecord> {
  const { scenario, log, snapshot } = parts;
  const { seconds, during } = createPhases(parts.begun);
  const folder = (name: string): string => {
    const made = path.join(parts.directory, name);
    mkdirSync(made, { recursive: true });
    return made;
  };
  let attempt: Attempt | undefined;
  let entrant: Entrant | undefined;
  let truth = undefined as RunRecord['truth'] | undefined;
  const limit = new AbortController();
  try {
    const parameters = drawParameters(scenario, job.seed);
    const running = await during('start', 'world-unhealthy', () => parts.openWorld(settingsOf(job, scenario, folder('world'), log)));
    const { world } = running;
    truth = scenario.truth(parameters, world);
    const fault = { scenario, world, parameters, truth };
    await during('start', 'world-unhealthy', () => makeHealthy(fault, parts.healthySeconds));
    const before = await during('start', 'judge-failed', () => snapshot(world));

    const contestant = await during('enter', 'agent-crashed', () => parts.contestant());
    const player = await during('enter', 'agent-crashed', async () => contestant.enter({
      scenario: scenario.id,
      seed: job.seed,
      directory: folder('agent'),
      namespace: world.namespace,
      view: await running.agentView(folder('view')),
      limits: { seconds: job.deadline, dollars: job.dollars },
      signal: AbortSignal.any([parts.signal, limit.signal]),
      log,
    }));
    entrant = player;

    await during('inject', 'injector-failed', () => breakIt(fault, parts.symptomSeconds));
    const broken = await during('inject', 'judge-failed', () => snapshot(world));
    const stopNoise = job.noise ? startNoise(world, truth, log) : undefined;

    const tried = await during('agent', 'agent-hung', () => within(job.deadline + (parts.graceSeconds ?? 15), answered(player.investigate(scenario.alert(parameters, world))), () => new Ended('agent-hung', `It gave no answer within ${job.deadline} s.`)));
    attempt = tried;
    limit.abort();
    await stopNoise?.();

    tried.said.forEach((words) => log(`said: ${words}`));
    const waits = parts.waits ?? (!job.noise && nothingUnderWay(contestant, tried) ? { ...patience, settle: 6 } : patience);
    const verdict = await during('judge', 'judge-failed', () => judge({ fault, attempt: tried, before, broken, snapshot: () => snapshot(world), waits }));
    return { ...heading(job, scenario), ending: 'finished', truth, ...verdict, attempt: withoutWords(tried), seconds, at: new Date().toISOString() };
  } catch (error) {
    log(`ended early: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    const ending = error instanceof Ended ? error.ending : 'judge-failed';
    return unjudged(job, scenario, parts.signal.aborted ? 'interrupted' : ending, message(error), { seconds, ...(truth && { truth }), ...(attempt && { attempt: withoutWords(attempt) }) });
  } finally {
    limit.abort();
    await within(20, entrant?.leave() ?? Promise.resolve(), () => new Error('the contestant did not leave within 20 s')).catch((error: unknown) => log(message(error)));
  }
}

/** A recording that does not fit is no crash of the contestant. */
async function answered(attempt: Promise<Attempt>): Promise<Attempt> {
  try {
    return await attempt;
  } catch (error) {
    throw new Ended(error instanceof RecordingDivergedError ? 'recording-diverged' : 'agent-crashed', message(error));
  }
}

/** What has changed nothing has nothing to wait for. Of others' commands nobody knows. */
function nothingUnderWay({ engine }: Contestant, { changes }: Attempt): boolean {
  return (engine === 'rules' || engine === 'script') && !changes.some(({ executed, approved }) => executed || approved);
}

/** They were searched, and are in the log: in a line of results they would be most of it. */
const withoutWords = (attempt: Attempt): Attempt => ({ ...attempt, said: [] });
