/**
 * SRE-bench: faults with strict oracles, contestants against them. npm run bench -- --help says how.
 * Ends with 1 when a scenario's own check failed or nothing could be measured, with 2 for a wrong command line or
 * scenario, with 130 when interrupted. A contestant that does badly is a result, not a failure.
 */
import { loadScenarios, ScenarioMistakes } from '../../playground/scenarios/load.ts';
import type { LoadedScenario } from '../../playground/scenarios/load.ts';
import { categories } from '../../playground/scenarios/scenario.ts';
import { contestants as everybody, findContestant } from './contestants/index.ts';
import { message } from './run/phases.ts';
import { makeTemplates } from './run/templates.ts';
import { help, readOptions, WrongOption } from './options.ts';
import type { Options } from './options.ts';
import { runChecks } from './schedule/work-checks.ts';
import { runAll } from './schedule/work-runs.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

try {
  process.exitCode = await main(readOptions(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof WrongOption) && !(error instanceof ScenarioMistakes)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}

async function main(options: Options): Promise<number> {
  if (options.help) {
    say(help);
    return 0;
  }
  const scenarios = chosen(await loadScenarios(options.scenarios), options.only);
  const contestants = options.check ? [] : options.agents.map((name) => known(name));
  if (options.list) {
    for (const { scenario } of scenarios) say(`${scenario.category.padEnd(13)} ${scenario.difficulty.padEnd(13)} ${scenario.id.padEnd(36)} ${scenario.title}`);
    say(`${scenarios.length} scenarios\n`);
    for (const { name, describes } of everybody) say(`${name.padEnd(20)} ${describes}`);
    return 0;
  }
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!interrupt.signal.aborted) say('\nStopping: worlds are closed first. --resume goes on from here.');
      interrupt.abort();
    });
  }
  if (options.world === 'playground') await makeTemplates(say);
  const work = { scenarios, options, signal: interrupt.signal, say };
  const code = options.check ? await runChecks(work) : await runAll({ ...work, contestants, typed: process.argv.slice(2).join(' ') });
  return interrupt.signal.aborted ? 130 : code;
}

function known(name: string): string {
  try {
    return findContestant(name).name;
  } catch (error) {
    throw new WrongOption(message(error));
  }
}

function chosen(scenarios: readonly LoadedScenario[], only: readonly string[]): LoadedScenario[] {
  for (const word of only) {
    if (!categories.some((category) => category === word) && !scenarios.some(({ scenario }) => scenario.id === word)) {
      throw new WrongOption(`--only names '${word}', and there is no such scenario or category. Categories: ${categories.join(', ')}. --list shows the scenarios.`);
    }
  }
  return only.length === 0 ? [...scenarios] : scenarios.filter(({ scenario }) => only.includes(scenario.id) || only.includes(scenario.category));
}
