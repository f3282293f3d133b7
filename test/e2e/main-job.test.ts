/** The main job through the doors a person has: commands, buttons, webhooks; the product runs as its users run it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GENERAL, INCIDENTS, MAYA, OLIVER, PRIYA, SHOP_ALERTS, TOMAS } from '../../playground/workspace/people.ts';
import type { PageMessage } from '../../playground/workspace/page-api.ts';
import { buttonsOf, createPageClient, eventually, textOf } from '../support/page-client.ts';
import type { PageClient } from '../support/page-client.ts';
import { startTestPlayground } from '../support/playground.ts';
import type { TestPlayground } from '../support/playground.ts';
import { requirement } from '../support/requirements.ts';

const long = 240_000;
let playground: TestPlayground;
let page: PageClient;

beforeAll(async () => {
  playground = await startTestPlayground({}, ['--soak', '1']);
  page = createPageClient(playground.url);
}, long);
afterAll(async () => {
  await playground?.close();
}, 60_000);

const roots = async (channel: string): Promise<PageMessage[]> => (await page.messages(MAYA, channel)).filter((message) => message.ephemeralFor === undefined && /^INC-\d+ /.test(message.text));
const thread = (root: PageMessage) => page.thread(MAYA, root.channel, root.ts);
const faultGone = (id: string) => eventually(`${id} repaired`, async () => (await page.world()).faults.some((fault) => fault.id === id && !fault.active));
const hurt = (id: string) => eventually(`${id} hurts`, async () => (await page.world()).services.some((service) => service.state === 'degraded' || service.state === 'down'));
const healthy = () => eventually('the shop is healthy', async () => (await page.world()).services.every((service) => service.state !== 'degraded' && service.state !== 'down'));

async function investigate(text: string, channel = INCIDENTS): Promise<PageMessage> {
  const before = (await roots(channel)).length;
  await page.say(MAYA, channel, `/sre investigate ${text}`);
  return eventually('the thread', async () => (await roots(channel))[before]);
}

const proposed = (root: PageMessage) =>
  eventually('a change with buttons', async () => (await thread(root)).find((message) => buttonsOf(message).some((button) => button.text === 'Approve')));
const again = async (message: PageMessage, root: PageMessage) => (await thread(root)).find((one) => one.ts === message.ts) ?? message;
const ephemeral = (user: string, root: PageMessage, words: RegExp) =>
  eventually(`${user} is told ${words}`, async () => (await page.thread(user, root.channel, root.ts)).concat(await page.messages(user, root.channel)).find((message) => message.ephemeralFor === user && words.test(textOf(message))));

describe('from /sre investigate to a verified change', () => {
  it('finds a dropped index, lets only approvers decide, builds it, verifies, and says who decided', async () => {
    await healthy();
    await page.fault('dropped-index', true);
    await hurt('dropped-index');
    const root = await investigate('checkout is slow');
    const change = await proposed(root);
    const said = (await thread(root)).map(textOf).join('\n');
    expect(said).toMatch(/INC-\d+ diagnosis/);
    expect(said).toContain('Database specialist');
    expect(said).toContain('Service specialist');
    expect(textOf(change)).toContain('CREATE INDEX CONCURRENTLY');
    expect(textOf(change)).toContain('DROP INDEX CONCURRENTLY');

    await page.click(OLIVER, change, 'Approve');
    await ephemeral(OLIVER, root, /approver/i);
    await page.click(MAYA, change, 'Approve');
    await ephemeral(MAYA, root, /approv/i);
    expect(buttonsOf(await again(change, root)).map((button) => button.text)).toContain('Approve');
    expect((await page.thread(TOMAS, root.channel, root.ts)).some((message) => message.ephemeralFor)).toBe(false);

    await page.click(TOMAS, change, 'Approve');
    const done = await eventually('verified', async () => {
      const now = await again(change, root);
      return /Done and verified/.test(textOf(now)) ? now : undefined;
    });
    expect(textOf(done)).toContain(`Approved by <@${TOMAS}>`);
    expect(buttonsOf(done).map((button) => button.text)).not.toContain('Approve');
    await faultGone('dropped-index');
    await eventually('resolved', async () => /Resolved/.test(textOf((await thread(root))[0] ?? root)));

    await page.click(PRIYA, change, 'Approve').catch(() => undefined); // the card has no such button any more
    expect(await faultGone('dropped-index')).toBe(true);
    await healthy();
  }, long);

  it('asks for a reason to reject, and closes the change', async () => {
    await page.fault('dropped-index', true);
    await hurt('dropped-index');
    const root = await investigate('checkout is slow again');
    const change = await proposed(root);
    expect(textOf(change)).toContain('CREATE INDEX');
    await page.click(TOMAS, change, 'Reject');
    const view = await eventually('the modal', async () => (await page.views(TOMAS))[0]);
    const input = (view.view['blocks'] as { type: string; block_id: string; element: { action_id: string } }[]).find((block) => block.type === 'input');
    expect(input).toBeDefined();
    await page.submit(TOMAS, view, { [input?.block_id ?? '']: { [input?.element.action_id ?? '']: { type: 'plain_text_input', value: 'the deploy team is on it' } } });
    const rejected = await eventually('rejected', async () => {
      const now = await again(change, root);
      return /Rejected/.test(textOf(now)) ? now : undefined;
    });
    expect(textOf(rejected)).toContain('the deploy team is on it');
    expect(buttonsOf(rejected).map((button) => button.text)).not.toContain('Approve');
    expect((await page.world()).faults.find((fault) => fault.id === 'dropped-index')?.active).toBe(true);
    await page.fault('dropped-index', false);
    await healthy();
  }, long);

  it('answers a question in the thread from evidence, and stops when told to', async () => {
    const root = await investigate('is anything wrong with payments?');
    await eventually('a diagnosis', async () => (await thread(root)).some((message) => /diagnosis/.test(message.text)));
    await page.say(MAYA, INCIDENTS, '@sre-agent what did you check in the database?', root.ts);
    const answer = await eventually('an answer', async () => (await thread(root)).find((message) => message.user !== MAYA && /\bE\d+\b/.test(textOf(message)) && /what did you check/i.test(textOf(message))));
    expect(textOf(answer)).toMatch(/\bE\d+\b/);
    const id = /INC-\d+/.exec(root.text)?.[0] ?? '';
    await page.say(MAYA, INCIDENTS, `/sre stop ${id}`);
    await eventually('stopped', async () => /Stopped/.test(textOf((await thread(root))[0] ?? root)));
  }, long);
});

describe('a bad rollout', () => {
  it.skipIf(!requirement('kubectl'))('is found by the rules, rolled back, and verified', async () => {
    await healthy();
    await page.fault('wrong-upstream-host', true);
    await hurt('wrong-upstream-host');
    const root = await investigate('orders fail since the last deploy');
    const change = await proposed(root);
    expect((await thread(root)).map(textOf).join('\n')).toContain('Kubernetes specialist');
    expect(textOf(change)).toMatch(/Roll checkout back to revision \d+/);
    expect(textOf(change)).toContain('kubectl -n shop patch deployment checkout');
    await page.click(TOMAS, change, 'Approve');
    await eventually('verified', async () => /Done and verified/.test(textOf(await again(change, root))));
    await faultGone('wrong-upstream-host');
    await eventually('resolved', async () => /Resolved/.test(textOf((await thread(root))[0] ?? root)));
    await healthy();
    const pods = (await page.world()).pods ?? [];
    expect(pods.filter((pod) => pod.name.startsWith('checkout-')).map(({ ready, status }) => `${ready} ${status}`)).toContain('1/1 Running');
  }, long);
});

describe('commands', () => {
  it.each([
    ['help', /investigate/],
    ['list', /INC-\d+/],
    ['status', /INC-\d+|no unfinished|nothing/i],
    ['nonsense', /help|investigate/],
  ])('/sre %s is answered to that person alone', async (command, words) => {
    const before = new Set((await page.messages(MAYA, INCIDENTS)).map((message) => message.ts));
    await page.say(MAYA, INCIDENTS, `/sre ${command}`);
    const answer = await eventually('an answer', async () => (await page.messages(MAYA, INCIDENTS)).find((message) => !before.has(message.ts) && words.test(textOf(message))));
    expect(answer.ephemeralFor).toBe(MAYA);
  }, long);

  it('opens a form for an empty /sre investigate, and a thread from it', async () => {
    await page.say(MAYA, GENERAL, '/sre investigate');
    const view = await eventually('the form', async () => (await page.views(MAYA))[0]);
    const blocks = view.view['blocks'] as { type: string; block_id: string; optional?: boolean; element: { type: string; action_id: string; options?: { value: string; text: unknown }[]; initial_option?: unknown; initial_conversation?: string } }[];
    const values = Object.fromEntries(blocks.filter((block) => block.type === 'input').map((block) => {
      const { type, action_id: action, options, initial_option: initial } = block.element;
      return [block.block_id, { [action]: type === 'plain_text_input' ? { type, value: 'frontend feels slow <!channel> ```' } : { type, selected_option: initial ?? options?.[0] } }];
    }));
    await page.submit(MAYA, view, values);
    const root = await eventually('the thread', async () => (await roots(GENERAL)).at(-1));
    expect(JSON.stringify(root.blocks)).not.toContain('<!channel>');
  }, long);
});

describe('webhooks', () => {
  it('open a thread by themselves, join it when repeated, and note the end', async () => {
    await page.fault('short-statement-timeout', true);
    await hurt('short-statement-timeout');
    expect(await page.alert('pagerduty-trigger')).toBeLessThan(300);
    const root = await eventually('the thread', async () => (await roots(SHOP_ALERTS))[0]);
    const change = await proposed(root);
    expect(await page.alert('pagerduty-trigger')).toBeLessThan(300);
    await eventually('joined', async () => (await thread(root)).some((message) => /again|joined|repeated/i.test(textOf(message))));
    expect(await roots(SHOP_ALERTS)).toHaveLength(1);
    await page.click(PRIYA, change, 'Approve');
    await faultGone('short-statement-timeout');
    await eventually('verified', async () => /Done and verified/.test(textOf(await again(change, root))));
    await healthy();
  }, long);

  it('from Alertmanager alike, with its own end noted', async () => {
    const before = (await roots(SHOP_ALERTS)).length;
    expect(await page.alert('alertmanager-firing')).toBeLessThan(300);
    const root = await eventually('the thread', async () => (await roots(SHOP_ALERTS))[before]);
    expect(await page.alert('alertmanager-resolved')).toBeLessThan(300);
    await eventually('noted', async () => (await thread(root)).some((message) => /alertmanager/i.test(textOf(message)) && /resolved|recovered/i.test(textOf(message))));
  }, long);

  it.each([
    ['/slack/events', { 'content-type': 'application/x-www-form-urlencoded' }, 'command=%2Fsre&text=help'],
    ['/slack/events', { 'content-type': 'application/x-www-form-urlencoded', 'x-slack-request-timestamp': '1', 'x-slack-signature': 'v0=00' }, 'command=%2Fsre&text=help'],
    ['/webhooks/pagerduty', { 'x-pagerduty-signature': 'v1=00' }, '{}'],
    ['/webhooks/alertmanager', { authorization: 'Bearer wrong' }, '{}'],
  ])('refuses what is not signed: %s', async (path, headers, body) => {
    const response = await fetch(`${playground.productUrl}${path}`, { method: 'POST', headers, body });
    expect(response.status).toBe(401);
  });
});
