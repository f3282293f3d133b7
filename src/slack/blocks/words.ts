/** How states read to people. A mark never stands alone: the word says the same. */
import type { ChangeState, RiskLevel } from '../../changes/change.ts';
import type { PlanTask, Severity } from '../../incident/types.ts';
import type { ChangeView, IncidentView } from '../../incident/view.ts';
import { dateText, oneLine, person } from './text.ts';

export const severityMarks: Record<Severity, string> = { critical: ':red_circle:', warning: ':large_orange_circle:', info: ':large_blue_circle:' };

export const riskMarks: Record<RiskLevel, string> = { low: ':large_green_circle:', medium: ':large_yellow_circle:', high: ':red_circle:' };

export const changeWords: Record<ChangeState, { mark: string; words: string }> = {
  drafted: { mark: ':hourglass_flowing_sand:', words: 'Being prepared' },
  refused: { mark: ':no_entry_sign:', words: 'Refused by policy' },
  proposed: { mark: ':raised_hand:', words: 'Waiting for approval' },
  approved: { mark: ':hourglass_flowing_sand:', words: 'Approved, about to run' },
  rejected: { mark: ':x:', words: 'Rejected' },
  expired: { mark: ':alarm_clock:', words: 'Expired: nobody decided in time' },
  superseded: { mark: ':fast_forward:', words: 'Superseded' },
  stale: { mark: ':warning:', words: 'Not run: things changed after the approval' },
  claimed: { mark: ':hourglass_flowing_sand:', words: 'Checking once more' },
  executing: { mark: ':gear:', words: 'Running' },
  verifying: { mark: ':mag:', words: 'Ran; verifying' },
  done: { mark: ':white_check_mark:', words: 'Done and verified' },
  undoing: { mark: ':rewind:', words: 'Did not help; undoing' },
  undone: { mark: ':rewind:', words: 'Undone' },
  failed: { mark: ':rotating_light:', words: 'Failed: a person must look' },
  unknown: { mark: ':rotating_light:', words: 'Outcome unknown: a person must look' },
};

/** As changeWords, and what happened since: edited, taken back, come back. */
export function stateWords({ state, edited, takenBack, relapsed }: Pick<ChangeView, 'state' | 'edited' | 'takenBack' | 'relapsed'>): { mark: string; words: string } {
  if (state === 'superseded' && edited) return { mark: ':pencil2:', words: `Edited: see ${oneLine(edited.successor, 20)}` };
  if (takenBack?.state === 'done') return { mark: ':rewind:', words: `Taken back by ${oneLine(takenBack.successor, 20)}` };
  return state === 'done' && relapsed ? { mark: ':warning:', words: 'Done, but what it was for came back' } : changeWords[state];
}

export function statusWords(view: IncidentView): { mark: string; words: string } {
  if (view.status === 'stopped') return { mark: ':octagonal_sign:', words: 'Stopped' };
  if (view.status === 'resolved') return { mark: ':white_check_mark:', words: 'Resolved' };
  if (view.changes.some(({ state, takenBack }) => (state === 'failed' || state === 'unknown') && takenBack?.state !== 'done')) return { mark: ':rotating_light:', words: 'A change needs a person' };
  if (view.changes.some(({ state }) => running.has(state))) return { mark: ':gear:', words: 'Running a change' };
  if (view.changes.some(({ state }) => state === 'proposed')) return { mark: ':raised_hand:', words: 'Waiting for a decision' };
  if (view.investigation.state === 'failed') return { mark: ':warning:', words: 'The investigation failed' };
  if (view.investigation.state === 'waiting' && view.status === 'open') return { mark: ':hourglass_flowing_sand:', words: 'Opened, about to investigate' };
  if (view.diagnoses.length > 0 && view.investigation.state === 'finished') return { mark: ':bulb:', words: 'Diagnosed' };
  return { mark: ':mag:', words: 'Investigating' };
}

/** mrkdwn. */
export function haltWords({ by, at }: NonNullable<IncidentView['halt']>): string {
  return `:octagonal_sign: *Everything is stopped*, everywhere, by ${person(by.userId)} since ${dateText(at, '{date_short_pretty} {time}')}. No agent and no change begins before an approver types \`/sre resume\`.`;
}

export function progressWords(tasks: readonly PlanTask[]): string {
  const done = tasks.filter(({ status }) => status === 'complete' || status === 'error').length;
  return `${done} of ${tasks.length} tasks done`;
}

export function budgetWords({ dollars, limitDollars, modelCalls, tokens, seconds, limitSeconds }: NonNullable<IncidentView['budget']>): string {
  const spent = dollars === null ? 'cost unknown (a model has no price in the configuration)' : `$${dollars.toFixed(2)} of $${limitDollars.toFixed(2)}`;
  return `${spent} · ${callsWords(modelCalls)} · ${tokensWords(tokens)} · ${durationWords(seconds)}${limitSeconds === undefined ? '' : ` of ${durationWords(limitSeconds)}`}`;
}

export function callsWords(calls: number): string {
  return `${calls} model ${calls === 1 ? 'call' : 'calls'}`;
}

export function tokensWords(tokens: number): string {
  return `${tokens < 10_000 ? tokens : `${Math.round(tokens / 1000)}k`} tokens`;
}

export function durationWords(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${Math.round(seconds % 60)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function percent(confidence: number): string {
  return `${Math.round(Math.min(1, Math.max(0, confidence)) * 100)}%`;
}

const running: ReadonlySet<ChangeState> = new Set(['approved', 'claimed', 'executing', 'verifying', 'undoing']);
