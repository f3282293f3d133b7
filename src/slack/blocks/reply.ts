/** What a command answers, to the person who typed it only. */
import type { KnownBlock } from '@slack/types';
import type { Incident } from '../../incident/types.ts';
import { planTasks } from '../../incident/view.ts';
import type { IncidentView } from '../../incident/view.ts';
import { cardOf } from './card.ts';
import type { CardBody } from './card.ts';
import { blocksOf, button, context, firstOf, prose, section } from './elements.ts';
import { actionIds } from './card.ts';
import { changesContext } from './note.ts';
import { clean, dateText, escapeText, oneLine, person, truncate } from './text.ts';
import { budgetWords, haltWords, percent, progressWords, severityMarks, statusWords } from './words.ts';

const commands = [
  '`/sre investigate checkout returns 5xx` opens a thread and investigates; without text, it asks',
  '`/sre status` says where this channel\'s incidents stand; `/sre status INC-12` says it of one',
  '`/sre list` lists this channel\'s latest incidents',
  '`/sre stop INC-12` stops one incident; `/sre stop` stops all of them, everywhere, at once',
  '`/sre resume INC-12` lifts the stop of one, `/sre resume` the stop of everything; approvers only',
  'In an incident\'s thread, mention me with a question. On any message: *More actions → Investigate this*',
];

/** `hint` is raw text: what was not understood. */
export function helpReply(hint?: string, halt?: IncidentView['halt']): CardBody {
  const blocks = blocksOf(halt && section(haltWords(halt)), hint === undefined ? undefined : section(`:grey_question: ${escapeText(oneLine(hint, 300))}`), section(commands.map((line) => `• ${line}`).join('\n')), context('I only look until somebody approves a change; what is approved runs exactly as shown, is verified, and undone when it did not help.'));
  return { blocks, text: (hint && escapeText(oneLine(hint, 300))) || 'What I can do' };
}

export function statusReply(view: IncidentView): CardBody {
  const { mark, words } = statusWords(view);
  const diagnosis = view.diagnoses.at(-1)?.diagnosis;
  const tasks = planTasks(view);
  const facts = [
    tasks.length > 0 ? progressWords(tasks) : undefined,
    view.requestedBy ? `asked by ${person(view.requestedBy.userId)}` : undefined,
    view.budget ? budgetWords(view.budget) : undefined,
    view.investigation.engine === 'rules' ? 'rules only' : undefined,
  ].filter((fact) => fact !== undefined);
  const blocks = blocksOf(
    view.halt && section(haltWords(view.halt)),
    section(`${mark} *${view.id}* ${escapeText(oneLine(view.title, 200))}\n*${words}*  ·  ${severityMarks[view.severity]} ${view.severity}  ·  since ${dateText(view.createdAt, '{date_short_pretty} {time}')}`),
    diagnosis?.rootCause ? prose(`${diagnosis.rootCause.title} (${percent(diagnosis.rootCause.confidence)} sure)`, 400, 'Cause') : undefined,
    changesContext(view),
    facts.length > 0 ? context(facts.join('  ·  ')) : undefined,
  );
  return cardOf([{ drop: 0, blocks }], `${view.id}: ${words}`);
}

export function listReply(incidents: Incident[]): CardBody {
  if (incidents.length === 0) return { blocks: [section('No incidents in this channel yet. `/sre investigate <what is wrong>` opens one.')], text: 'No incidents in this channel yet' };
  const lines = incidents.slice(0, 15).map((each) => `${severityMarks[each.severity]} *${each.id}* ${escapeText(oneLine(each.title, 120))}  ·  ${each.status}  ·  ${dateText(each.createdAt, '{date_short_pretty} {time}')}`);
  return { blocks: [section(lines.join('\n'))], text: `${incidents.length} incidents` };
}

/** While everything is stopped and nothing is under way here. */
export function haltReply(halt: NonNullable<IncidentView['halt']>): CardBody {
  return { blocks: [section(haltWords(halt))], text: 'Everything is stopped' };
}

/** After a stop: where every change of what was stopped stands. `halt`: everything was stopped. */
export function stopReply(views: IncidentView[], halt?: IncidentView['halt']): CardBody {
  const everything = halt ? [section(haltWords(halt))] : [];
  if (views.length === 0) return { blocks: [...everything, section('There was nothing to stop: no incident is unfinished.')], text: 'There was nothing to stop' };
  const { shown, more } = firstOf(views, 15);
  const lines = shown.map((view): KnownBlock[] => blocksOf(section(`:octagonal_sign: *${view.id}* ${escapeText(oneLine(view.title, 150))}: ${statusWords(view).words.toLowerCase()}`), changesContext(view)));
  const rest = more > 0 ? [context(`and ${more} more`)] : [];
  return cardOf([{ drop: 0, blocks: [...everything, ...lines.flat(), ...rest] }], `${views.length === 1 ? views[0]!.id : `${views.length} incidents`} stopped`);
}

/** After a resume; `everything`: the stop of everything was lifted. */
export function resumeReply(incidents: readonly string[], everything: boolean): CardBody {
  const { shown, more } = firstOf(incidents, 20);
  const names = `${shown.map((id) => escapeText(oneLine(id, 20))).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  const first = everything ? 'The stop of everything is lifted.' : '';
  const then = incidents.length > 0 ? `${names} ${incidents.length === 1 ? 'goes' : 'go'} on. What was proposed before stays closed; a new look begins.` : everything ? 'No incident was waiting for it.' : 'There was nothing to resume.';
  return { blocks: [section(`:arrow_forward: ${[first, then].filter((words) => words !== '').join(' ')}`)], text: everything ? 'The stop of everything is lifted' : `${names || 'Nothing'} resumed` };
}

/** Offers to investigate what somebody wrote to us outside of an incident's thread. */
export function offerReply(text: string): CardBody {
  let kept = truncate(clean(text), 1500) || '…';
  while (JSON.stringify({ text: kept }).length > 1900) kept = truncate(kept, Math.floor(kept.length * 0.8)); // a button's value is short, and JSON makes quotes longer
  return {
    text: 'Shall I investigate this?',
    blocks: [prose(text, 300, 'Shall I investigate this?'), { type: 'actions', block_id: 'offer', elements: [button('Investigate', actionIds.offer, { text: kept }, { style: 'primary' })] }],
  };
}
