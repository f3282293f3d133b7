/** Watches an investigation to its end, and plays the approver meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import { buttonsOf } from '../../../../playground/workspace/client.ts';
import type { PageClient } from '../../../../playground/workspace/client.ts';
import { APPROVERS, MAYA } from '../../../../playground/workspace/people.ts';
import type { Incident } from '../../../../src/incident/types.ts';
import type { Store } from '../../../../src/incident/store.ts';
import { foldEvents } from '../../../../src/incident/view.ts';
import type { IncidentView } from '../../../../src/incident/view.ts';
import { nextStep } from './approver.ts';
import type { Step } from './approver.ts';
import { productSettings } from './settings.ts';

export interface Following {
  store: Store;
  page: PageClient;
  /** Milliseconds since 1970. */
  deadline: number;
  signal: AbortSignal;
  /** False once the product's process is gone and is not started again. */
  isAlive(): boolean;
  log(line: string): void;
}

const pollMilliseconds = 300;
/** A busy machine answers a click too late for Slack now and then; a person presses again. */
const mostTries = 3;

/** Why it ended. Throws when `signal` ends it, or the product is gone. */
export async function followToTheEnd({ store, page, deadline, signal, isAlive, log }: Following): Promise<string> {
  const tries = new Map<string, number>();
  let restingSince: number | undefined;
  let last = '';
  for (;;) {
    signal.throwIfAborted();
    if (!isAlive()) throw new Error('The product ended and does not start again; its last lines are in the log.');
    const incidents = await store.incidents.list({ limit: 50 });
    const views = await Promise.all(incidents.toReversed().map(async (incident) => foldEvents(incident, await store.timeline.read(incident.id))));
    const step = nextStep(views, { people: APPROVERS.users, refused: new Set([...tries].filter(([, count]) => count >= mostTries).map(([click]) => click)), mayApprove: Date.now() < deadline - productSettings.lastApprovalSeconds * 1000 });
    const said = JSON.stringify(step);
    if (said !== last) log(`approver: ${said}`);
    last = said;
    if (step.do === 'end') return step.because;
    // What is under way then is left open; without a diagnosis there is nothing to report, and the bench gives it up.
    if (step.do === 'wait' && Date.now() > deadline + productSettings.lateSeconds * 1000 && views.some(({ diagnoses }) => diagnoses.length > 0)) return `the deadline passed during ${step.for}`;
    restingSince = step.do === 'rest' ? (restingSince ?? Date.now()) : undefined;
    if (step.do === 'rest' && Date.now() - (restingSince ?? 0) > productSettings.quietSeconds * 1000) return step.because;
    if (step.do === 'approve') {
      const why = await approve(step, views, { store, page, incidents });
      if (why !== undefined) {
        log(`approver: ${step.change} was not approved by ${step.by}: ${why}`);
        const click = `${step.change} ${step.by}`;
        tries.set(click, (tries.get(click) ?? 0) + 1);
      }
    }
    await sleep(pollMilliseconds, undefined, { signal });
  }
}

/** Presses Approve where a person would: on the card, or in its details when the command is too long for a card. Undefined once it counts. */
async function approve({ incident: id, change, by }: Extract<Step, { do: 'approve' }>, views: readonly IncidentView[], { store, page, incidents }: { store: Store; page: PageClient; incidents: readonly Incident[] }): Promise<string | undefined> {
  const before = clicksOf(views.find((view) => view.id === id), change);
  try {
    const cards = await store.cards.list(id);
    const root = cards.find(({ key, ts }) => key === 'root' && ts !== '');
    const card = cards.find(({ key, ts }) => key === `change:${change}` && ts !== '');
    // Posted within moments; asked again then.
    if (!root || !card) return undefined;
    const message = (await page.thread(MAYA, card.channel, root.ts)).find(({ ts }) => ts === card.ts);
    if (!message) return undefined;
    const shown = buttonsOf(message).map(({ text }) => text);
    if (shown.includes('Approve')) await page.click(by, message, 'Approve');
    else if (shown.includes('Details')) await approveInDetails(page, by, message);
    else return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const incident = incidents.find((one) => one.id === id);
  // A click is acknowledged once it was decided; only what it led to is on the timeline.
  const after = clicksOf(foldEvents(incident, await store.timeline.read(id)), change);
  return after.refused > before.refused ? after.reason : undefined;
}

async function approveInDetails(page: PageClient, by: string, message: Awaited<ReturnType<PageClient['thread']>>[number]): Promise<void> {
  const before = new Set((await page.views(by)).map(({ id }) => id));
  await page.click(by, message, 'Details');
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const opened = (await page.views(by)).find(({ id }) => !before.has(id));
    if (opened) return page.click(by, opened, 'Approve');
    await sleep(250);
  }
  throw new Error('the details never opened');
}

function clicksOf(view: IncidentView | undefined, change: string): { refused: number; reason: string } {
  const clicks = view?.changes.find(({ id }) => id === change)?.refusedClicks ?? [];
  return { refused: clicks.length, reason: clicks.at(-1)?.reason ?? '' };
}
