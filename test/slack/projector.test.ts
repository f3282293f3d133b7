import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { IncidentEvent } from '../../src/incident/events.ts';
import type { Card, Store } from '../../src/incident/store.ts';
import { foldEvents } from '../../src/incident/view.ts';
import { cardsOf, hashOf } from '../../src/slack/cards.ts';
import type { Projector } from '../../src/slack/projector.ts';
import { startSlackWorld, troubles } from '../support/slack-world.ts';
import type { SlackWorld } from '../support/slack-world.ts';
import { requester, run, story, storyAlert } from '../support/story.ts';
import { waitFor } from '../support/wait-for.ts';

const channel = 'C0INCIDENT';
let world: SlackWorld;
beforeEach(async () => {
  world = await startSlackWorld();
});
afterEach(async () => {
  await world.close();
});

async function open(fingerprint = 'slack:1'): Promise<string> {
  const { incident } = await world.store.incidents.openOrJoin({ alert: storyAlert({ fingerprint }), channel, title: 'checkout is slow', requestedBy: requester });
  return incident.id;
}

async function append(id: string, events: IncidentEvent[]): Promise<void> {
  for (const event of events) await world.store.timeline.append(id, event);
}

/** Ends when every card shows what the timeline says, then returns the incident's messages in Slack. */
async function settled(id: string, store: Store = world.store) {
  await waitFor(`the thread of ${id}`, async () => {
    const incident = await store.incidents.get(id);
    const wanted = cardsOf(foldEvents(incident, await store.timeline.read(id)));
    const rows = new Map((await store.cards.list(id)).map((row) => [row.key, row]));
    return wanted.every((card) => rows.get(card.key)?.ts !== '' && rows.get(card.key)?.shown === hashOf(card));
  });
  return messagesOf(id);
}

function messagesOf(id: string) {
  return world.workspace.messages(channel).filter(({ metadata }) => metadata?.event_payload['incident'] === id);
}

function keysOf(id: string): unknown[] {
  return messagesOf(id).map(({ metadata }) => metadata?.event_payload['key']);
}

/** Exactly the cards of the timeline, each once, all but the root in its thread. */
async function expectWhole(id: string): Promise<void> {
  const messages = await settled(id);
  const view = foldEvents(await world.store.incidents.get(id), await world.store.timeline.read(id));
  expect(keysOf(id)).toHaveLength(new Set(keysOf(id)).size);
  expect(keysOf(id).toSorted()).toEqual(cardsOf(view).map(({ key }) => key).toSorted());
  const root = messages.find(({ metadata }) => metadata?.event_payload['key'] === 'root')!;
  expect(messages.filter((message) => message !== root && message.thread_ts !== root.ts)).toEqual([]);
  expect(await world.store.incidents.findByThread(channel, root.ts)).toMatchObject({ id });
}

/** A store whose writes of cards stop working after `writes` of them, as when the process died there. */
function dyingStore(writes: number, whenDead: () => void): Store {
  let left = writes;
  return {
    ...world.store,
    cards: {
      ...world.store.cards,
      async put(card: Card) {
        if (left <= 0) {
          whenDead();
          throw new Error('the process is gone');
        }
        left -= 1;
        await world.store.cards.put(card);
      },
    },
  };
}

describe('the projector', () => {
  test('makes a thread of a story and keeps its cards up to date', async () => {
    const id = await open();
    await world.projector().start();
    await append(id, story().slice(1));
    await expectWhole(id);
    await append(id, run());
    await expectWhole(id);
    const change = messagesOf(id).find(({ metadata }) => metadata?.event_payload['key'] === 'change:C4');
    expect(JSON.stringify(change?.blocks)).toContain('Done and verified');
    expect(troubles(world.lines)).toEqual([]);
  });

  test('an alert that comes again is noted in the thread', async () => {
    const alert = storyAlert({ source: 'pagerduty', fingerprint: 'pagerduty:1' });
    const first = await world.store.incidents.openOrJoin({ alert, channel, title: 'checkout is slow' });
    await world.projector().start();
    await settled(first.incident.id);
    expect(await world.store.incidents.openOrJoin({ alert, channel, title: 'checkout is slow' })).toMatchObject({ opened: false, incident: { id: first.incident.id } });
    const [root, note] = await settled(first.incident.id);
    expect(note?.thread_ts).toBe(root?.ts);
    expect(JSON.stringify(note?.blocks)).toMatch(/joined this incident.*reported 2 times/);
    expect(JSON.stringify(root?.blocks)).toContain('reported 2 times');
  });

  test('says nothing again when nothing changed', async () => {
    const id = await open();
    const first = world.projector();
    await first.start();
    await append(id, story().slice(1));
    await settled(id);
    await first.stop();
    const calls = world.workspace.calls().filter(({ method }) => method.startsWith('chat.')).length;
    const second = world.projector();
    await second.start();
    const other = await open('slack:2');
    await settled(other);
    await settled(id);
    expect(world.workspace.calls().filter(({ method, values }) => method.startsWith('chat.') && !JSON.stringify(values).includes(other))).toHaveLength(calls);
  });

  test('killed at any write, it loses no card and doubles none', async () => {
    for (let writes = 0; writes < 14; writes += 1) {
      const id = await open(`slack:crash-${writes}`);
      await append(id, [...story().slice(1), ...run()]);
      let victim: Projector | undefined;
      const died = new Promise<void>((resolve) => {
        const store = dyingStore(writes, resolve);
        const only = { ...store, incidents: { ...store.incidents, list: async () => [(await store.incidents.get(id))!] }, timeline: { ...store.timeline, subscribe: async () => async () => undefined } };
        victim = world.projector({ retry: 10, poll: 600_000 }, { store: only });
        void victim.start();
      });
      await died;
      await victim?.stop();
      await world.store.cards.lease(id, 'the dead one', 1);
    }
    // All is as the dead ones left it, and the last one's lease still runs.
    const survivor = world.projector({ retry: 10 });
    await survivor.start();
    for (const incident of await world.store.incidents.list({ limit: 50 })) await expectWhole(incident.id);
  }, 240_000);

  test('an answer that never came is looked for before posting again', async () => {
    const id = await open();
    world.workspace.failNext('chat.postMessage', 1, { kind: 'drop', applied: true });
    await world.projector().start();
    await append(id, story().slice(1));
    world.workspace.failNext('chat.postMessage', 1, { kind: 'drop', applied: true });
    world.workspace.failNext('chat.postMessage', 1, { kind: 'drop', applied: false });
    world.workspace.failNext('chat.postMessage', 1, { kind: 'respond', status: 502, body: 'bad gateway', applied: true });
    await expectWhole(id);
  });

  test('429 and errors delay a card but never lose or double it', async () => {
    const id = await open();
    const limited = { kind: 'respond', status: 429, body: '{"ok":false,"error":"ratelimited"}', headers: { 'retry-after': '1' } } as const;
    world.workspace.failNext('chat.postMessage', 2, limited);
    world.workspace.failNext('chat.update', 2, limited);
    await world.projector().start();
    await append(id, [...story().slice(1), ...run()]);
    await expectWhole(id);
    expect(world.workspace.calls().filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(2);
  });

  test('blocks that a workspace does not take come plainer', async () => {
    const id = await open();
    world.workspace.failNext('chat.postMessage', 1, { kind: 'respond', status: 200, body: '{"ok":false,"error":"invalid_blocks"}' });
    await world.projector().start();
    await expectWhole(id);
  });

  test('with Slack\'s own limit of one post a second it needs no 429', async () => {
    world.workspace.limitPosts(true);
    const id = await open();
    await world.projector({ perPost: 1050 }).start();
    await append(id, story().slice(1));
    await expectWhole(id);
    expect(world.workspace.calls().filter(({ status }) => status === 429)).toEqual([]);
  });

  test('of many changes of one card only the latest ones are sent', async () => {
    const id = await open();
    await world.projector({ perCard: 1000 }).start();
    for (let call = 0; call < 60; call += 1) await append(id, [{ type: 'budget.updated', dollars: call / 100, limitDollars: 2, modelCalls: call, tokens: 0, seconds: call }]);
    await settled(id);
    expect(world.workspace.calls().filter(({ method }) => method === 'chat.update').length).toBeLessThan(30);
    expect(JSON.stringify(messagesOf(id)[0]?.blocks)).toContain('59 model calls');
  });

  test('two gateways write one thread', async () => {
    const id = await open();
    await Promise.all([world.projector().start(), world.projector().start(), world.projector().start()]);
    await append(id, [...story().slice(1), ...run()]);
    await expectWhole(id);
  });

  test('a card that somebody deleted comes back, below', async () => {
    const id = await open();
    await world.projector().start();
    await append(id, story().slice(1));
    await settled(id);
    const { ts } = (await world.store.cards.list(id)).find(({ key }) => key === 'change:C4')!;
    await world.client.chat.delete({ channel, ts });
    await append(id, run());
    await settled(id);
    expect(keysOf(id).filter((key) => key === 'change:C4')).toHaveLength(1);
    expect((await world.store.cards.list(id)).find(({ key }) => key === 'change:C4')!.ts).not.toBe(ts);
  });

  test('a thread status says what is under way, and a workspace without it is no trouble', async () => {
    world.workspace.failNext('assistant.threads.setStatus', 1, { kind: 'respond', status: 200, body: '{"ok":false,"error":"unknown_method"}' });
    const id = await open();
    await world.projector().start();
    await append(id, story().slice(1, 4));
    await settled(id);
    await append(id, story().slice(4));
    await expectWhole(id);
    expect(world.workspace.calls().some(({ method }) => method === 'assistant.threads.setStatus')).toBe(true);
  });
});
