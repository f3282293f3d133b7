/**
 * How much harm a change could do, from facts that code gathered; never from what a model says about it.
 * docs/decisions/2026-11-22-risk-of-terminating-sessions.md explains the case people ask about.
 */
import type { Action } from './action.ts';
import { isClusterAction } from './action.ts';
import type { Preview } from './actions/kind.ts';
import { assessClusterRisk } from './cluster-risk.ts';
import type { Assessment } from './risk-level.ts';
import { atLeast } from './risk-level.ts';

export function assessRisk(action: Action, preview: Pick<Preview, 'facts' | 'undo'>, production: boolean): Assessment {
  const { level, reasons } = byKind(action, preview.facts);
  if (preview.undo.kind === 'impossible') return { level: atLeast(level, 'medium'), reasons: [...reasons, `can not be undone: ${preview.undo.description}`] };
  if (!production && level !== 'low') return { level: level === 'high' ? 'medium' : 'low', reasons: [...reasons, 'not a production target: one level lower'] };
  return { level, reasons };
}

function byKind(action: Action, facts: Preview['facts']): Assessment {
  if (isClusterAction(action)) return assessClusterRisk(action, facts);
  switch (action.kind) {
    case 'postgres.create_index':
      return ofIndex(facts.tableRows ?? Number.POSITIVE_INFINITY);
    case 'postgres.terminate_backend':
      return ofSessions(facts.affectedSessions ?? Number.POSITIVE_INFINITY, facts.openTransactions ?? Number.POSITIVE_INFINITY);
    case 'postgres.alter_setting':
      return ofSetting(action);
    case 'http.operation':
      return ofOperation(facts);
  }
}

function ofIndex(rows: number): Assessment {
  const built = 'built while reads and writes go on';
  if (rows < 1_000_000) return { level: 'low', reasons: [`${built}, on under a million rows`] };
  if (rows < 50_000_000) return { level: 'medium', reasons: [`${built}, but on over a million rows it takes a while and much disk work`] };
  return { level: 'high', reasons: [`${built}, but on over 50 million rows (or an unknown number) it may take hours`] };
}

function ofSessions(sessions: number, openTransactions: number): Assessment {
  if (openTransactions > 10) return { level: 'high', reasons: [`${openTransactions} open transactions are rolled back at once`] };
  const what = openTransactions === 0 ? `${sessions} idle, none in a transaction` : `${openTransactions} uncommitted ${openTransactions === 1 ? 'transaction is' : 'transactions are'} rolled back`;
  return { level: 'medium', reasons: [what] };
}

function ofSetting(action: Extract<Action, { kind: 'postgres.alter_setting' }>): Assessment {
  const off = /^(off|false|no|0)$/i.test(action.value ?? '');
  if (action.setting === 'autovacuum' && off) return { level: 'high', reasons: ['without autovacuum tables bloat and the server can stop taking writes'] };
  if (action.setting === 'default_transaction_read_only' && action.value !== null && !off) return { level: 'high', reasons: ['writes of new sessions would fail'] };
  if (action.scope === 'role') return { level: 'low', reasons: ['new sessions of one role, put back exactly'] };
  return { level: 'medium', reasons: [action.scope === 'system' ? 'the whole server at once' : 'every new session of the database'] };
}

function ofOperation(facts: Preview['facts']): Assessment {
  if (!facts.reversible) return { level: 'high', reasons: ['an operation of another system without a way back'] };
  return { level: 'medium', reasons: [facts.online ? 'an operation of another system' : 'its process restarts: requests under way may fail'] };
}
