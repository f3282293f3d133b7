/** Small cards: an alert that joined or ended, an answer, a stop, the end. */
import type { IncidentView } from '../../incident/view.ts';
import { cardOf } from './card.ts';
import type { CardBody } from './card.ts';
import { blocksOf, context, lastOf, prose, section } from './elements.ts';
import { stateWords } from './words.ts';
import { dateText, escapeText, oneLine, person, quoted, safeUrl } from './text.ts';

type Alerted = IncidentView['alerts'][number];
type Question = IncidentView['questions'][number];

const sources = { slack: 'Slack', pagerduty: 'PagerDuty', alertmanager: 'Alertmanager' } as const;

/** `repeats` are the same alert's reports after the first one in this list, oldest first. */
export function joinedCard(view: IncidentView, repeats: Alerted[]): CardBody {
  const last = repeats.at(-1)!;
  const source = sources[last.alert.source] ?? 'An alert';
  const by = last.by ? ` by ${person(last.by.userId)}` : '';
  const reports = view.alerts.filter(({ how, sequence }) => how !== 'resolved' && sequence <= last.sequence).length;
  const times = `joined this incident${by} ${dateText(last.at)}  ·  reported ${reports} times`;
  const link = safeUrl(last.alert.url);
  return cardOf([{ drop: 0, blocks: [context(`:bell: ${source}: ${escapeText(oneLine(last.alert.title, 300))}  ·  ${times}${link ? `  ·  <${link.url}|${escapeText(link.host)}>` : ''}`)] }], `${view.id}: the alert ${last.alert.title} joined`);
}

export function alertResolvedCard(view: IncidentView, { alert, at }: Alerted): CardBody {
  const source = sources[alert.source] ?? 'The source';
  return cardOf([{ drop: 0, blocks: [section(`:white_check_mark: ${source} says *resolved* ${dateText(at)}: ${escapeText(oneLine(alert.title, 300))}`), context('Changes that wait or run are not touched by this; the incident closes once there are none.')] }], `${view.id}: ${source} says resolved: ${alert.title}`);
}

export function answerCard(view: IncidentView, question: Question): CardBody {
  const { answer } = question;
  const asked = context(`:speech_balloon: ${person(question.by.userId)} asked: ${escapeText(oneLine(question.text, 300))}`);
  if (!answer) return cardOf([{ drop: 0, blocks: [asked, context('Looking through the evidence…')] }], `${view.id}: looking for an answer`);
  const evidence = answer.evidence.slice(0, 20).map((id) => escapeText(oneLine(id, 12)));
  return cardOf([{ drop: 0, blocks: blocksOf(asked, prose(answer.text, 3000), evidence.length > 0 ? context(`From evidence ${evidence.join(', ')}`) : context('No evidence cited')) }], `${view.id}: ${answer.text}`);
}

export function degradedCard(view: IncidentView, reason: string): CardBody {
  return cardOf([{ drop: 0, blocks: [section(`:warning: *Going on with rules alone*: ${escapeText(oneLine(reason, 500))}`)] }], `${view.id}: going on with rules alone`);
}

export function replacedCard(view: IncidentView, { agent, from, to, reason }: IncidentView['investigation']['replaced'][number]): CardBody {
  const words = `${escapeText(oneLine(to, 80))} plays the ${escapeText(oneLine(agent, 40))} from here on, not ${escapeText(oneLine(from, 80))}`;
  return cardOf([{ drop: 0, blocks: [section(`:twisted_rightwards_arrows: ${words}: ${escapeText(oneLine(reason, 300))}`)] }], `${view.id}: ${words}`);
}

export function failedCard(view: IncidentView, reason: string): CardBody {
  return cardOf([{ drop: 0, blocks: [section(`:warning: *The investigation failed*: ${escapeText(oneLine(reason, 800))}`), context('Ask again with `/sre investigate`, or mention me here with a question.')] }], `${view.id}: the investigation failed`);
}

export function stoppedCard(view: IncidentView, stop: IncidentView['stops'][number]): CardBody {
  const words = `:octagonal_sign: *Stopped* by ${person(stop.by.userId)} ${dateText(stop.at)}${stop.all ? ', with everything else, everywhere' : ''}.`;
  const then = stop.resumed ? `:arrow_forward: *Resumed* by ${person(stop.resumed.by.userId)} ${dateText(stop.resumed.at)}.` : `No agent and no change starts for this incident before an approver types \`/sre resume${stop.all ? '' : ` ${escapeText(oneLine(view.id, 20))}`}\`.`;
  return cardOf([{ drop: 0, blocks: blocksOf(section(`${words} ${then}`), changesContext(view)) }], `${view.id} was stopped${stop.resumed ? ', and resumed' : ''}`);
}

export function resolvedCard(view: IncidentView, resolved: IncidentView['resolutions'][number]): CardBody {
  const by = resolved.by ? ` by ${person(resolved.by.userId)}` : '';
  return cardOf([{ drop: 0, blocks: [section(`:white_check_mark: *Resolved*${by} ${dateText(resolved.at)}: ${escapeText(oneLine(resolved.reason, 800))}`)] }], `${view.id} is resolved`);
}

export function reopenedCard(view: IncidentView, reopened: IncidentView['reopened'][number]): CardBody {
  return cardOf([{ drop: 0, blocks: [section(reopenedWords(reopened))] }], `${view.id} is open again`);
}

/** mrkdwn. */
export function reopenedWords({ by, at, reason, followed }: IncidentView['reopened'][number]): string {
  const after = followed === undefined ? '' : `, after *${escapeText(oneLine(followed, 20))}*`;
  return `:warning: *Open again*${by ? ` by ${person(by.userId)}` : ''} ${dateText(at)}${after}: ${escapeText(oneLine(reason, 600))}`;
}

/** Where each change stands, a line each; undefined when there is none. */
export function changesContext(view: IncidentView) {
  const { shown, earlier } = lastOf(view.changes.filter(({ state }) => state !== 'superseded'), 8);
  const lines = shown.map((change) => `${stateWords(change).mark} ${escapeText(oneLine(change.id, 20))} ${escapeText(quoted(change.title, 120))}: ${escapeText(stateWords(change).words)}`);
  return lines.length > 0 ? context(...(earlier > 0 ? [`${earlier} earlier changes`] : []), ...lines) : undefined;
}
