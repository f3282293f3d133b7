/** What of a recording is what of this world: learnt line by line from what both were shown. */
import { alignLines, alignTokens, linesOf, similarity } from './align.ts';
import type { Pair } from './align.ts';
import { isVolatile, tokensOf } from './tokens.ts';
import type { Token } from './tokens.ts';

export interface Bindings {
  /** Two texts that say the same of the two worlds. */
  learn(recorded: string, actual: string): void;
  /** Known for certain, an evidence number for example. */
  bind(recorded: Token, actual: string): void;
  /** Undefined: nothing is known of it, or too much. */
  lookUp(token: Token): string | undefined;
  /** As they stand in one line that holds all of them: a session's number and its start. */
  lookUpTogether(tokens: readonly Token[]): ReadonlyMap<string, string> | undefined;
  wasRead(token: Token): boolean;
  isHere(token: Token): boolean;
}

const certain = 1_000;
/** A smaller share of the votes decides nothing. */
const majority = 0.5;
/** Lines of two findings look alike; below this they are about different things. */
const sameFinding = 0.85;

export function createBindings(): Bindings {
  const votes = new Map<string, Map<string, number>>();
  const pairs: Pair[] = [];
  const [read, here] = [new Set<string>(), new Set<string>()];

  function vote(key: string, actual: string, weight: number): void {
    const found = votes.get(key) ?? new Map<string, number>();
    votes.set(key, found.set(actual, (found.get(actual) ?? 0) + weight));
  }

  function lookUp(token: Token): string | undefined {
    // Hashes of what is the same are the same.
    if (token.kind === 'identifier' && here.has(keyOf(token))) return token.text;
    const found = [...(votes.get(keyOf(token)) ?? [])].toSorted(([, one], [, other]) => other - one);
    const total = found.reduce((sum, [, weight]) => sum + weight, 0);
    const [first] = found;
    return first && first[1] > total * majority ? first[0] : undefined;
  }

  return {
    lookUp,
    bind: (recorded, actual) => vote(keyOf(recorded), actual, certain),
    wasRead: (token) => read.has(keyOf(token)),
    isHere: (token) => here.has(keyOf(token)),
    learn(recorded, actual) {
      for (const token of tokensOf(recorded)) read.add(keyOf(token));
      for (const token of tokensOf(actual)) here.add(keyOf(token));
      for (const pair of alignLines(linesOf(recorded), linesOf(actual), (one, other) => lookUp(one) === other.text)) {
        pairs.push(pair);
        const sure = similarity(pair.recorded.tokens, pair.actual.tokens) >= sameFinding;
        for (const [one, other] of alignTokens(pair.recorded.tokens, pair.actual.tokens)) if (isVolatile(one) && (sure || one.kind !== 'finding')) vote(keyOf(one), other.text, 1);
      }
    },
    lookUpTogether(tokens) {
      const keys = new Set(tokens.map(keyOf));
      const found = new Map<string, { weight: number; texts: ReadonlyMap<string, string> }>();
      for (const { recorded, actual } of pairs) {
        const own = new Set(recorded.tokens.map(keyOf));
        if (![...keys].every((key) => own.has(key))) continue;
        const texts = new Map(alignTokens(recorded.tokens, actual.tokens).flatMap(([one, other]) => (keys.has(keyOf(one)) ? [[one.text, other.text] as const] : [])));
        const key = JSON.stringify([...texts]);
        if (texts.size === keys.size) found.set(key, { texts, weight: (found.get(key)?.weight ?? 0) + similarity(recorded.tokens, actual.tokens) });
      }
      return [...found.values()].toSorted((one, other) => other.weight - one.weight)[0]?.texts;
    },
  };
}

/** A number is the same one as a number or as part of a name. */
const keyOf = ({ kind, text }: Pick<Token, 'kind' | 'text'>): string => `${kind} ${text}`;
