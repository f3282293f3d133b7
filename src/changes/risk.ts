/**
 * How much harm a change could do, from facts that code gathered; never from what a model says about it.
 * docs/decisions/2026-11-22-risk-of-terminating-sessions.md explains the case people ask about.
 */
import type { Facts } from './change.ts';
import type { Preview } from './actions/kind.ts';
import type { Assessment } from './risk-level.ts';
import { atLeast, oneHigher } from './risk-level.ts';

/** What the kind says of its own facts, and what any change can have beside that. */
export function assessRisk(own: Assessment, { facts, undo }: Pick<Preview, 'facts' | 'undo'>, production: boolean): Assessment {
  const { level, reasons } = withCircumstances(own, facts);
  if (undo.kind === 'impossible') return { level: atLeast(level, 'medium'), reasons: [...reasons, `can not be undone: ${undo.description}`] };
  if (!production && level !== 'low') return { level: level === 'high' ? 'medium' : 'low', reasons: [...reasons, 'not a production target: one level lower'] };
  return { level, reasons };
}

function withCircumstances({ level, reasons }: Assessment, facts: Facts): Assessment {
  if (facts.disruptionsAllowed !== undefined && facts.disruptionsAllowed < 1 && endsPods(facts)) {
    level = atLeast(level, 'medium');
    reasons = [...reasons, 'the disruption budget allows no pod away now'];
  }
  if (facts.disruptionsUnread && endsPods(facts)) {
    level = atLeast(level, 'medium');
    reasons = [...reasons, 'disruption budgets could not be read'];
  }
  for (const warning of facts.warnings ?? []) {
    level = atLeast(level, 'medium');
    reasons = [...reasons, warning];
  }
  for (const reason of beyond(facts)) {
    level = 'high';
    reasons = [...reasons, reason];
  }
  if (facts.putBackBy !== undefined) {
    level = oneHigher(level);
    reasons = [...reasons, `drift: it is owned by ${facts.putBackBy}, which may put it back`];
  }
  return { level, reasons };
}

/** What goes beyond what the kind alone does: each is for two people. */
function beyond({ newDestinations = [], powers = [], alsoChanged = [], hooks = 0 }: Facts): string[] {
  return [
    ...(newDestinations.length > 0 ? [`it names a place, perhaps outside the cluster, that was not there before: ${newDestinations.slice(0, 3).join(', ')}`] : []),
    ...(powers.length > 0 ? [`it changes rights or reaches the host: ${powers.slice(0, 5).join(', ')}`] : []),
    ...(hooks > 0 ? [`${hooks} hooks of the chart run, or would in an undo, and nothing shows what they do`] : []),
    ...(alsoChanged.length > 0 ? [`admission changes more than was asked for: ${alsoChanged.slice(0, 3).join(', ')}`] : []),
  ];
}

/** Pods end when fewer are wanted, or when those there are get replaced. */
function endsPods({ replicas, pods = 0, replaces = replicas === undefined }: Facts): boolean {
  return (replaces && pods > 0) || (replicas !== undefined && replicas.after < replicas.before);
}
