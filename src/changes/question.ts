/** What the policy is asked about a change. */
import type { Store } from '../incident/store.ts';
import { canonicalJson } from './canonical-json.ts';
import { targetOf } from './action.ts';
import type { Change, ChangeState, Prepared, RiskLevel } from './change.ts';
import type { Question } from './ruling.ts';

/** All but what its preview says. */
export type Matter = Pick<Question, 'kind' | 'target' | 'channel' | 'proposedBy' | 'isUndo'> & { triedBefore: boolean };

/** Where the change would happen, and for whom. An undo stands where the change stands that it takes back. */
export async function matterOf(store: Pick<Store, 'incidents' | 'changes' | 'timeline'>, change: Change): Promise<Matter> {
  const { incidents, changes } = store;
  const takesBack = change.action.kind === 'change.undo' ? change.action.change : change.undoOf;
  const original = takesBack === undefined ? undefined : await changes.get(takesBack);
  const { action } = original ?? change;
  const incident = await incidents.get(change.incidentId);
  return {
    kind: action.kind,
    target: targetOf(action),
    channel: incident?.channel ?? '',
    proposedBy: change.proposedBy,
    isUndo: takesBack !== undefined,
    triedBefore: await isTried(store, change),
  };
}

/** The same in this incident, or in any other within a day; or anything at all in an incident that came back after a change. */
async function isTried({ changes, timeline }: Pick<Store, 'changes' | 'timeline'>, { id, incidentId, action }: Change): Promise<boolean> {
  const same = canonicalJson(action);
  const others = [...(await changes.list(incidentId)).filter(({ state }) => tried.includes(state)), ...(await changes.recent(tried, daySeconds))];
  if (others.some((other) => other.id !== id && canonicalJson(other.action) === same)) return true;
  return (await timeline.read(incidentId)).some(({ event: { type } }) => type === 'incident.reopened' || type === 'change.relapsed');
}

const daySeconds = 86_400;

export function questionOf(matter: Matter, { risk, undo }: { risk: { level: RiskLevel }; undo: Pick<Prepared['undo'], 'kind'> }, at: Date): Question {
  return { ...matter, risk: risk.level, undo: undo.kind, at };
}

/** Also what a person did not want, and what moved under it each time. */
const tried: readonly ChangeState[] = ['approved', 'rejected', 'stale', 'claimed', 'executing', 'verifying', 'done', 'undoing', 'undone', 'failed', 'unknown'];
