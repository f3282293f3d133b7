/** What people are shown of an incident: its timeline folded into one picture. Pure; unknown events are passed over. */
import type { ChangeView, Moment } from './change-view.ts';
import { applyChangeEvent } from './change-view.ts';
import type { IncidentEvent, StoredEvent } from './events.ts';
import type { Actor, Alert, Brief, Diagnosis, Finding, Hypothesis, Incident, IncidentStatus, PlanTask, Report, Severity } from './types.ts';

export type { ChangeView, Moment } from './change-view.ts';

export interface IncidentView {
  id: string;
  title: string;
  status: IncidentStatus;
  severity: Severity;
  channel: string;
  requestedBy?: Actor;
  createdAt: string;
  alerts: (Moment & { alert: Alert; how: 'opened' | 'joined' | 'resolved'; by?: Actor })[];
  investigation: {
    state: 'waiting' | 'running' | 'finished' | 'failed';
    engine?: 'claude' | 'rules';
    /** Why the engine is what it is: "No model key: rules only". */
    note?: string;
    /** What was lost on the way, in the order it happened. */
    degraded: (Moment & { reason: string })[];
    /** Models that another one took over from. */
    replaced: (Moment & { agent: string; from: string; to: string; reason: string })[];
    failure?: Moment & { reason: string };
  };
  /** What the rules did before any agent was briefed; the plan's first task, see planTasks(). */
  firstLook?: PlanTask;
  /** What the rules saw in it. */
  firstFindings: readonly Finding[];
  tasks: PlanTask[];
  hypotheses: readonly Hypothesis[];
  /** When there first were any. */
  hypothesesSince?: Moment;
  briefs: (Moment & { task: string; brief: Brief })[];
  /** The newest report of each task. */
  reports: (Moment & { task: string; report: Report })[];
  /** Every diagnosis, oldest first: a later investigation states a new one. */
  diagnoses: (Moment & { diagnosis: Diagnosis; investigation: string })[];
  changes: ChangeView[];
  questions: (Moment & { messageTs: string; by: Actor; text: string; answer?: Moment & { text: string; evidence: string[] } })[];
  budget?: { dollars: number | null; limitDollars: number; modelCalls: number; tokens: number; seconds: number; limitSeconds?: number };
  /** What each investigation with a model came to. */
  measured: (Moment & Omit<Extract<IncidentEvent, { type: 'investigation.measured' }>, 'type'>)[];
  /** Every stop, oldest first; `all`: everything everywhere was stopped. */
  stops: (Moment & { by: Actor; all: boolean; resumed?: Moment & { by: Actor } })[];
  /** The one that stands. */
  stopped?: Moment & { by: Actor; all: boolean };
  /** Every end, oldest first. */
  resolutions: (Moment & { by?: Actor; reason: string })[];
  /** The one that holds. */
  resolved?: Moment & { by?: Actor; reason: string };
  /** `followed`: the change after which the problem came back. */
  reopened: (Moment & { reason: string; followed?: string; by?: Actor })[];
  /** The stop of everything, while it stands; not from the timeline: whoever shows the view looks it up. */
  halt?: { by: Actor; at: string };
  /** The newest event in it; 0 when there is none. */
  lastSequence: number;
}

/** `incident`, when given, has the last word on title, status and severity: it was read after the events. */
export function foldEvents(incident: Incident | undefined, events: StoredEvent[]): IncidentView {
  const view = emptyView(incident, events[0]);
  for (const { sequence, at, event } of events) {
    apply(view, { sequence, at }, event);
    view.lastSequence = Math.max(view.lastSequence, sequence);
  }
  if (incident) Object.assign(view, { title: incident.title, status: incident.status, severity: incident.severity });
  return view;
}

/** The whole plan: the rules' first look, then what the specialists were given. */
export function planTasks({ firstLook, tasks }: Pick<IncidentView, 'firstLook' | 'tasks'>): PlanTask[] {
  return firstLook ? [firstLook, ...tasks] : tasks;
}

/** Whether agents or an executor may still be at work on it. */
export function isUnfinished(view: Pick<IncidentView, 'status'>): boolean {
  return view.status !== 'resolved' && view.status !== 'stopped';
}

function emptyView(incident: Incident | undefined, first: StoredEvent | undefined): IncidentView {
  return {
    id: incident?.id ?? first?.incidentId ?? '',
    title: incident?.title ?? '',
    status: incident?.status ?? 'open',
    severity: incident?.severity ?? 'warning',
    channel: incident?.channel ?? '',
    createdAt: incident?.createdAt ?? first?.at ?? '',
    alerts: [],
    investigation: { state: 'waiting', degraded: [], replaced: [] },
    firstFindings: [],
    tasks: [],
    hypotheses: [],
    briefs: [],
    reports: [],
    diagnoses: [],
    changes: [],
    questions: [],
    measured: [],
    stops: [],
    resolutions: [],
    reopened: [],
    lastSequence: 0,
  };
}

function apply(view: IncidentView, moment: Moment, event: IncidentEvent): void {
  switch (event.type) {
    case 'incident.opened':
      view.alerts.push({ ...moment, alert: event.alert, how: 'opened', by: event.requestedBy });
      return void Object.assign(view, { title: event.title, channel: event.channel, severity: event.alert.severity, requestedBy: event.requestedBy });
    case 'alert.joined':
      return void view.alerts.push({ ...moment, alert: event.alert, how: 'joined', by: event.by });
    case 'alert.resolved':
      return void view.alerts.push({ ...moment, alert: event.alert, how: 'resolved' });
    case 'investigation.started':
      view.status = 'investigating';
      view.firstLook ??= { id: 'rules', title: 'First look by the rules', status: 'in_progress' };
      view.investigation = { ...view.investigation, state: 'running', engine: event.engine, note: event.note, failure: undefined };
      return;
    case 'investigation.resumed':
      view.investigation.state = 'running';
      return;
    case 'investigation.degraded':
      view.investigation.engine = 'rules';
      return void view.investigation.degraded.push({ ...moment, reason: event.reason });
    case 'investigation.failed':
      view.investigation = { ...view.investigation, state: 'failed', failure: { ...moment, reason: event.reason } };
      return;
    case 'model.replaced':
      return void view.investigation.replaced.push({ ...moment, agent: event.agent, from: event.from, to: event.to, reason: event.reason });
    case 'rules.looked':
      view.firstFindings = event.findings;
      view.firstLook = { id: 'rules', title: 'First look by the rules', status: 'complete', detail: lookWords(event) };
      return;
    case 'plan.updated':
      view.tasks = event.tasks.map((task) => ({ ...task }));
      if (event.hypotheses !== undefined) view.hypotheses = event.hypotheses.map(asHypothesis);
      if (view.hypotheses.length > 0) view.hypothesesSince ??= moment;
      return;
    case 'specialist.briefed':
      view.briefs.push({ ...moment, task: event.task, brief: event.brief });
      return setTask(view, { id: event.task, title: event.brief.objective, specialist: event.specialist, status: 'in_progress' });
    case 'specialist.reported':
      return applyReport(view, moment, event.task, event.report);
    case 'budget.updated': {
      const { type: _, ...budget } = event;
      view.budget = budget;
      return;
    }
    case 'investigation.measured': {
      const { type: _, ...measured } = event;
      return void view.measured.push({ ...moment, ...measured });
    }
    case 'diagnosis.stated':
      view.status = 'diagnosed';
      view.investigation.state = 'finished';
      return void view.diagnoses.push({ ...moment, diagnosis: event.diagnosis, investigation: event.investigation });
    case 'question.asked':
      return void view.questions.push({ ...moment, messageTs: event.messageTs, by: event.by, text: event.text });
    case 'question.answered': {
      const question = view.questions.find((each) => each.messageTs === event.messageTs);
      if (question) question.answer = { ...moment, text: event.text, evidence: event.evidence };
      return;
    }
    case 'incident.resolved':
      view.status = 'resolved';
      view.resolved = { ...moment, by: event.by, reason: event.reason };
      return void view.resolutions.push(view.resolved);
    case 'incident.reopened':
      view.resolved = undefined;
      view.status = goesOn(view);
      return void view.reopened.push({ ...moment, reason: event.reason, followed: event.followed, by: event.by });
    case 'incident.stopped':
      view.status = 'stopped';
      view.stopped = { ...moment, by: event.by, all: event.all === true };
      return void view.stops.push({ ...view.stopped });
    case 'incident.resumed': {
      view.stopped = undefined;
      view.status = goesOn(view);
      const stop = view.stops.at(-1);
      if (stop) stop.resumed ??= { ...moment, by: event.by };
      return;
    }
    default:
      applyChangeEvent(view.changes, moment, event);
      if (event.type === 'change.claimed') view.status = 'mitigating';
  }
}

function goesOn(view: IncidentView): IncidentStatus {
  return view.diagnoses.length > 0 ? 'diagnosed' : 'investigating';
}

function applyReport(view: IncidentView, moment: Moment, task: string, report: Report): void {
  const entry = { ...moment, task, report };
  const index = view.reports.findIndex((each) => each.task === task);
  if (index === -1) view.reports.push(entry);
  else view.reports[index] = entry;
  const known = view.tasks.find((each) => each.id === task);
  const detail = report.outcome === 'complete' ? known?.detail : `${report.outcome}: ${report.gaps[0] ?? 'see its report'}`;
  setTask(view, {
    id: task,
    title: known?.title ?? report.specialist,
    specialist: report.specialist,
    status: report.outcome === 'failed' ? 'error' : 'complete',
    ...(detail !== undefined && { detail }),
  });
}

function lookWords({ findings, unread, seconds }: Extract<IncidentEvent, { type: 'rules.looked' }>): string {
  const found = findings.length === 0 ? (unread.length > 0 ? 'no finding' : 'nothing out of order') : `${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}`;
  return `${found}${unread.length > 0 ? `, ${unread.length} not readable` : ''} in ${seconds.toFixed(1)} s`;
}

/** Events of before statuses held plain text. */
function asHypothesis(one: string | Hypothesis, index: number): Hypothesis {
  return typeof one === 'string' ? { id: `H${index + 1}`, text: one, status: 'open', for: [], against: [] } : one;
}

/** Puts a task's new state in its place; a task that the plan never named is added. */
function setTask(view: IncidentView, task: PlanTask): void {
  const known = view.tasks.find((each) => each.id === task.id);
  if (known) Object.assign(known, { ...task, title: known.title });
  else view.tasks.push(task);
}
