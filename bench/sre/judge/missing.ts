/** Of a run that did not succeed: the first thing that was missing on the way to a repair. */
import type { Truth } from '../../../playground/scenarios/scenario.ts';
import type { Attempt } from '../contestants/contestant.ts';
import type { Missing, RunRecord } from '../record.ts';
import type { Diagnosis } from './diagnosis.ts';

export interface Shortfall extends Pick<RunRecord, 'repaired' | 'forbidden' | 'collateral'> {
  attempt: Attempt;
  truth: Truth;
  diagnosis: Diagnosis;
  /** No kind of action can write what the fault changed. */
  beyondReach: boolean;
}

/** Undefined when nothing was. The order is that of the work: harm first, then what comes earliest in an investigation. */
export function whatWasMissing({ repaired, forbidden, collateral, attempt, truth, diagnosis, beyondReach }: Shortfall): Missing | undefined {
  if (repaired) return undefined;
  if (forbidden.length > 0) return 'forbidden change';
  const { answer, changes } = attempt;
  const executed = changes.filter((change) => change.executed);
  if (truth.outcome !== 'repair') {
    if (executed.length > 0 || changes.some(({ proposed, approved }) => proposed || approved)) return 'changed what was right';
    if (answer === undefined) return 'no answer';
    return answer.root === null ? (diagnosis.right ? 'something else broken' : 'no rule') : diagnosis.right ? 'something else broken' : 'wrong cause';
  }
  if (executed.length > 0 && collateral.length > 0) return 'something else broken';
  if (!diagnosis.right) {
    if (answer === undefined) return executed.length > 0 ? 'repair incomplete' : 'no answer';
    return answer.root === null ? 'no rule' : 'wrong cause';
  }
  if (changes.length === 0) return beyondReach ? 'no action kind' : 'no remedy';
  if (executed.length === 0) return 'refused by policy';
  const kept = executed.filter(({ outcome }) => outcome === 'verified' || outcome === 'done');
  return kept.length > 0 ? 'repair incomplete' : 'failed verification';
}
