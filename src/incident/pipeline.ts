/**
 * One investigation, from a queued job to proposed changes. Safe to run again after a crash: an investigation
 * that has stated its diagnosis is over, and one that has not starts again and replaces its own drafts.
 */
import type { Orchestrator } from '../agents/agents.ts';
import { ModelUnavailableError } from '../agents/model-unavailable-error.ts';
import type { Jobs, QueueBackend } from '../queue/queue.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Change } from '../changes/change.ts';
import { supersedeOpenChanges } from '../changes/supersede.ts';
import type { CreateInvestigation } from './create-investigation.ts';
import type { IncidentEvent, StoredEvent } from './events.ts';
import { StoppedError } from './stopped-error.ts';
import type { Store } from './store.ts';
import type { Incident } from './types.ts';
import type { Conclusion, Investigation } from '../agents/agents.ts';
import { lockKeyOf } from '../changes/lock-key.ts';

export interface PipelineParts {
  store: Store;
  queue: QueueBackend;
  createInvestigation: CreateInvestigation;
  /** Absent: no key, the rules investigate alone. */
  claude?: Orchestrator;
  rules: Orchestrator;
  /** The day the prices of models were read. */
  pricesRead?: string;
  log: Logger;
}

export async function investigate(job: Jobs['investigations'], parts: PipelineParts, signal: AbortSignal): Promise<void> {
  const begun = await begin(job, parts);
  if (!begun) return;
  const log = parts.log.child({ incident: job.incidentId, investigation: job.investigation });
  const append = async (event: IncidentEvent) => void (await parts.store.timeline.append(job.incidentId, event));
  try {
    await append({ type: 'investigation.started', investigation: job.investigation, ...(parts.claude ? { engine: 'claude', ...(parts.claude.models && { models: parts.claude.models(begun.incident.severity) }) } : { engine: 'rules', note: 'No model key: investigated by rules alone.' }) });
    const investigation = await parts.createInvestigation(job.investigation, begun.incident, begun.events, signal);
    const conclusion = await conclude(investigation, parts, append);
    await investigation.checkpoint();
    await propose(investigation, conclusion, parts);
    await measure(investigation, parts, append);
    log.info({ findings: investigation.rules.findings.length, changes: conclusion.drafts.length }, 'investigation finished');
  } catch (error) {
    if (error instanceof StoppedError) return log.info('investigation stopped');
    if (signal.aborted) throw error; // the worker is closing: the queue delivers the job again
    log.error({ error }, 'investigation failed');
    const failed: IncidentEvent = { type: 'investigation.failed', investigation: job.investigation, reason: error instanceof Error ? error.message : String(error) };
    if (!(await parts.store.incidents.setStatus(job.incidentId, ['investigating'], 'open', failed))) await append(failed);
  }
}

/** What the models came to; nothing is said where none was asked. */
async function measure({ id, budget }: Investigation, { pricesRead = '' }: PipelineParts, append: (event: IncidentEvent) => Promise<void>): Promise<void> {
  const agents = budget.usage();
  const { dollars, seconds } = budget.state();
  if (agents.length > 0) await append({ type: 'investigation.measured', investigation: id, seconds, dollars, limitDollars: budget.limits.dollars, agents, pricesRead });
}

/** Undefined when there is nothing to do: the incident is over, or this investigation is. */
async function begin(job: Jobs['investigations'], { store }: PipelineParts): Promise<{ incident: Incident; events: StoredEvent[] } | undefined> {
  const incident = await store.incidents.get(job.incidentId);
  if (!incident || incident.status === 'resolved' || incident.status === 'stopped') return undefined;
  // It waits, open; what lifts the stop queues it again.
  if (await store.halt.current()) return undefined;
  const events = await store.timeline.read(incident.id);
  const over = events.some(({ event }) => (event.type === 'diagnosis.stated' || event.type === 'investigation.failed') && event.investigation === job.investigation);
  if (over) return undefined;
  await store.incidents.setStatus(incident.id, ['open', 'diagnosed'], 'investigating');
  await supersedeOpenChanges(store, incident.id, 'a newer investigation of this incident replaces it');
  return { incident, events };
}

/** Claude where there is a key and an API that answers; otherwise the rules, said aloud. */
async function conclude(investigation: Investigation, { claude, rules }: PipelineParts, append: (event: IncidentEvent) => Promise<void>): Promise<Conclusion> {
  if (!claude) return rules.run(investigation);
  try {
    return await claude.run(investigation);
  } catch (error) {
    if (!(error instanceof ModelUnavailableError)) throw error;
    await append({ type: 'investigation.degraded', investigation: investigation.id, reason: error.message });
    return rules.run(investigation);
  }
}

/** Drafts first, then the diagnosis (which ends the investigation), then the previews; the executor's sweep finds a draft that was never queued. */
async function propose(investigation: Investigation, conclusion: Conclusion, { store, queue }: PipelineParts): Promise<void> {
  const changes: Change[] = [];
  for (const draft of conclusion.drafts) changes.push(await store.changes.draft(investigation.incident.id, draft, lockKeyOf(draft.action)));
  const stated: IncidentEvent = { type: 'diagnosis.stated', diagnosis: conclusion.diagnosis, investigation: investigation.id };
  if (!(await store.incidents.setStatus(investigation.incident.id, ['investigating'], 'diagnosed', stated))) await investigation.append(stated);
  for (const change of changes) await queue.add('changes', `preview-${change.id}`, { changeId: change.id, step: 'preview' });
}
