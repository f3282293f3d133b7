/** One change as its events tell it: what is proposed, who decided, how it ran and what came of it. */
import type { Change, ChangeState } from '../changes/change.ts';
import type { IncidentEvent, Measured } from './events.ts';
import type { Actor } from './types.ts';

/** Where in the timeline something stands. */
export interface Moment {
  sequence: number;
  at: string;
}

export interface ChangeView {
  id: string;
  title: string;
  state: ChangeState;
  /** Where it was first proposed or refused; its place in the thread. */
  first: Moment;
  /** As proposed, with digest and expiry; absent while drafted and when refused. */
  change?: Change;
  /** `reason`: why in spite of a freeze. */
  approvals: (Moment & { by: Actor; reason?: string })[];
  approvalsNeeded: number;
  /** It ran without a person: the policy's own reasons. */
  autoApproved?: Moment & { reasons: string[] };
  rejection?: Moment & { by: Actor; reason: string };
  /** Clicks that were not allowed or came too late. */
  refusedClicks: (Moment & { by: Actor; decision: 'approve' | 'reject' | 'edit' | 'undo'; reason: string })[];
  /** What the executor did, a line a step, oldest first. */
  steps: (Moment & { text: string })[];
  /** What the run printed. */
  output?: string;
  /** Seconds the run took. */
  seconds?: number;
  /** When its command was about to be run. */
  begun?: Moment;
  /** As whom it ran, in the target's own words. */
  identity?: string;
  verified?: Moment & { checks: string[]; before: string[]; after: string[]; numbers?: { before: Measured[]; after: Measured[] } };
  /** What it was for came back: finding keys. */
  relapsed?: Moment & { keys: string[] };
  undo?: Moment & { reason: string; command: string[]; done: boolean; output: string };
  /** Why it ended as it did: refused, expired, superseded, stale, undone, failed, unknown. */
  reason?: string;
  /** The change that replaces a stale or an edited one. */
  successor?: string;
  /** Somebody typed its fields anew. */
  edited?: Moment & { by: Actor; successor: string };
  /** The newest change that takes it back: wanted by whom, and where it stands. */
  takenBack?: Moment & { by: Actor; successor: string; state: ChangeState };
  /** When it came into its present state. */
  since: Moment;
}

/** Applies a change's event to the list; other events are passed over. */
export function applyChangeEvent(changes: ChangeView[], moment: Moment, event: IncidentEvent): void {
  change(changes, moment, event);
  for (const view of changes) {
    const taking = view.takenBack && find(changes, view.takenBack.successor);
    if (view.takenBack && taking) view.takenBack.state = taking.state;
  }
}

function change(changes: ChangeView[], moment: Moment, event: IncidentEvent): void {
  if (event.type === 'change.proposed') return propose(changes, moment, event.change);
  if (!('changeId' in event)) return;
  if (event.type === 'change.drafted' || event.type === 'change.refused') {
    const view = find(changes, event.changeId) ?? add(changes, moment, event.changeId, event.title);
    if (event.type === 'change.refused') move(view, moment, 'refused', event.reason);
    return;
  }
  const view = find(changes, event.changeId);
  if (view) step(view, moment, event);
}

type StepEvent = Exclude<Extract<IncidentEvent, { changeId: string }>, { type: 'change.drafted' | 'change.refused' }>;

function step(view: ChangeView, moment: Moment, event: StepEvent): void {
  switch (event.type) {
    case 'change.approved':
      if (!view.approvals.some(({ by }) => by.userId === event.by.userId && by.teamId === event.by.teamId)) view.approvals.push({ ...moment, by: event.by, ...(event.reason !== undefined && { reason: event.reason }) });
      view.approvalsNeeded = event.needed;
      if (event.approvals >= event.needed) move(view, moment, 'approved');
      return;
    case 'change.auto_approved':
      view.autoApproved = { ...moment, reasons: event.reasons };
      return move(view, moment, 'approved');
    case 'change.rejected':
      view.rejection = { ...moment, by: event.by, reason: event.reason };
      return move(view, moment, 'rejected', event.reason);
    case 'click.refused':
      return void view.refusedClicks.push({ ...moment, by: event.by, decision: event.decision, reason: event.reason });
    case 'change.edited':
      view.edited = { ...moment, by: event.by, successor: event.successor };
      view.successor = event.successor;
      return move(view, moment, 'superseded', view.reason);
    case 'change.undo_asked':
      view.takenBack = { ...moment, by: event.by, successor: event.successor, state: 'drafted' };
      return;
    case 'change.relapsed':
      view.relapsed = { ...moment, keys: event.keys };
      return;
    case 'change.expired':
      return move(view, moment, 'expired', event.reason);
    case 'change.superseded':
      return move(view, moment, 'superseded', event.reason);
    case 'change.claimed':
      note(view, moment, 'Checking that nothing has changed since the approval');
      return move(view, moment, 'claimed');
    case 'change.stale':
      view.successor = event.successor;
      return move(view, moment, 'stale', event.reason);
    case 'change.executing':
      view.begun ??= moment;
      note(view, moment, 'Running the command');
      return move(view, moment, 'executing');
    case 'change.executed':
      Object.assign(view, { output: event.output, seconds: event.seconds, identity: event.identity });
      return note(view, moment, `Ran in ${event.seconds.toFixed(1)} s`);
    case 'change.verifying':
      note(view, moment, event.step);
      return view.state === 'verifying' ? undefined : move(view, moment, 'verifying');
    case 'change.verified':
      view.verified = { ...moment, checks: event.checks, before: event.before, after: event.after, ...(event.numbers && { numbers: event.numbers }) };
      return move(view, moment, 'done');
    case 'change.undoing':
      view.undo = { ...moment, reason: event.reason, command: event.command, done: false, output: '' };
      note(view, moment, 'Undoing it');
      return move(view, moment, 'undoing', event.reason);
    case 'change.undone':
      view.undo = { ...moment, reason: event.reason, command: view.undo?.command ?? [], done: true, output: event.output };
      return move(view, moment, 'undone', event.reason);
    case 'change.failed':
      return move(view, moment, 'failed', event.reason);
    case 'change.unknown':
      return move(view, moment, 'unknown', event.reason);
  }
}

function propose(changes: ChangeView[], moment: Moment, change: Change): void {
  const view = find(changes, change.id) ?? add(changes, moment, change.id, change.title);
  Object.assign(view, { title: change.title, change, first: moment, approvalsNeeded: change.policy.approvalsNeeded });
  move(view, moment, 'proposed');
}

function find(changes: ChangeView[], id: string): ChangeView | undefined {
  return changes.find((each) => each.id === id);
}

function add(changes: ChangeView[], moment: Moment, id: string, title: string): ChangeView {
  const view: ChangeView = { id, title, state: 'drafted', first: moment, since: moment, approvals: [], approvalsNeeded: 1, refusedClicks: [], steps: [] };
  changes.push(view);
  return view;
}

function move(view: ChangeView, moment: Moment, state: ChangeState, reason?: string): void {
  if (view.state === 'drafted') view.first = moment;
  Object.assign(view, { state, since: moment, reason });
}

function note(view: ChangeView, moment: Moment, text: string): void {
  view.steps.push({ ...moment, text });
}
