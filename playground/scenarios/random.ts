/** Draws that one seed repeats: scenarios take their names and numbers from here and nothing else. */
import { createHash } from 'node:crypto';

export interface Random {
  /** From `low` to `high`, both included. */
  integer(low: number, high: number): number;
  pick<T>(choices: readonly T[]): T;
  /** All of them in another order. */
  shuffle<T>(items: readonly T[]): T[];
  /** True this often: 0 to 1. */
  chance(share: number): boolean;
  /** `brisk-heron`, or `prefix-brisk-heron`: a name that says nothing. */
  name(prefix?: string): string;
  /** Independent draws for a part: what is drawn elsewhere does not move them. */
  fork(part: string): Random;
}

const adjectives = ['amber', 'brisk', 'calm', 'dusty', 'early', 'faint', 'gentle', 'hollow', 'ivory', 'jolly', 'keen', 'lucid', 'mellow', 'noble', 'opal', 'plain', 'quiet', 'rapid', 'sunny', 'tidal'] as const;
const nouns = ['anchor', 'birch', 'comet', 'delta', 'ember', 'fjord', 'grove', 'heron', 'inlet', 'juniper', 'kestrel', 'lagoon', 'meadow', 'nectar', 'orchid', 'pebble', 'quartz', 'ridge', 'summit', 'thicket'] as const;

/** `seed` is any text: a scenario's id and a run's number. */
export function createRandom(seed: string): Random {
  let count = 0;
  /** 0 (included) to 1 (not). */
  const next = (): number => createHash('sha256').update(`${seed}#${count++}`).digest().readUInt32BE(0) / 2 ** 32;
  const integer = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  const pick = <T>(choices: readonly T[]): T => {
    if (choices.length === 0) throw new Error('nothing to pick from');
    return choices[integer(0, choices.length - 1)] as T;
  };
  return {
    integer,
    pick,
    shuffle: (items) => items.map((item) => ({ item, order: next() })).toSorted((one, other) => one.order - other.order).map(({ item }) => item),
    chance: (share) => next() < share,
    name: (prefix) => `${prefix === undefined ? '' : `${prefix}-`}${pick(adjectives)}-${pick(nouns)}`,
    fork: (part) => createRandom(`${seed}/${part}`),
  };
}
