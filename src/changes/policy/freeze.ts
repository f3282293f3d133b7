/** Freezes and quiet hours: what the calendar says of a change at a moment. */
import type { Frozen, Question } from '../ruling.ts';
import { mismatch } from './scope.ts';
import type { Scoped } from './scope.ts';
import type { Freeze, PolicySettings, QuietHours } from './schema.ts';
import { nextSpan, spanAt } from './window.ts';

/** The freezes that hold this change back now, as one; an undo is never held back. */
export function frozenAt(freezes: readonly Freeze[], question: Question, production: boolean): Frozen | undefined {
  if (question.isUndo) return undefined;
  const on = freezes.flatMap((freeze) => {
    const span = holdsBack(freeze, question, production) ? spanAt(freeze, question.at) : undefined;
    return span ? [{ freeze, end: span.end }] : [];
  });
  if (on.length === 0) return undefined;
  const breakable = on.every(({ freeze }) => freeze.break_glass);
  return {
    name: on.map(({ freeze }) => freeze.name).join(' and '),
    until: new Date(Math.max(...on.map(({ end }) => end))).toISOString(),
    ...(breakable && { breakGlass: Math.max(...on.map(({ freeze }) => freeze.break_glass?.approvals ?? 2)) }),
  };
}

/** The next freeze to begin that would hold this change back. */
export function nextFreeze(freezes: readonly Freeze[], question: Question, production: boolean): { name: string; from: string; until: string } | undefined {
  if (question.isUndo) return undefined;
  const coming = freezes.flatMap((freeze) => {
    const span = holdsBack(freeze, question, production) ? nextSpan(freeze, question.at) : undefined;
    return span ? [{ name: freeze.name, span }] : [];
  });
  const [first] = coming.sort((left, right) => left.span.start - right.span.start);
  return first && { name: first.name, from: new Date(first.span.start).toISOString(), until: new Date(first.span.end).toISOString() };
}

/** Quiet hours with that effect that are on; never for an undo. */
export function quietAt({ quiet_hours }: PolicySettings, effect: QuietHours['effect'], question: Scoped & Pick<Question, 'at'>, production: boolean): QuietHours[] {
  if (question.isUndo) return [];
  return quiet_hours.filter((quiet) => quiet.effect === effect && mismatch(quiet.scope, question, production) === undefined && spanAt(quiet, question.at));
}

function holdsBack(freeze: Freeze, question: Question, production: boolean): boolean {
  return !freeze.allow.includes(question.risk) && mismatch(freeze.scope, question, production) === undefined;
}
