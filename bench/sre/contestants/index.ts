/** Who can be measured. */
import type { Contestant, ContestantOptions } from './contestant.ts';
import { createExternalContestant } from './external.ts';
import { idle } from './idle.ts';
import { modelContestants } from './model/contestants.ts';
import { createRestart } from './restart.ts';
import { rules, rulesNoCausal, rulesSequential } from './rules.ts';

const defaults: ContestantOptions = { play: 'recorded' };

/** In the order of the report. */
const build = (options: ContestantOptions): Contestant[] => [rules, rulesSequential, rulesNoCausal, createRestart(), idle, ...modelContestants(options), createExternalContestant(options.agentCommand)];

export const contestants: readonly Contestant[] = build(defaults);

/** By the name of a contestant: its answers come from a model. */
export const needsModel = (name: string): boolean => contestants.some((contestant) => contestant.name === name && contestant.engine === 'model');

/** Throws for a name that there is not, with those there are. */
export function findContestant(name: string, options: ContestantOptions = defaults): Contestant {
  const found = build(options).find((contestant) => contestant.name === name);
  if (!found) throw new Error(`There is no contestant "${name}": choose one of ${contestants.map((contestant) => contestant.name).join(', ')}.`);
  return found;
}
