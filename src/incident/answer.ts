/** A follow-up question: answered from the incident's own events and evidence, by Claude or by the rules. */
import type { Answerer } from '../agents/agents.ts';
import { ModelUnavailableError } from '../agents/model-unavailable-error.ts';
import type { Jobs } from '../queue/queue.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Store } from './store.ts';

export interface AnswerParts {
  store: Store;
  claude?: Answerer;
  rules: Answerer;
  log: Logger;
}

export async function answerQuestion(job: Jobs['questions'], { store, claude, rules, log }: AnswerParts, signal: AbortSignal): Promise<void> {
  const incident = await store.incidents.get(job.incidentId);
  const events = incident ? (await store.timeline.read(incident.id)).map(({ event }) => event) : [];
  const question = events.find((event) => event.type === 'question.asked' && event.messageTs === job.messageTs);
  const answered = events.some((event) => event.type === 'question.answered' && event.messageTs === job.messageTs);
  if (!incident || question?.type !== 'question.asked' || answered) return;

  if (await store.halt.current()) {
    await store.timeline.append(incident.id, { type: 'question.answered', messageTs: job.messageTs, text: 'Everything is stopped, answers too. An approver can lift that with /sre resume; then ask again.', evidence: [] });
    return;
  }
  const material = { incident, events, evidence: await store.evidence.list(incident.id), whole: (id: string) => store.evidence.get(incident.id, id), signal };
  let answer: { text: string; evidence: string[] };
  try {
    answer = await (claude ?? rules).answer(question.text, material);
  } catch (error) {
    if (!(error instanceof ModelUnavailableError)) throw error;
    log.warn({ error, incident: incident.id }, 'the model could not answer; the rules do');
    answer = await rules.answer(question.text, material);
  }
  await store.timeline.append(incident.id, { type: 'question.answered', messageTs: job.messageTs, ...answer });
}
