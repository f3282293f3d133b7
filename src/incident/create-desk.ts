/** The desk on the store and the queue: what Slack and webhooks ask becomes events and jobs. */
import type { QueueBackend } from '../queue/queue.ts';
import type { Logger } from '../telemetry/log.ts';
import { haltChanges } from '../changes/halt.ts';
import { clearAlert } from './clear-of-secrets.ts';
import type { Desk } from './desk.ts';
import type { StoredEvent } from './events.ts';
import { nextInvestigation, queueInvestigation } from './queue-investigation.ts';
import { reopenForAlert } from './relapse.ts';
import type { Store } from './store.ts';
import { titleOf } from './title.ts';
import type { Actor, Alert, Incident } from './types.ts';
import { foldEvents } from './view.ts';
import type { IncidentView } from './view.ts';

export interface DeskParts {
  store: Store;
  queue: QueueBackend;
  decide: Desk['decide'];
  edit: Desk['edit'];
  undo: Desk['undo'];
  resume: Desk['resume'];
  /** Secrets in what people and webhooks say go no further. */
  redact?: (text: string) => Promise<string>;
  /** For so long after a change was verified, the same alert is a relapse; 0: never. */
  watchMinutes?: number;
  log?: Pick<Logger, 'warn'>;
  now?: () => Date;
}

const unfinished = ['open', 'investigating', 'diagnosed', 'mitigating'] as const;

export function createDesk({ store, queue, decide, edit, undo, resume, redact = async (text) => text, watchMinutes = 0, log, now = () => new Date() }: DeskParts): Desk & { recover(): Promise<void> } {
  async function open(given: Alert, from: { channel: string; requestedBy?: Actor }) {
    const alert = await clearAlert(given, redact);
    const relapsed = await reopenForAlert(store, alert, watchMinutes, now());
    const { incident, opened } = await store.incidents.openOrJoin({ alert, channel: from.channel, title: titleOf(alert.title), requestedBy: from.requestedBy });
    if (opened) await enqueue(incident, 1);
    else if (relapsed?.id === incident.id) await queueInvestigation({ store, queue }, incident.id);
    else if (incident.status === 'diagnosed' || incident.status === 'open') {
      const events = await store.timeline.read(incident.id);
      if (from.requestedBy || endedSinceLastLook(events)) await enqueue(incident, nextInvestigation(events));
    }
    return { incident, opened };
  }

  async function enqueue(incident: Incident, number: number): Promise<void> {
    await queue.add('investigations', `investigate-${incident.id}-${number}`, { incidentId: incident.id, investigation: `${incident.id}-${number}` });
  }

  async function view(incidentId: string): Promise<IncidentView | undefined> {
    const incident = await store.incidents.get(incidentId);
    return incident && foldEvents(incident, await store.timeline.read(incidentId));
  }

  async function stop(incidentId: string | 'all', by: Actor): Promise<IncidentView[]> {
    // The flag before everything: it alone keeps each turn, tool and command from beginning.
    if (incidentId === 'all') await store.halt.set(by);
    // Where there is no incident, no timeline says it.
    log?.warn({ what: incidentId, by }, 'stopped');
    // Also where an incident counts as resolved while something of it is still to run.
    const busy = new Set((await store.changes.inState(['approved', 'claimed', 'executing', 'verifying', 'undoing'])).map((change) => change.incidentId));
    const listed = incidentId === 'all' ? await store.incidents.list({ unfinished: true, limit: 1000 }) : [];
    const others = [...(incidentId === 'all' ? busy : [incidentId])].filter((id) => !listed.some((incident) => incident.id === id));
    const incidents = [...listed, ...(await Promise.all(others.map((id) => store.incidents.get(id))))].filter((incident) => incident !== undefined);
    const stopped = new Set<string>();
    // All of them first: the status alone keeps every turn and command from beginning.
    for (const { id } of incidents) if (await store.incidents.setStatus(id, busy.has(id) ? [...unfinished, 'resolved'] : unfinished, 'stopped', { type: 'incident.stopped', by, ...(incidentId === 'all' && { all: true }) })) stopped.add(id);
    const views: IncidentView[] = [];
    for (const incident of incidents) {
      if (stopped.has(incident.id)) await haltChanges(store, incident.id, incidentId === 'all' ? 'everything was stopped' : `${incident.id} was stopped`);
      const after = await view(incident.id);
      if (after) views.push(after);
    }
    return views;
  }

  return {
    open,
    view,
    stop,
    decide,
    edit,
    undo,
    resume,
    async noteResolved(given) {
      const alert = await clearAlert(given, redact);
      const incident = await store.incidents.findByFingerprint(alert.fingerprint);
      if (!incident) return undefined;
      await store.timeline.append(incident.id, { type: 'alert.resolved', alert });
      return incident;
    },
    async ask({ incidentId, by, text, messageTs }) {
      if (!(await store.firstSight(`question:${incidentId}:${messageTs}`))) return;
      await store.timeline.append(incidentId, { type: 'question.asked', by, text: await redact(text), messageTs });
      await queue.add('questions', `question-${incidentId}-${messageTs.replace('.', '-')}`, { incidentId, messageTs });
    },
    findByThread: store.incidents.findByThread,
    list: store.incidents.list,
    /** An incident opened just before a crash may have no job yet: the same job id again is one job. */
    async recover() {
      for (const incident of await store.incidents.list({ unfinished: true, limit: 1000 })) {
        if (incident.status === 'open') await enqueue(incident, 1);
      }
    },
  };
}

function endedSinceLastLook(events: readonly StoredEvent[]): boolean {
  return events.findLastIndex(({ event }) => event.type === 'alert.resolved') > events.findLastIndex(({ event }) => event.type === 'investigation.started');
}
