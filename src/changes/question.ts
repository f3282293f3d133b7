/** What the policy is asked about a change. */
import type { Store } from '../incident/store.ts';
import { canonicalJson } from './canonical-json.ts';
import { targetOf } from './action.ts';
import type { Change, ChangeState, Prepared, RiskLevel } from './change.ts';
import type { Question } from './ruling.ts';

/** All but what its preview says. */
export type Matter = Pick<Question, 'kind' | 'target' | 'channel' | 'proposedBy' | 'isUndo'> & { triedBefore: boolean };

/** Where the change would happen, and for whom. An undo stands where the change stands that it takes back. */
export async function matterOf({ incidents, changes }: Pick<Store, 'incidents' | 'changes'>, change: Change): Promise<Matter> {
  const takesBack = change.action.kind === 'change.undo' ? change.action.change : change.undoOf;
  const original = takesBack === undefined ? undefined : await changes.get(takesBack);
  const { action } = original ?? change;
  const incident = await incidents.get(change.incidentId);
  const same = canonicalJson(change.action);
  const others = await changes.list(change.incidentId);
  return {
    kind: action.kind,
    target: targetOf(action),
    channel: incident?.channel ?? '',
    proposedBy: change.proposedBy,
    isUndo: takesBack !== undefined,
    triedBefore: others.some((other) => other.id !== change.id && tried.includes(other.state) && canonicalJson(other.action) === same),
  };
}

export function questionOf(matter: Matter, { risk, undo }: { risk: { level: RiskLevel }; undo: Pick<Prepared['undo'], 'kind'> }, at: Date): Question {
  return { ...matter, risk: risk.level, undo: undo.kind, at };
}

/** Also what a person did not want, and what moved under it each time. */
const tried: readonly ChangeState[] = ['approved', 'rejected', 'stale', 'claimed', 'executing', 'verifying', 'done', 'undoing', 'undone', 'failed', 'unknown'];
