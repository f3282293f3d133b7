/**
 * Scores an answer by code alone. What could be gamed, and what stands against it: a claim that names several objects names
 * none; a mechanism or title that lists alternatives, or is longer than a title, is no claim; a mechanism that is
 * another cause's very name in the vocabulary is that cause, whatever the title says. What remains: the patterns of the
 * vocabulary are wide, so a vague mechanism ("config-change") can be accepted, and the order of a chain is found in
 * prose. The repair is judged apart from this, by the world.
 */
import { isMechanism, mechanismNames } from '../../../playground/scenarios/mechanisms.ts';
import type { MechanismName } from '../../../playground/scenarios/mechanisms.ts';
import type { Truth } from '../../../playground/scenarios/scenario.ts';
import type { Answer } from '../contestants/contestant.ts';
import type { RunRecord } from '../record.ts';
import { namesOneOf, placesOf } from './resource.ts';

export type Diagnosis = RunRecord['diagnosis'];

/** Of no answer nothing is right. That nothing is wrong must be said, not left open. */
export function scoreDiagnosis(answer: Answer | undefined, truth: Truth): Diagnosis {
  if (answer === undefined) return { root: false, mechanism: false, right: false, chain: 0 };
  const chain = scoreChain(answer, truth.chain);
  const claim = answer.root;
  if (claim === null) {
    const right = truth.outcome === 'nothing' || truth.outcome === 'recovered';
    return { root: right, mechanism: right, right, chain: right ? 1 : chain };
  }
  if (truth.outcome === 'nothing') return { root: false, mechanism: false, right: false, chain: 0 };
  const root = namesOneOf(claim.resource, truth.root, claim.title);
  const mechanism = truth.mechanisms.length > 0 && claimsMechanism(claim, truth.mechanisms as MechanismName[]);
  return { root, mechanism, right: root && mechanism, chain };
}

const longestMechanism = 80;
const longestTitle = 200;
const alternatives = /\b(or|either|maybe|perhaps|possibly|alternatively)\b|\?|[;|]/;

/** The mechanism decides if it can: as a name of the vocabulary, or by its words. Only then the title is asked, with it. */
function claimsMechanism({ mechanism, title }: NonNullable<Answer['root']>, accepted: readonly MechanismName[]): boolean {
  const words = mechanism.trim().toLowerCase();
  // First its own names, one of which has an "or" in it.
  if (mechanismNames.some((name) => name === words)) return accepted.some((name) => name === words);
  if (words.length > longestMechanism || alternatives.test(words.replaceAll(/[-_]/g, ' ')) || words.includes(',')) return false;
  if (isMechanism(words, accepted)) return true;
  if (title.length > longestTitle || alternatives.test(title.toLowerCase())) return false;
  return isMechanism(`${words} ${title}`, accepted);
}

/** The share of the true chain that the answer names in its order: of its chain, or of its summary where that names more. */
function scoreChain({ chain, summary, root }: Answer, truth: readonly string[]): number {
  if (truth.length === 0) return 0;
  const told = [[root?.resource ?? '', ...chain].join('\n'), summary];
  return Math.max(...told.map((text) => inOrder(truth.map((resource) => placesOf(resource, text))))) / truth.length;
}

/** The longest run of rising places, one of each list at most. */
function inOrder(lists: readonly (readonly number[])[]): number {
  // By how many were named so far: the earliest place the last of them can have.
  const earliest: number[] = [-1];
  for (const places of lists) {
    for (let count = earliest.length - 1; count >= 0; count -= 1) {
      const next = places.find((place) => place > (earliest[count] ?? Infinity));
      if (next !== undefined && next < (earliest[count + 1] ?? Infinity)) earliest[count + 1] = next;
    }
  }
  return earliest.length - 1;
}
