/** The root card, parent of the thread: what is wrong, where it stands, the live plan, what it cost. */
import type { KnownBlock, PlanBlock, TaskCardBlock } from '@slack/types';
import { isUnfinished, planTasks } from '../../incident/view.ts';
import type { IncidentView } from '../../incident/view.ts';
import type { PlanTask } from '../../incident/types.ts';
import { cardOf } from './card.ts';
import type { CardBody } from './card.ts';
import { blocksOf, context, firstOf, header, lastOf, plain, quotation, richText, section } from './elements.ts';
import type { Part } from './fit.ts';
import { reopenedWords } from './note.ts';
import { clean, dateText, escapeText, oneLine, person, quoted, safeUrl, truncate } from './text.ts';
import { budgetWords, stateWords, haltWords, percent, progressWords, severityMarks, statusWords } from './words.ts';

const mostTasks = 20;

export function rootCard(view: IncidentView): CardBody {
  const status = statusWords(view);
  const parts: Part[] = [
    { drop: 0, blocks: blocksOf(header(`${view.id} · ${view.title}`), statusLine(view, status), view.halt && !view.stopped && !view.resolved ? section(haltWords(view.halt)) : undefined) },
    { drop: 5, blocks: blocksOf(askedFor(view)) },
    { drop: 1, blocks: blocksOf(outcome(view)) },
    { drop: 2, blocks: blocksOf(planOf(view)) },
    { drop: 3, blocks: blocksOf(changesLine(view)) },
    { drop: 4, blocks: blocksOf(footer(view)) },
  ];
  return cardOf(parts, `${view.id} ${view.title}: ${status.words}`);
}

function statusLine(view: IncidentView, status: { mark: string; words: string }): KnownBlock {
  const asked = view.requestedBy ? `asked by ${person(view.requestedBy.userId)}` : `from ${sourceWords(view)}`;
  return section(`${status.mark} *${status.words}*  ·  ${severityMarks[view.severity]} ${view.severity}  ·  ${asked}  ·  ${dateText(view.createdAt, '{date_short_pretty} {time}')}`);
}

/** The source's own description, when it says more than the title. */
function askedFor(view: IncidentView): KnownBlock | undefined {
  const alert = view.alerts[0]?.alert;
  const description = clean(alert?.description ?? '');
  return description === '' || oneLine(description) === oneLine(view.title) ? undefined : quotation(description, 600);
}

function outcome(view: IncidentView): KnownBlock | undefined {
  if (view.stopped) return section(`Stopped by ${person(view.stopped.by.userId)} at ${dateText(view.stopped.at)}. Nothing more runs for this incident before an approver types \`/sre resume${view.stopped.all ? '' : ` ${escapeText(oneLine(view.id, 20))}`}\`.`);
  if (view.resolved) return section(`Resolved at ${dateText(view.resolved.at)}: ${escapeText(oneLine(view.resolved.reason, 300))}`);
  const again = view.reopened.at(-1);
  if (again && again.sequence > (view.diagnoses.at(-1)?.sequence ?? 0)) return section(reopenedWords(again));
  if (view.investigation.failure) return section(`:warning: *The investigation failed*: ${escapeText(oneLine(view.investigation.failure.reason, 500))}`);
  const diagnosis = view.diagnoses.at(-1)?.diagnosis;
  if (!diagnosis) return undefined;
  if (!diagnosis.rootCause) return section('*No cause found yet*: the diagnosis in the thread says what was ruled out and what could not be seen.');
  return section(`*Cause*: ${escapeText(oneLine(diagnosis.rootCause.title, 300))}  (${percent(diagnosis.rootCause.confidence)} sure)`);
}

export function planOf(view: IncidentView): PlanBlock | undefined {
  const all = planTasks(view);
  if (all.length === 0) return undefined;
  const over = view.investigation.state !== 'running' || !isUnfinished(view);
  const title = `${over ? 'Investigated' : 'Investigating'}: ${progressWords(all)}`;
  const { shown, more } = firstOf(all, mostTasks);
  const tasks = shown.map((task) => taskCard(view, task));
  if (more > 0) tasks.push({ type: 'task_card', task_id: 'more', title: `${more} more`, status: 'pending' });
  return { type: 'plan', title, tasks };
}

function taskCard(view: IncidentView, task: PlanTask): TaskCardBlock {
  const title = task.specialist ? `${capital(task.specialist)}: ${task.title}` : task.title;
  const detail = task.detail ?? summaryLine(view, task.id);
  return {
    type: 'task_card',
    task_id: oneLine(task.id, 100) || 'task',
    title: oneLine(title, 140) || 'Task',
    status: task.status,
    ...(detail && { details: richText({ type: 'rich_text_section', elements: [plain(truncate(oneLine(detail, 220), 220) || '…')] }) }),
  };
}

function summaryLine(view: IncidentView, task: string): string | undefined {
  return view.reports.find((each) => each.task === task)?.report.summary.split('\n')[0];
}

function changesLine(view: IncidentView): KnownBlock | undefined {
  const { shown, earlier } = lastOf(view.changes.filter(({ state }) => state !== 'superseded'), 6);
  if (shown.length === 0) return undefined;
  const lines = shown.map((change) => `${stateWords(change).mark} *${escapeText(oneLine(change.id, 20))}* ${escapeText(quoted(change.title, 140))} · ${escapeText(stateWords(change).words)}`);
  return section([...(earlier > 0 ? [`${earlier} earlier changes`] : []), ...lines].join('\n'));
}

function footer(view: IncidentView): KnownBlock | undefined {
  const { engine, note, degraded } = view.investigation;
  const lost = degraded.at(-1);
  const links = [...new Map(view.alerts.map(({ alert }) => [alert.url, safeUrl(alert.url)])).values()].filter((link) => link !== undefined).slice(0, 3);
  const repeated = view.alerts.filter(({ how }) => how === 'joined').length;
  const lines = [
    [engine === 'claude' ? 'Claude and rules' : engine === 'rules' ? 'Rules only' : undefined, note && escapeText(oneLine(note, 200)), lost && `:warning: ${escapeText(oneLine(lost.reason, 300))}`],
    [view.budget && budgetWords(view.budget), repeated > 0 && `reported ${repeated + 1} times`, ...links.map(({ url, host }) => `<${url}|${escapeText(host)}>`)],
  ].map((line) => line.filter((word) => typeof word === 'string' && word !== '').join('  ·  '));
  const words = lines.filter((line) => line !== '');
  return words.length > 0 ? context(...words) : undefined;
}

function sourceWords(view: IncidentView): string {
  const source = view.alerts[0]?.alert.source;
  return source === 'pagerduty' ? 'PagerDuty' : source === 'alertmanager' ? 'Alertmanager' : 'Slack';
}

function capital(word: string): string {
  return `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;
}
