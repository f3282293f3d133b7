/** Edit, Undo, an approval in a freeze, stop and resume, from the click to the answer. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PageMessage, PageView } from '../../playground/workspace/page-api.ts';
import type { Action } from '../../src/changes/action.ts';
import { digestOf } from '../../src/changes/digest.ts';
import type { Change } from '../../src/changes/change.ts';
import { textOf } from '../support/page-client.ts';
import { startSlackWorld } from '../support/slack-world.ts';
import type { SlackWorld } from '../support/slack-world.ts';
import { testAlert, testDraft } from '../support/store.ts';
import { approver, digest, storyChange } from '../support/story.ts';
import { waitFor } from '../support/wait-for.ts';

const channel = 'C0INCIDENT';
const [maya, tomas] = ['U0MAYA0001', 'U0TOMAS001'];
const tomasActor = { userId: tomas, teamId: 'T0PLAYGRND' };
const resources: Action = { kind: 'kubectl.set_resources', target: 'production', namespace: 'shop', workload: 'deployment', name: 'checkout', container: 'checkout', limits: { memory: '128Mi' } };

let world: SlackWorld;
let count = 0;
beforeAll(async () => {
  world = await startSlackWorld();
  await world.projector().start();
});
afterAll(() => world?.close());
beforeEach(async () => {
  world.offers.offer = () => Promise.resolve({ outcome: 'drafted', changeId: 'C130' });
  world.offers.resume = () => Promise.resolve({ outcome: 'resumed', incidents: [] });
  world.decideWith({ outcome: 'approved' });
  for (const list of [world.offers.edits, world.offers.undos, world.offers.resumes, world.decisions]) list.length = 0;
  for (const user of [maya, tomas]) for (const view of await world.page.views(user)) await fetch(`${world.workspace.url}/page/views/${view.id}/close`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ user }) });
});

/** An incident of its own with one proposed change, and its message. */
async function proposed(overrides: Partial<Change> = {}): Promise<{ incidentId: string; change: Change; root: string; message: PageMessage }> {
  const { incident } = await world.store.incidents.openOrJoin({ alert: testAlert({ fingerprint: `offer-${++count}` }), channel, title: `case ${count}` });
  const draft = await world.store.changes.draft(incident.id, testDraft(), `database/shop/${count}`);
  const wanted = storyChange({ action: resources, ...overrides, id: draft.id, incidentId: incident.id, lockKey: draft.lockKey, expiresAt: new Date(Date.now() + 900_000).toISOString() });
  const full = { ...wanted, digest: digestOf(wanted) };
  const change = await world.store.changes.transition(draft.id, { from: 'drafted', to: 'proposed', set: full, event: { type: 'change.proposed', change: full } });
  const root = await waitFor('the root', async () => (await world.page.messages(maya, channel)).find((message) => textOf(message).includes(`${incident.id} ·`) && !message.ephemeralFor));
  const message = await waitFor('the card', () => cardOf(root.ts, `Change ${draft.id}`));
  return { incidentId: incident.id, change: change!, root: root.ts, message };
}

async function cardOf(root: string, part: string): Promise<PageMessage | undefined> {
  return (await world.page.thread(tomas, channel, root)).find((each) => textOf(each).includes(part) && !each.ephemeralFor && each.ts !== root);
}

async function whispered(user: string, root: string, part: string): Promise<string> {
  return waitFor(`"${part}"`, async () => (await world.page.thread(user, channel, root)).filter((each) => each.ephemeralFor === user).map(textOf).find((text) => text.includes(part)));
}

async function answered(user: string, part: string): Promise<string> {
  return waitFor(`"${part}"`, async () => (await world.page.messages(user, channel)).filter((each) => each.ephemeralFor === user).map(textOf).findLast((text) => text.includes(part)));
}

async function modal(part: string): Promise<PageView> {
  return waitFor(`a modal with "${part}"`, async () => (await world.page.views(tomas)).find(({ view }) => JSON.stringify(view).includes(part)));
}

const field = (value: string | null) => ({ value: { type: 'plain_text_input', value } });
const filled = (over: Record<string, string | null> = {}) => Object.fromEntries(Object.entries({ 'requests.cpu': null, 'requests.memory': null, 'limits.cpu': null, 'limits.memory': '128Mi', ...over }).map(([name, value]) => [`field:${name}`, field(value)]));

// First, while there is one incident: Slack takes so many updates a minute, and a stop of everything updates each thread.
test('while everything is stopped, root, status and help say so', async () => {
  const { incidentId, root } = await proposed();
  await world.page.say(tomas, channel, '/sre stop');
  expect(await answered(tomas, 'Everything is stopped')).toContain(incidentId);
  const { incident } = await world.store.incidents.openOrJoin({ alert: testAlert({ fingerprint: 'opened meanwhile' }), channel, title: 'opened meanwhile' });
  await waitFor('the new root', async () => (await world.page.messages(maya, channel)).find((message) => textOf(message).includes(`${incident.id} ·`) && textOf(message).includes('Everything is stopped')));
  await world.page.say(maya, channel, '/sre status');
  expect(await answered(maya, 'Everything is stopped')).toContain('/sre resume');
  await world.page.say(maya, channel, '/sre help');
  await waitFor('help', async () => (await world.page.messages(maya, channel)).filter((each) => each.ephemeralFor === maya).map(textOf).find((text) => text.includes('opens a thread') && text.includes('Everything is stopped')));
  await waitFor('the stopped card', async () => (await world.page.thread(maya, channel, root)).find((each) => textOf(each).includes('with everything else, everywhere')));
  await world.store.halt.lift();
  await waitFor('the root without it', async () => (await world.page.messages(maya, channel)).find((message) => textOf(message).includes(`${incident.id} ·`) && !textOf(message).includes('Everything is stopped')));
});

describe('Edit', () => {
  test('opens the typed fields; what is fixed is only shown', async () => {
    const { message, change } = await proposed();
    await world.page.click(tomas, message, 'Edit');
    const { view } = await modal(`Edit ${change.id}`);
    const text = JSON.stringify(view);
    for (const part of ['kubectl.set_resources', 'namespace: *shop*', 'name: *checkout*', 'field:limits.memory', '"initial_value":"128Mi"']) expect(text).toContain(part);
    expect(text).not.toContain('field:namespace');
  });

  test('wrong values come back at their fields, and nothing is asked of the desk', async () => {
    const { message, change } = await proposed();
    await world.page.click(tomas, message, 'Edit');
    const view = await modal(`Edit ${change.id}`);
    expect(await world.page.submit(tomas, view, filled({ 'limits.memory': 'plenty' }))).toMatchObject({ ok: false, errors: { 'field:limits.memory': expect.stringContaining('quantity') } });
    expect(await world.page.submit(tomas, view, filled())).toMatchObject({ ok: false, errors: { 'field:requests.cpu': expect.stringContaining('Nothing differs') } });
    expect(world.offers.edits).toEqual([]);
    world.offers.offer = () => Promise.resolve({ outcome: 'refused', reason: 'Some fields are not right yet.', problems: { 'limits.memory': 'less than it uses now' } });
    expect(await world.page.submit(tomas, view, filled({ 'limits.memory': '1Mi' }))).toMatchObject({ ok: false, errors: { 'field:limits.memory': 'less than it uses now' } });
    world.offers.offer = () => Promise.resolve({ outcome: 'refused', reason: 'That looks like a secret.', problems: {} });
    expect(await world.page.submit(tomas, view, filled({ 'limits.memory': '1Mi' }))).toMatchObject({ ok: false, errors: { 'field:requests.cpu': 'That looks like a secret.' } });
  });

  test('right ones go to the desk with the digest that was edited, and the modal names the successor', async () => {
    const { message, change } = await proposed();
    await world.page.click(tomas, message, 'Edit');
    await world.page.submit(tomas, await modal(`Edit ${change.id}`), filled({ 'limits.memory': '256Mi', 'requests.cpu': '100m' }));
    await modal('C130 takes the place of');
    expect(world.offers.edits).toEqual([{ changeId: change.id, digest: change.digest, actor: tomasActor, fields: { target: 'production', namespace: 'shop', workload: 'deployment', name: 'checkout', container: 'checkout', requests: { cpu: '100m' }, limits: { memory: '256Mi' } } }]);
  });

  test('a refusal is said in the modal, which only that person has', async () => {
    const { message, change, root } = await proposed();
    await world.page.click(tomas, message, 'Edit');
    const view = await modal(`Edit ${change.id}`);
    world.offers.offer = () => Promise.resolve({ outcome: 'refused', reason: 'You are not an approver of this.' });
    await world.page.submit(tomas, view, filled({ 'limits.memory': '256Mi' }));
    await modal('You are not an approver of this.');
    expect((await world.page.thread(maya, channel, root)).some((each) => textOf(each).includes('not an approver'))).toBe(false);
  });

  test('of a change that was decided meanwhile is refused, at the click and at the submission', async () => {
    const { message, change, root, incidentId } = await proposed();
    await world.page.click(tomas, message, 'Edit');
    const view = await modal(`Edit ${change.id}`);
    const set = { ...change, digest: 'ab'.repeat(32) };
    await world.store.changes.transition(change.id, { from: 'proposed', to: 'rejected', set, event: { type: 'change.rejected', changeId: change.id, digest, by: approver, reason: 'no' } });
    await world.page.submit(tomas, view, filled({ 'limits.memory': '256Mi' }));
    await modal('is not what this window shows any more');
    expect(world.offers.edits).toEqual([]);
    await world.page.click(tomas, message, 'Edit');
    expect(await whispered(tomas, root, 'not waiting for a decision any more')).toContain(change.id);
    expect(incidentId).toMatch(/^INC-/);
  });

  test('an answer that takes longer than Slack waits comes into the modal afterwards', async () => {
    const { message, change } = await proposed();
    await world.page.click(tomas, message, 'Edit');
    const view = await modal(`Edit ${change.id}`);
    let answer = (): void => undefined;
    world.offers.offer = () => new Promise((resolve) => { answer = () => resolve({ outcome: 'drafted', changeId: 'C131' }); });
    await world.page.submit(tomas, view, filled({ 'limits.memory': '256Mi' }));
    await modal('Being taken down');
    answer();
    expect(JSON.stringify(await modal('C131 takes the place of'))).not.toContain('Being taken down');
  });
});

describe('Undo', () => {
  test('of a done change asks the desk, and names the change that takes it back', async () => {
    const { message, change, root, incidentId } = await proposed();
    await world.store.timeline.append(incidentId, { type: 'change.executing', changeId: change.id, command: [] });
    await world.store.timeline.append(incidentId, { type: 'change.verified', changeId: change.id, checks: [], before: [], after: [] });
    const done = await waitFor('Undo', async () => (await world.page.thread(tomas, channel, root)).find((each) => each.ts === message.ts && JSON.stringify(each.blocks).includes('change_undo')));
    await world.page.click(tomas, done, 'Undo');
    expect(await whispered(tomas, root, 'takes')).toContain(`C130 takes ${change.id} back`);
    expect(world.offers.undos).toEqual([{ changeId: change.id, actor: tomasActor }]);
    world.offers.offer = () => Promise.resolve({ outcome: 'refused', reason: 'This ended more than 24 hours ago.' });
    await world.page.click(tomas, done, 'Undo');
    await whispered(tomas, root, 'more than 24 hours ago');
  });
});

test('an approval in a freeze asks why, and hands the reason to the desk', async () => {
  const { message, change, root } = await proposed({ policy: { ...storyChange().policy, frozen: { name: 'Black Friday', until: '2026-11-30T00:00:00.000Z', breakGlass: 2 } } });
  await world.page.click(tomas, message, 'Approve in the freeze');
  const view = await modal('Run it in a freeze?');
  expect(JSON.stringify(view.view)).toContain('Black Friday');
  expect(JSON.stringify(view.view)).toContain('CREATE INDEX CONCURRENTLY');
  expect(await world.page.submit(tomas, view, { reason: { text: { type: 'plain_text_input', value: ' ' } } })).toMatchObject({ ok: false });
  await world.page.submit(tomas, view, { reason: { text: { type: 'plain_text_input', value: 'the shop is down' } } });
  await whispered(tomas, root, 'is approved');
  expect(world.decisions).toEqual([{ changeId: change.id, digest: change.digest, decision: 'approve', reason: 'the shop is down', actor: tomasActor }]);
});

test('resume of one and of everything, and why not', async () => {
  const { incidentId } = await proposed();
  world.offers.resume = () => Promise.resolve({ outcome: 'refused', reason: 'Only an approver lifts a stop.' });
  await world.page.say(maya, channel, `/sre resume ${incidentId.toLowerCase()}`);
  await answered(maya, 'Only an approver lifts a stop.');
  world.offers.resume = () => Promise.resolve({ outcome: 'resumed', incidents: [incidentId] });
  await world.page.say(tomas, channel, `/sre resume ${incidentId}`);
  await answered(tomas, `${incidentId} goes on`);
  await world.page.say(tomas, channel, '/sre resume');
  await answered(tomas, 'The stop of everything is lifted');
  await world.page.say(tomas, channel, '/sre resume INC-999');
  await answered(tomas, 'There is no INC-999');
  expect(world.offers.resumes).toEqual([{ incidentId, by: { userId: maya, teamId: 'T0PLAYGRND' } }, { incidentId, by: tomasActor }, { incidentId: 'all', by: tomasActor }]);
});
