/** The store on PostgreSQL. Run `migrate` first. */
import type { Store } from '../incident/store.ts';
import type { Logger } from '../telemetry/log.ts';
import { silentLogger } from '../telemetry/log.ts';
import { createDatabase } from './database.ts';
import { createAudit } from './store/audit.ts';
import { createApprovals } from './store/approvals.ts';
import { createChanges } from './store/changes.ts';
import { createEvidence } from './store/evidence.ts';
import { createHalt } from './store/halt.ts';
import { createIncidents } from './store/incidents.ts';
import { createSubscription } from './store/subscription.ts';
import { createTimeline } from './store/timeline.ts';
import { createCards, createDeadLetters, createFirstSight, createModelCalls, createTurns } from './store/workings.ts';

export interface StoreOptions {
  url: string;
  log?: Logger;
  /** Most connections at once, besides one for the subscription. */
  connections?: number;
}

/** Calls wait up to 30 seconds for a PostgreSQL that restarts; then they fail with the driver's error. */
export async function createStore({ url, log = silentLogger, connections }: StoreOptions): Promise<Store> {
  const database = createDatabase({ url, log, ...(connections !== undefined && { connections }) });
  const subscription = createSubscription(url, log);
  await database.query('SELECT 1');
  return {
    incidents: createIncidents(database),
    timeline: createTimeline(database, subscription),
    evidence: createEvidence(database),
    changes: createChanges(database),
    halt: createHalt(database),
    approvals: createApprovals(database),
    audit: createAudit(database),
    cards: createCards(database),
    modelCalls: createModelCalls(database),
    turns: createTurns(database),
    deadLetters: createDeadLetters(database),
    firstSight: createFirstSight(database),
    async close() {
      await subscription.close();
      await database.close();
    },
  };
}
