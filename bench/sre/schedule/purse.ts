/** What live runs may cost altogether: each is given a share before it starts, and hands back what it did not spend. */
import type { Attempt } from '../contestants/contestant.ts';

export interface Purse {
  /** `work` is given at most `most` dollars, less when less is left; with nothing left `refuse` answers instead. */
  pay<R extends { attempt?: Attempt } | undefined>(most: number, work: (dollars: number) => Promise<R>, refuse: () => R): Promise<R>;
  left(): number;
}

/** What the API was paid for these runs, as far as it is known. */
export function paidFor(attempts: readonly (Attempt | undefined)[]): number {
  return attempts.reduce((sum, attempt) => sum + (attempt?.played === 'live' ? (spentBy(attempt) ?? 0) : 0), 0);
}

/** Below this nothing can be asked. */
const smallest = 0.02;

export function createPurse(dollars: number): Purse {
  let left = dollars;
  return {
    left: () => left,
    async pay(most, work, refuse) {
      const share = Math.min(most, left);
      if (share < smallest) return refuse();
      left -= share;
      let spent: number | null = null;
      try {
        const result = await work(share);
        spent = result?.attempt === undefined ? null : spentBy(result.attempt);
        return result;
      } finally {
        // Who does not say what it cost has cost its share; a last reply may go over it.
        left += share - (spent ?? share);
      }
    },
  };
}

function spentBy({ models }: Attempt): number | null {
  return Object.values(models).reduce<number | null>((sum, { dollars }) => (sum === null || dollars === null ? null : sum + dollars), 0);
}
