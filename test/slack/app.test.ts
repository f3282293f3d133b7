import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PageMessage } from '../../playground/workspace/page-api.ts';
import { createSlackApp, SlackStartError } from '../../src/slack/app.ts';
import { silentLogger } from '../../src/telemetry/log.ts';
import { textOf } from '../support/page-client.ts';
import { botToken, signingSecret, startSlackWorld, troubles } from '../support/slack-world.ts';
import type { SlackWorld } from '../support/slack-world.ts';
import { testDraft } from '../support/store.ts';
import { digest, run, story, storyChange } from '../support/story.ts';
import { waitFor } from '../support/wait-for.ts';

const channel = 'C0INCIDENT';
const [maya, tomas] = ['U0MAYA0001', 'U0TOMAS001'];
let world: SlackWorld;
beforeEach(async () => {
  world = await startSlackWorld();
});
afterEach(async () => {
  await world.close();
});

/** What only this person sees, in words. */
async function whispered(user: string, part: string, thread?: string): Promise<PageMessage> {
  return waitFor(`"${part}" for ${user}`, async () => {
    const messages = thread ? await world.page.thread(user, channel, thread) : await world.page.messages(user, channel);
    return messages.find((message) => message.ephemeralFor === user && textOf(message).includes(part));
  });
}

async function incidents() {
  return world.store.incidents.list({ limit: 20 });
}

/** An incident with a change that waits, in its thread; returns the change's message. */
async function proposed(): Promise<{ id: string; root: string; message: PageMessage }> {
  await world.projector().start();
  await world.page.say(maya, channel, '/sre investigate checkout is slow');
  const { id } = await waitFor('the incident', async () => (await incidents())[0]);
  for (const event of story().slice(1)) await world.store.timeline.append(id, event.type === 'change.proposed' ? { ...event, change: { ...event.change, incidentId: id } } : event);
  const root = await waitFor('the root', async () => (await world.page.messages(maya, channel)).find((message) => textOf(message).includes(id) && !message.ephemeralFor));
  const message = await waitFor('the change', async () => (await world.page.thread(tomas, channel, root.ts)).find((each) => textOf(each).includes('Change C4')));
  return { id, root: root.ts, message };
}

describe('/sre', () => {
  test('investigate opens an incident, says so to the asker only, and queues its investigation', async () => {
    await world.page.say(maya, channel, '/sre investigate checkout returns 5xx <!channel>');
    await whispered(maya, 'is open');
    expect(await incidents()).toMatchObject([{ channel, requestedBy: maya, status: 'open', severity: 'warning' }]);
    expect(world.jobs.map(({ name }) => name)).toEqual(['investigations']);
    const tomasSees = await world.page.messages(tomas, channel);
    expect(tomasSees.some((message) => textOf(message).includes('is open'))).toBe(false);
  });

  test('the same words again join', async () => {
    await world.page.say(maya, channel, '/sre investigate checkout returns 5xx');
    await whispered(maya, 'is open');
    await world.page.say(tomas, channel, '/sre investigate  Checkout returns 5XX');
    await whispered(tomas, 'is already about this');
    expect(await incidents()).toHaveLength(1);
  });

  test('empty investigate asks in a modal, which insists on words', async () => {
    await world.page.say(maya, channel, '/sre investigate');
    const view = await waitFor('the modal', async () => (await world.page.views(maya))[0]);
    const blank = { what: { text: { type: 'plain_text_input', value: '   ' } }, where: { text: { type: 'plain_text_input', value: null } }, severity: { choice: { type: 'static_select', selected_option: { value: 'critical', text: { type: 'plain_text', text: 'Critical: people are hurt now' } } } } };
    expect(await world.page.submit(maya, view, blank)).toMatchObject({ ok: false, errors: { what: expect.stringContaining('what is wrong') } });
    await world.page.submit(maya, view, { ...blank, what: { text: { type: 'plain_text_input', value: 'orders time out' } }, where: { text: { type: 'plain_text_input', value: 'checkout' } } });
    await whispered(maya, 'is open');
    expect(await incidents()).toMatchObject([{ title: 'checkout: orders time out', severity: 'critical' }]);
  });

  test('status, list, stop, help and what nobody knows', async () => {
    await world.page.say(maya, channel, '/sre status');
    await whispered(maya, 'Nothing is under way');
    await world.page.say(maya, channel, '/sre list');
    await whispered(maya, 'No incidents in this channel');
    await world.page.say(maya, channel, '/sre stop');
    await whispered(maya, 'nothing to stop');
    await world.page.say(maya, channel, '/sre investigate checkout is slow');
    const { id } = await waitFor('the incident', async () => (await incidents())[0]);
    for (const event of story().slice(1)) await world.store.timeline.append(id, event);
    await world.page.say(maya, channel, `/sre status ${id.toLowerCase()}`);
    expect(textOf(await whispered(maya, 'orders has no index'))).toContain('Waiting for a decision');
    await world.page.say(maya, 'C0GENERAL0', `/sre status ${id}`);
    await waitFor('the refusal', async () => (await world.page.messages(maya, 'C0GENERAL0')).find((message) => textOf(message).includes(`There is no ${id} in this channel`)));
    await world.page.say(maya, channel, '/sre list');
    await whispered(maya, 'checkout is slow');
    await world.page.say(maya, channel, '/sre dance');
    await whispered(maya, 'I don\'t know "dance"');
    await world.page.say(maya, channel, '/sre status tomorrow');
    await whispered(maya, '"tomorrow" is not an incident');
    await world.page.say(maya, channel, '/sre help');
    await whispered(maya, 'opens a thread and investigates');
    await world.page.say(tomas, channel, `/sre stop ${id}`);
    expect(textOf(await whispered(tomas, 'stopped'))).toContain('C4');
    expect(await world.store.incidents.get(id)).toMatchObject({ status: 'stopped' });
    expect(troubles(world.lines)).toEqual([]);
  });

  test('a stop from elsewhere stops, and tells nothing of what it stopped but its number', async () => {
    await world.page.say(maya, channel, '/sre investigate the merger talks leaked');
    const { id } = await waitFor('the incident', async () => (await incidents())[0]);
    for (const event of story().slice(1)) await world.store.timeline.append(id, event);
    await world.page.say(tomas, 'C0GENERAL0', '/sre stop');
    const answer = await waitFor('the answer', async () => (await world.page.messages(tomas, 'C0GENERAL0')).find((message) => textOf(message).includes('stopped')));
    expect(textOf(answer)).toContain(id);
    expect(textOf(answer)).not.toMatch(/merger|C4/);
    expect(await world.store.incidents.get(id)).toMatchObject({ status: 'stopped' });
  });
});

describe('the buttons of a change', () => {
  test('Approve hands change, digest and person to the desk', async () => {
    const { message, root } = await proposed();
    await world.page.click(tomas, message, 'Approve');
    await whispered(tomas, 'C4 is approved', root);
    expect(world.decisions).toEqual([{ changeId: 'C4', digest, decision: 'approve', actor: { userId: tomas, teamId: 'T0PLAYGRND' } }]);
  });

  test('a refusal is for the one who clicked', async () => {
    world.decideWith({ outcome: 'refused', reason: 'You asked for this: someone else must approve.' });
    const { message, root } = await proposed();
    await world.page.click(maya, message, 'Approve');
    await whispered(maya, 'someone else must approve', root);
    expect((await world.page.thread(tomas, channel, root)).some((each) => textOf(each).includes('someone else must approve'))).toBe(false);
  });

  test('one of two approvals says what is missing', async () => {
    world.decideWith({ outcome: 'counted', approvals: 1, needed: 2 });
    const { message, root } = await proposed();
    await world.page.click(tomas, message, 'Approve');
    expect(textOf(await whispered(tomas, '1 of 2', root))).toContain('one more person');
  });

  test('Reject asks for a reason and takes no empty one', async () => {
    world.decideWith({ outcome: 'rejected' });
    const { message, root } = await proposed();
    await world.page.click(tomas, message, 'Reject');
    const view = await waitFor('the modal', async () => (await world.page.views(tomas))[0]);
    expect(await world.page.submit(tomas, view, { reason: { text: { type: 'plain_text_input', value: ' ' } } })).toMatchObject({ ok: false, errors: { reason: 'A rejection needs a reason.' } });
    expect(world.decisions).toEqual([]);
    await world.page.submit(tomas, view, { reason: { text: { type: 'plain_text_input', value: 'not during the sale' } } });
    await whispered(tomas, 'C4 is rejected', root);
    expect(world.decisions).toMatchObject([{ decision: 'reject', reason: 'not during the sale', changeId: 'C4', digest }]);
  });

  test('Details shows all of a change', async () => {
    const { id, root } = await proposed();
    const change = await world.store.changes.draft(id, testDraft(), 'postgres/shop/public.orders');
    const long = Array.from({ length: 120 }, (_, index) => `line ${index} of the dry run, all of which the modal shows`).join('\n');
    await world.store.timeline.append(id, { type: 'change.proposed', change: storyChange({ id: change.id, incidentId: id, preview: long }) });
    const message = await waitFor('the change', async () => (await world.page.thread(tomas, channel, root)).find((each) => textOf(each).includes(`Change ${change.id}`)));
    expect(textOf(message)).not.toContain('line 60 of');
    await world.page.click(tomas, message, 'Details');
    const view = JSON.stringify((await waitFor('the modal', async () => (await world.page.views(tomas))[0])).view);
    for (const part of ['line 0 of', 'line 60 of', 'line 119 of', digest, 'CREATE INDEX CONCURRENTLY']) expect(view).toContain(part);
    const elsewhere = { type: 'block_actions', trigger_id: 'x', user: { id: tomas, team_id: 'T0PLAYGRND' }, team: { id: 'T0PLAYGRND' }, channel: { id: 'C0GENERAL0' }, container: { type: 'message', channel_id: 'C0GENERAL0', message_ts: '1.2' }, actions: [{ type: 'button', action_id: 'change_details', block_id: 'b', value: JSON.stringify({ change: change.id, digest }), action_ts: '1' }] };
    await world.workspace.sendInteraction(elsewhere);
    await waitFor('the refusal', () => world.workspace.calls().find(({ method, values }) => method === 'views.open' && JSON.stringify(values).includes(`no change ${change.id} in this channel`)));
  });

  test('a forged value, or an error inside, is a word with an id and one log line', async () => {
    const { message, root } = await proposed();
    world.decideWith(new Error('the database is on fire'));
    await world.page.click(tomas, message, 'Approve');
    const told = await whispered(tomas, 'Something went wrong', root);
    const failures = world.lines.filter(({ level }) => level === 'error');
    expect(failures).toHaveLength(1);
    expect(textOf(told)).toContain(String(failures[0]!['id']));
    expect(textOf(told)).not.toContain('on fire');
  });

  test('decided in the timeline, the card has no buttons left', async () => {
    const { id, root } = await proposed();
    for (const event of run()) await world.store.timeline.append(id, event);
    const card = await waitFor('the end', async () => (await world.page.thread(tomas, channel, root)).find((each) => textOf(each).includes('Done and verified') && textOf(each).includes('Change C4')));
    expect(JSON.stringify(card.blocks)).not.toMatch(/change_(approve|reject|edit)/);
    expect(textOf(card)).toContain(`Approved by <@${tomas}>`);
  });
});

describe('mentions', () => {
  test('in an incident\'s thread: a question, once', async () => {
    const { id, root } = await proposed();
    await world.page.say(tomas, channel, '<@U0SREAGENT> since when is it slow?', root);
    await waitFor('the question', () => world.jobs.find(({ name }) => name === 'questions'));
    const asked = (await world.store.timeline.read(id)).map(({ event }) => event).filter((event) => event.type === 'question.asked');
    expect(asked.at(-1)).toMatchObject({ text: 'since when is it slow?', by: { userId: tomas } });
    const message = (await world.page.thread(tomas, channel, root)).find((each) => each.text.includes('since when is it slow'))!;
    const again = { type: 'event_callback', event_id: 'Ev0AGAIN', team_id: 'T0PLAYGRND', api_app_id: 'A0SREAGENT', authorizations: [{ team_id: 'T0PLAYGRND', user_id: 'U0SREAGENT', is_bot: true }], event: { type: 'app_mention', user: tomas, text: '<@U0SREAGENT> since when is it slow?', ts: message.ts, thread_ts: root, channel, event_ts: message.ts } };
    expect([await post('/slack/events', JSON.stringify(again)), await post('/slack/events', JSON.stringify(again))]).toEqual([200, 200]);
    expect(world.jobs.filter(({ name }) => name === 'questions')).toHaveLength(1);
  });

  test('elsewhere: an offer, which opens an incident', async () => {
    await world.page.say(maya, channel, '<@U0SREAGENT> payments look odd');
    const offer = await whispered(maya, 'Shall I investigate this?');
    expect(await incidents()).toEqual([]);
    await world.page.click(maya, offer, 'Investigate');
    await whispered(maya, 'is open');
    expect(await incidents()).toMatchObject([{ title: 'payments look odd', requestedBy: maya }]);
  });
});

describe('the shortcut', () => {
  test('"Investigate this" opens with the message\'s words, even those of an attachment', async () => {
    const answer = await world.workspace.sendInteraction({
      type: 'message_action',
      callback_id: 'investigate_message',
      trigger_id: '1.2.3',
      response_url: 'http://127.0.0.1:9/nothing',
      team: { id: 'T0PLAYGRND', domain: 'playground' },
      user: { id: maya, name: 'maya', team_id: 'T0PLAYGRND' },
      channel: { id: channel, name: 'incidents' },
      message_ts: '1700000000.000100',
      message: { type: 'message', ts: '1700000000.000100', text: '', attachments: [{ title: 'HighErrorRate', text: 'payments 5xx > 5%' }] },
    });
    expect(answer).toMatchObject({ outcome: 'answered', status: 200 });
    const [incident] = await waitFor('the incident', async () => ((await incidents()).length > 0 ? incidents() : undefined));
    expect(incident).toMatchObject({ title: 'HighErrorRate', requestedBy: maya });
  });
});

describe('requests that are not Slack\'s', () => {
  test.each([
    ['unsigned', {}],
    ['signed with another secret', sign('{}', { secret: 'guessed' })],
    ['stale', sign('{}', { seconds: -360 })],
  ])('%s: 401 and one log line', async (_, headers) => {
    const response = await fetch(`${world.url}/slack/events`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: '{}' });
    expect(response.status).toBe(401);
    expect(troubles(world.lines)).toHaveLength(1);
  });

  test('an unknown path is 404', async () => {
    expect((await fetch(`${world.url}/nothing`)).status).toBe(404);
  });
});

test('a token that Slack refuses stops the start with the remedy', async () => {
  const app = createSlackApp({ config: { botToken: 'xoxb-wrong', signingSecret, apiUrl: world.workspace.apiUrl, host: '127.0.0.1', port: 0 }, desk: world.desk, store: world.store, log: silentLogger, customRoutes: [] });
  await expect(app.start()).rejects.toThrow(SlackStartError);
  await expect(app.start()).rejects.toThrow(/SLACK_BOT_TOKEN/);
  await app.stop();
  expect(botToken).not.toBe('xoxb-wrong');
});

async function post(path: string, body: string): Promise<number> {
  return (await fetch(`${world.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...sign(body) }, body })).status;
}

function sign(body: string, { secret = signingSecret, seconds = 0 } = {}): Record<string, string> {
  const timestamp = Math.floor(Date.now() / 1000) + seconds;
  return { 'x-slack-request-timestamp': String(timestamp), 'x-slack-signature': `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}` };
}
