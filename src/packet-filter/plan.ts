/** One change of one rule against the table as it is: what would run, what takes it back, what the chain would be. */
import { renderings } from './render.ts';
import type { RuleChange } from './rule.ts';
import { misfit } from './rule.ts';
import type { Chain, ListedRule, Table } from './table.ts';
import { textOf } from './table.ts';

export interface Plan {
  /** Arguments of iptables. */
  command: string[];
  undo: string[];
  /** The rule as iptables lists it. */
  rule: string;
  /** The rules of the chain, in order. */
  before: string[];
  after: string[];
  /** Of a rule that is deleted. */
  counters?: { packets: number; bytes: number };
}

/** The change can't be made on this table. The message says why. */
export class PlanError extends Error {
  readonly code = 'plan';
  override readonly name = 'PlanError';
}

/** Throws PlanError. */
export function planOf(change: RuleChange, table: Table): Plan {
  const problem = misfit(change);
  if (problem !== undefined) throw new PlanError(problem);
  const chain = table.chains.find(({ name }) => name === change.chain);
  if (!chain) throw new PlanError(`There is no chain ${change.chain}; there are ${table.chains.map(({ name }) => name).join(', ')}.`);
  return change.operation === 'insert' ? insertion(change, chain) : deletion(change, chain);
}

function insertion({ family, chain: name, position, rule }: RuleChange, chain: Chain): Plan {
  const ways = renderings(rule, family);
  const words = ways[0] ?? [];
  const before = chain.rules.map(({ text }) => text);
  if (position > before.length + 1) throw new PlanError(`${name} has ${before.length} rules, so a new one can be number ${before.length + 1} at most.`);
  const earlier = chain.rules.findIndex((listed) => isOneOf(listed, ways));
  if (earlier >= 0 && earlier < position) throw new PlanError(`Rule ${earlier + 1} of ${name} says that already: ${before[earlier]}.`);
  return { command: inserting(name, position, words), undo: deleting(name, words), rule: textOf(words), before, after: before.toSpliced(position - 1, 0, textOf(words)) };
}

/** By its content and not by its number: a rule that somebody moved meanwhile is never taken for another. */
function deletion({ family, chain: name, position, rule }: RuleChange, chain: Chain): Plan {
  const before = chain.rules.map(({ text }) => text);
  const listed = chain.rules[position - 1];
  if (!listed) throw new PlanError(`${name} has ${before.length} rules, so there is no rule ${position}.`);
  if (!isOneOf(listed, renderings(rule, family))) throw new PlanError(`Rule ${position} of ${name} is another one: ${listed.text}.`);
  const first = before.indexOf(listed.text) + 1;
  if (first !== position) throw new PlanError(`Rule ${first} of ${name} is the same: delete that one, the first of them.`);
  return {
    command: deleting(name, listed.words),
    undo: inserting(name, position, listed.words),
    rule: listed.text,
    before,
    after: before.toSpliced(position - 1, 1),
    counters: { packets: listed.packets, bytes: listed.bytes },
  };
}

function isOneOf(listed: ListedRule, ways: readonly string[][]): boolean {
  return ways.some((words) => textOf(words) === listed.text);
}

const inserting = (chain: string, position: number, words: readonly string[]): string[] => [...fixed, '-I', chain, String(position), ...words];
const deleting = (chain: string, words: readonly string[]): string[] => [...fixed, '-D', chain, ...words];
const fixed = ['-w', '5', '-t', 'filter'];

/** What became of it, from the chain as it is now. */
export function standing({ operation }: RuleChange, plan: Pick<Plan, 'rule' | 'before' | 'after'>, now: readonly string[]): 'in place' | 'as before' | 'moved' {
  if (operation === 'delete') return sameList(now, plan.after) ? 'in place' : sameList(now, plan.before) ? 'as before' : 'moved';
  const count = (rules: readonly string[]): number => rules.filter((text) => text === plan.rule).length;
  // What others did to other rules is no reason to leave ours: taking it away names its whole content.
  return count(now) === count(plan.after) ? 'in place' : count(now) === count(plan.before) ? 'as before' : 'moved';
}

function sameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}
