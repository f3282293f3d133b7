/** Who can be measured. */
import type { Contestant } from './contestant.ts';
import { rules } from './rules.ts';

export const contestants: readonly Contestant[] = [rules];

/** Throws for a name that there is not, with those there are. */
export function findContestant(name: string, _options: { agentCommand?: string } = {}): Contestant {
  const found = contestants.find((contestant) => contestant.name === name);
  if (!found) throw new Error(`There is no contestant "${name}": choose one of ${contestants.map((contestant) => contestant.name).join(', ')}.`);
  return found;
}
