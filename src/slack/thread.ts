/** Brings one incident's thread up to date: one Slack call at a time, always with the newest state. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { WebClient } from '@slack/web-api';
import type { StoredEvent } from '../incident/events.ts';
import type { Card, Store } from '../incident/store.ts';
import { foldEvents } from '../incident/view.ts';
import type { IncidentView } from '../incident/view.ts';
import type { Logger } from '../telemetry/log.ts';
import { cardsOf, hashOf } from './cards.ts';
import type { WantedCard } from './cards.ts';
import type { Pace } from './pace.ts';
import { findCard, isFailure, postCard, updateCard } from './post.ts';
import type { CardPlace, Failure } from './post.ts';
import { createThreadStatus } from './thread-status.ts';

/** All in milliseconds. */
export interface ThreadTimes {
  /** Between two posts to one channel. */
  perPost: number;
  /** Between two updates of one card. */
  perCard: number;
  /** Before a failed call is tried again; doubles up to a minute. */
  retry: number;
}

export interface ThreadParts {
  store: Store;
  client: WebClient;
  log: Logger;
  pace: Pace;
  times: ThreadTimes;
  signal: AbortSignal;
  /** Takes or renews the thread for some seconds; false while another gateway has it. */
  lease(incidentId: string): Promise<boolean>;
  release(incidentId: string): Promise<unknown>;
}

/** chat.update is for 50 calls a minute; a few are left for others. */
const updatesPerMinute = 45;

/** A message that can't be edited any more: the card is posted anew below it. */
const gone = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed']);

interface Step {
  wanted: WantedCard;
  row?: Card;
  shown: string;
  keys: string[];
  place: CardPlace;
}

export function createThread({ store, client, log, pace, times, signal, lease, release }: ThreadParts) {
  /** Cards with a row but, for certain, no message: `incident key`. */
  const unposted = new Set<string>();
  const failures = new Map<string, { count: number; error: string }>();
  const setStatus = createThreadStatus(client, log);

  /**
   * Ends when every card shows the newest state.
   * @param news true once after the timeline grew
   * @returns false when another gateway has the thread
   */
  async function project(incidentId: string, news: () => boolean): Promise<boolean> {
    if (signal.aborted) return true;
    if (!(await lease(incidentId))) return false;
    try {
      return await bringUpToDate(incidentId, news);
    } finally {
      await release(incidentId);
    }
  }

  async function bringUpToDate(incidentId: string, news: () => boolean): Promise<boolean> {
    const events: StoredEvent[] = [];
    for (;;) {
      if (signal.aborted) return true;
      if (!(await lease(incidentId))) return false;
      events.push(...(await store.timeline.read(incidentId, events.at(-1)?.sequence ?? 0)));
      const incident = await store.incidents.get(incidentId);
      if (!incident || events.length === 0) return true;
      const view = { ...foldEvents(incident, events), halt: await store.halt.current() };
      const steps = stepsOf(view, await store.cards.list(incidentId));
      const ready = steps.find(({ keys }) => pace.wait(keys) === 0);
      if (ready) await perform(ready, view);
      else if (steps.length > 0) await pause(Math.min(...steps.map(({ keys }) => pace.wait(keys))), news);
      else return true;
    }
  }

  /** Everything that differs from what is shown. Without its root, a thread has no other card. */
  function stepsOf(view: IncidentView, rows: Card[]): Step[] {
    const known = new Map(rows.map((row) => [row.key, row]));
    const rootTs = known.get('root')?.ts;
    if (rootTs) setStatus(view, rootTs);
    const steps: Step[] = [];
    let posts = 0;
    for (const wanted of cardsOf(view)) {
      const row = known.get(wanted.key);
      const shown = hashOf(wanted);
      if (row?.ts && row.shown === shown) continue;
      const isPost = !row?.ts;
      if (wanted.key !== 'root' && !rootTs) break;
      // Posts keep their order, unless one keeps failing.
      const stuck = (failures.get(`${view.id} ${wanted.key}`)?.count ?? 0) >= 3;
      if (isPost && !stuck && posts++ > 0) continue;
      const place = { incidentId: view.id, key: wanted.key, channel: view.channel, ...(wanted.key !== 'root' && rootTs && { threadTs: rootTs }) };
      const retry = `retry ${view.id} ${wanted.key}`;
      steps.push({ wanted, row, shown, place, keys: isPost ? [retry, `post ${view.channel}`, 'chat.postMessage'] : [retry, `card ${view.channel} ${row.ts}`, 'chat.update'] });
    }
    return steps;
  }

  async function perform(step: Step, view: IncidentView): Promise<void> {
    const name = `${step.place.incidentId} ${step.place.key}`;
    const result = step.row?.ts ? await update(step, step.row) : await post(step, name, view);
    if (!result || !isFailure(result)) return void failures.delete(name);
    retryLater(result, step, name);
  }

  async function update(step: Step, row: Card): Promise<{ ts: string } | Failure> {
    pace.space(`card ${row.channel} ${row.ts}`, times.perCard);
    pace.count('chat.update', updatesPerMinute);
    const result = await updateCard(client, { ...step.place, ts: row.ts }, step.wanted);
    if (!isFailure(result)) await store.cards.put({ ...row, shown: step.shown });
    else if (result.kind === 'refused' && gone.has(result.error)) {
      log.warn({ incident: row.incidentId, card: row.key, error: result.error }, 'a card can no longer be edited');
      if (row.key === 'root') await store.cards.put({ ...row, shown: step.shown }); // its thread lives on
      else {
        unposted.add(`${row.incidentId} ${row.key}`);
        await store.cards.put({ ...row, ts: '', shown: '' });
      }
      return { ts: row.ts };
    }
    return result;
  }

  async function post(step: Step, name: string, view: IncidentView): Promise<{ ts: string } | Failure> {
    const row: Card = { incidentId: view.id, key: step.wanted.key, channel: view.channel, ts: '', shown: step.shown };
    if (step.row && !unposted.has(name)) {
      const found = await findCard(client, step.place, view.createdAt);
      if (isFailure(found) && !(found.kind === 'refused')) return found;
      if (found && !isFailure(found)) {
        await store.cards.put({ ...row, ts: found.ts, shown: '' }); // what it shows is not known: updated next
        return found;
      }
      if (isFailure(found)) log.warn({ incident: view.id, card: row.key, error: found }, 'could not look for the card in Slack; it is posted, perhaps again');
    }
    if (!step.row) await store.cards.put(row);
    unposted.delete(name);
    pace.space(`post ${view.channel}`, times.perPost);
    const result = await postCard(client, step.place, step.wanted);
    if (isFailure(result)) {
      if (result.kind !== 'unsure') unposted.add(name);
      return result;
    }
    pace.space(`card ${view.channel} ${result.ts}`, times.perCard);
    await store.cards.put({ ...row, ts: result.ts });
    return result;
  }

  function retryLater(failure: Failure, step: Step, name: string): void {
    const method = step.row?.ts ? 'chat.update' : 'chat.postMessage';
    if (failure.kind === 'limited') {
      log.info({ method, milliseconds: failure.milliseconds }, 'Slack asks to wait');
      return pace.space(method === 'chat.update' ? method : `post ${step.place.channel}`, failure.milliseconds);
    }
    const before = failures.get(name);
    const count = (before?.count ?? 0) + 1;
    failures.set(name, { count, error: failure.error });
    if (before?.error !== failure.error) log.warn({ incident: step.place.incidentId, card: step.place.key, channel: step.place.channel, method, error: failure.error, remedy: remedies[failure.error] }, 'a card could not be written to Slack; trying again');
    pace.space(`retry ${name}`, Math.min(60_000, times.retry * 2 ** (count - 1)));
  }

  /** Until the time has come, or the timeline grew, or we stop. */
  async function pause(milliseconds: number, news: () => boolean): Promise<void> {
    const until = Date.now() + Math.min(milliseconds, 5000);
    while (Date.now() < until && !signal.aborted) {
      await sleep(Math.min(100, Math.max(1, until - Date.now())));
      if (milliseconds > 1000 && news()) return;
    }
  }

  return { project };
}

const remedies: Record<string, string> = {
  not_in_channel: 'invite the app to the channel: /invite @sre-agent',
  channel_not_found: 'check channels.alerts in sre-agent.yaml, and invite the app to a private channel',
  invalid_auth: 'check SLACK_BOT_TOKEN',
  account_inactive: 'the token was revoked: install the app again and set SLACK_BOT_TOKEN',
  missing_scope: 'install the app again with the scopes of manifest.json',
};
