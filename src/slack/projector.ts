/**
 * Keeps each incident's Slack thread equal to its timeline. A card is written ahead (ts '') before it is posted, so
 * that whoever finds such a row after a crash looks for the message by its metadata before posting again.
 */
import { randomUUID } from 'node:crypto';
import type { WebClient } from '@slack/web-api';
import type { Store } from '../incident/store.ts';
import type { Logger } from '../telemetry/log.ts';
import { createPace } from './pace.ts';
import { createThread } from './thread.ts';
import type { ThreadTimes } from './thread.ts';

export interface Projector {
  /** Subscribes and catches up with everything that happened meanwhile. */
  start(): Promise<void>;
  /** Ends after the call that is under way. */
  stop(): Promise<void>;
}

export interface ProjectorParts {
  store: Store;
  client: WebClient;
  log: Logger;
  /** Milliseconds; the defaults are Slack's limits. */
  times?: Partial<ThreadTimes & { poll: number; takeOver: number }>;
}

/** Longer than one Slack call; a gateway that died is followed after this. */
const leaseSeconds = 15;

export function createProjector({ store, client, log, times: given }: ProjectorParts): Projector {
  const times = { perPost: 1050, perCard: 1100, retry: 2000, poll: 15_000, takeOver: 4000, ...given };
  const holder = randomUUID();
  const stopping = new AbortController();
  const thread = createThread({
    store,
    client,
    log,
    times,
    pace: createPace(),
    signal: stopping.signal,
    lease: (incidentId) => store.cards.lease(incidentId, holder, leaseSeconds),
    release: (incidentId) => store.cards.lease(incidentId, holder, 0),
  });
  const running = new Map<string, { again: boolean; done: Promise<void> }>();
  const timers = new Set<NodeJS.Timeout>();
  let unsubscribe: (() => Promise<void>) | undefined;
  let poller: NodeJS.Timeout | undefined;

  /** One run per incident at a time; news during a run makes one more. */
  function wake(incidentId: string): void {
    if (stopping.signal.aborted) return;
    const current = running.get(incidentId);
    if (current) return void (current.again = true);
    const run = { again: false, done: Promise.resolve() };
    running.set(incidentId, run);
    run.done = project(incidentId, run).finally(() => running.delete(incidentId));
  }

  async function project(incidentId: string, run: { again: boolean }): Promise<void> {
    do {
      run.again = false;
      try {
        const ours = await thread.project(incidentId, () => {
          const news = run.again;
          run.again = false;
          return news;
        });
        if (!ours) lookAgain(incidentId);
      } catch (error) {
        if (!stopping.signal.aborted) log.warn({ error, incident: incidentId }, 'a thread could not be brought up to date; tried again with the next poll');
      }
    } while (run.again && !stopping.signal.aborted);
  }

  /** Another gateway has the thread: see after a while that it came to its end. */
  function lookAgain(incidentId: string): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      wake(incidentId);
    }, times.takeOver);
    timers.add(timer);
  }

  /** Whatever a notification missed: unfinished incidents, and the latest ones, whose last card may be missing. */
  async function catchUp(): Promise<void> {
    try {
      const [unfinished, latest] = [await store.incidents.list({ unfinished: true, limit: 500 }), await store.incidents.list({ limit: 30 })];
      for (const id of new Set([...unfinished, ...latest].map((incident) => incident.id))) wake(id);
    } catch (error) {
      if (!stopping.signal.aborted) log.warn({ error }, 'the incidents could not be listed; tried again with the next poll');
    }
  }

  return {
    async start() {
      unsubscribe = await store.timeline.subscribe(wake);
      await catchUp();
      poller = setInterval(() => void catchUp(), times.poll);
    },
    async stop() {
      stopping.abort();
      clearInterval(poller);
      for (const timer of timers) clearTimeout(timer);
      await unsubscribe?.();
      await Promise.all([...running.values()].map(({ done }) => done));
    },
  };
}
