/** Who can be measured. */
import type { Contestant, ContestantOptions } from './contestant.ts';
import { idle } from './idle.ts';
import { rules } from './rules.ts';

export const contestants: readonly Contestant[] = [rules, idle];

/** Throws for a name that there is not, with those there are. */
export function findContestant(name: string, _options: ContestantOptions = { play: 'recorded' }): Contestant {
  const found = contestants.find((contestant) => contestant.name === name);
  if (!found) throw new Error(`There is no contestant "${name}": choose one of ${contestants.map((contestant) => contestant.name).join(', ')}.`);
  return found;
}
