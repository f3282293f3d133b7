/** Which cards an incident's thread has, in the order they came up. Pure. */
import { createHash } from 'node:crypto';
import type { IncidentView } from '../incident/view.ts';
import type { CardBody } from './blocks/card.ts';
import { changeCard } from './blocks/change.ts';
import { costCard } from './blocks/cost.ts';
import { diagnosisCard } from './blocks/diagnosis.ts';
import { alertResolvedCard, answerCard, degradedCard, failedCard, joinedCard, replacedCard, reopenedCard, resolvedCard, stoppedCard } from './blocks/note.ts';
import { hypothesesCard } from './blocks/hypotheses.ts';
import { reportCard, reportKey } from './blocks/report.ts';
import { rootCard } from './blocks/root.ts';

export interface WantedCard extends CardBody {
  key: string;
}

/** The root card first, the rest by the moment each came up. `now` decides whether a change can still be taken back. */
export function cardsOf(view: IncidentView, now = new Date()): WantedCard[] {
  const cards: (WantedCard & { order: number })[] = [];
  const add = (order: number, key: string, body: CardBody) => void cards.push({ ...body, key, order });
  for (const { task, report, sequence } of view.reports) add(sequence, reportKey(task), reportCard(view, task, report));
  view.diagnoses.forEach((stated, index) => add(stated.sequence, `diagnosis:${index + 1}`, diagnosisCard(view, stated, index + 1)));
  for (const change of view.changes) {
    if (change.change || change.state === 'refused') add(change.first.sequence, `change:${change.id}`, changeCard(view, change, now));
  }
  for (const repeats of joinedAlerts(view)) add(repeats[0]!.sequence, `note:${repeats[0]!.sequence}`, joinedCard(view, repeats));
  for (const alerted of resolvedAlerts(view)) add(alerted.sequence, `note:${alerted.sequence}`, alertResolvedCard(view, alerted));
  for (const question of view.questions) add(question.sequence, `note:${question.sequence}`, answerCard(view, question));
  for (const { sequence, reason } of view.investigation.degraded) add(sequence, `note:${sequence}`, degradedCard(view, reason));
  for (const replaced of view.investigation.replaced) add(replaced.sequence, `note:${replaced.sequence}`, replacedCard(view, replaced));
  if (view.hypothesesSince) add(view.hypothesesSince.sequence, 'hypotheses', hypothesesCard(view));
  view.measured.forEach((measured, index) => add(measured.sequence, `cost:${index + 1}`, costCard(view, measured)));
  const { failure } = view.investigation;
  if (failure) add(failure.sequence, `note:${failure.sequence}`, failedCard(view, failure.reason));
  for (const stop of view.stops) add(stop.sequence, `note:${stop.sequence}`, stoppedCard(view, stop));
  for (const resolved of view.resolutions) add(resolved.sequence, `note:${resolved.sequence}`, resolvedCard(view, resolved));
  for (const reopened of view.reopened) add(reopened.sequence, `note:${reopened.sequence}`, reopenedCard(view, reopened));
  cards.sort((one, other) => one.order - other.order);
  const byKey = new Map(cards.map(({ key, blocks, text }) => [key, { key, blocks, text }])); // one key twice would be two cards fighting over one message
  return [{ ...rootCard(view), key: 'root' }, ...byKey.values()];
}

/** SHA-256 (hex) of what a card shows. */
export function hashOf({ blocks, text }: CardBody): string {
  return createHash('sha256').update(JSON.stringify([text, blocks])).digest('hex');
}

type Alerted = IncidentView['alerts'][number];

/** One card for an alert however often it is reported again: grouped by source and title. */
function joinedAlerts(view: IncidentView): Alerted[][] {
  const groups = new Map<string, Alerted[]>();
  for (const alerted of view.alerts.filter(({ how }) => how === 'joined')) {
    const name = nameOf(alerted);
    groups.set(name, [...(groups.get(name) ?? []), alerted]);
  }
  return [...groups.values()];
}

/** The first word that an alert is over; the same said again adds nothing until it fires again. */
function resolvedAlerts(view: IncidentView): Alerted[] {
  const over = new Set<string>();
  return view.alerts.filter((alerted) => {
    const name = nameOf(alerted);
    const news = alerted.how === 'resolved' && !over.has(name);
    if (alerted.how === 'resolved') over.add(name);
    else over.delete(name);
    return news;
  });
}

function nameOf({ alert }: Alerted): string {
  return `${alert.source} ${alert.title}`;
}
