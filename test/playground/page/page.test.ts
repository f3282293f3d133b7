import { rm } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PageMessage } from '../../../playground/workspace/page-api.ts';
import { startBrowser, type TestBrowser } from '../../support/browser.ts';
import { changeBlocks, people, planBlock } from '../../support/page-samples.ts';
import { compilePage, sampleChannel, startPageStub, type PageStub } from '../../support/page-stub.ts';
import { requirement } from '../../support/requirements.ts';

const deadline = { timeout: 30_000 };

describe.skipIf(!requirement('chromium'))('the page', { timeout: 180_000 }, () => {
  let compiled: string;
  let browser: TestBrowser;
  let stub: PageStub;
  let page: Page;
  let root: PageMessage;

  beforeAll(async () => {
    [compiled, browser] = await Promise.all([compilePage(), startBrowser()]);
  });
  afterAll(async () => {
    await browser.close();
    await rm(compiled, { recursive: true, force: true });
  });

  beforeEach(async () => {
    stub = await startPageStub(compiled);
    const found = stub.messages.find((message) => message.reply_count !== undefined);
    if (found === undefined) throw new Error('The samples have no thread.');
    root = found;
    page = await browser.newPage();
  });
  afterEach(async () => {
    await page.close();
    await stub.close();
  });

  const open = async (user: string, thread?: string): Promise<void> => {
    await page.goto(`${stub.url}#user=${user}&channel=${sampleChannel}${thread === undefined ? '' : `&thread=${thread}`}`);
    await page.getByTestId('message').first().waitFor();
  };
  const thread = () => page.getByTestId('thread-pane');
  const push = (message: Partial<PageMessage>): void => stub.push({ type: 'message', message: { ts: `${Math.ceil(Date.now() / 1000) + 5}.000000`, channel: sampleChannel, user: people.bot, text: '', ...message } });

  test('a message is sent with Enter, and mentions people', async () => {
    await open(people.requester);
    const composer = page.getByTestId('composer');
    await composer.pressSequentially('hello @jon');
    await page.getByTestId('candidate').filter({ hasText: 'Jonas' }).waitFor();
    await composer.press('Tab');
    await composer.press('Shift+Enter');
    await composer.pressSequentially('a < b');
    await composer.press('Enter');
    await page.getByTestId('message').filter({ hasText: 'hello @jonas' }).waitFor();
    expect(stub.sent).toEqual([{ user: people.requester, channel: sampleChannel, text: `hello <@${people.approver}> \na &lt; b` }]);
    await expect.poll(() => composer.inputValue(), deadline).toBe('');
  });

  test('a channel without messages says what to do, until there is one', async () => {
    stub.messages.splice(0);
    await page.goto(`${stub.url}#user=${people.requester}&channel=${sampleChannel}`);
    const empty = page.getByTestId('empty');
    await empty.waitFor();
    expect(await empty.textContent()).toContain('/sre investigate checkout is slow');
    await page.getByRole('button', { name: 'general' }).click();
    await empty.filter({ hasText: '#general' }).waitFor();
    await page.getByRole('button', { name: 'incidents' }).click();
    await empty.filter({ hasText: 'Break something' }).waitFor();
    push({ text: 'first words' });
    await page.getByTestId('message').filter({ hasText: 'first words' }).waitFor();
    expect(await empty.count()).toBe(0);
  });

  test('a slash offers commands; the answer is seen by its user alone, until dismissed', async () => {
    await open(people.requester);
    const composer = page.getByTestId('composer');
    await composer.pressSequentially('/sr');
    await expect.poll(() => page.getByTestId('candidate').count(), deadline).toBe(2);
    await composer.press('Enter');
    await expect.poll(() => composer.inputValue(), deadline).toBe('/sre ');
    await composer.pressSequentially('status');
    await composer.press('Enter');
    const answer = page.getByTestId('ephemeral').filter({ hasText: 'I heard /sre status' });
    await answer.waitFor();
    expect(stub.sent.map((message) => message.text)).toEqual(['/sre status']);

    await page.getByTestId('user-switcher').click();
    await page.getByTestId(`user-option-${people.outsider}`).click();
    await expect.poll(() => page.getByTestId('user-switcher').getAttribute('data-user'), deadline).toBe(people.outsider);
    await expect.poll(() => page.getByTestId('message').count(), deadline).toBeGreaterThan(3);
    expect(await page.getByTestId('ephemeral').count()).toBe(0);

    await page.getByTestId('user-switcher').click();
    await page.getByTestId(`user-option-${people.requester}`).click();
    await answer.waitFor();
    await answer.getByText('Dismiss').click();
    await answer.waitFor({ state: 'detached' });
    await expect.poll(() => stub.messages.filter((message) => message.text.startsWith('I heard')), deadline).toEqual([]);
  });

  test('a message can be reacted to, and handed to a shortcut of the app', async () => {
    await open(people.requester);
    const message = page.getByTestId('message').filter({ hasText: 'Customers say' });
    await message.hover();
    await message.getByTestId('react').click();
    await page.getByRole('menuitem', { name: 'eyes' }).click();
    const pill = message.getByTestId('reaction-eyes');
    await expect.poll(() => pill.getAttribute('aria-pressed'), deadline).toBe('true');
    await pill.click();
    await pill.waitFor({ state: 'detached' });
    await message.hover();
    await message.getByTestId('message-shortcuts').click();
    await page.getByRole('menuitem', { name: 'Investigate this' }).click();
    await expect.poll(() => stub.shortcuts, deadline).toMatchObject([{ user: people.requester, callback_id: 'investigate_message', ts: await message.getAttribute('data-ts') }]);
  });

  test('a refused message stays in the composer and is explained', async () => {
    await open(people.requester);
    await page.getByTestId('composer').fill('/unknown x');
    await page.getByTestId('send').click();
    await page.getByTestId('toast').filter({ hasText: 'no command /unknown' }).waitFor();
    expect(await page.getByTestId('composer').inputValue()).toBe('/unknown x');
  });

  test('a thread opens, takes a reply, refuses a command, and survives a reload', async () => {
    await open(people.approver);
    await page.getByTestId('thread-bar').click();
    await thread().getByText('5 replies').waitFor();
    await page.getByTestId('thread-composer').fill('/sre status');
    await page.getByTestId('thread-send').click();
    await page.getByTestId('toast').filter({ hasText: 'does not work in threads' }).waitFor();
    await page.getByTestId('thread-composer').fill('I will look');
    await page.getByTestId('thread-composer').press('Enter');
    await thread().getByText('I will look').waitFor();
    expect(stub.sent).toMatchObject([{ thread_ts: root.ts, text: 'I will look' }]);
    await page.getByTestId('thread-bar').getByText('6 replies').waitFor();
    await page.reload();
    await thread().getByText('I will look').waitFor();
  });

  test('a button with a confirm dialog sends its value only when confirmed', async () => {
    await open(people.approver, root.ts);
    await thread().getByText('Approve', { exact: true }).click();
    await page.getByText('Not yet').click();
    await thread().getByText('Approve', { exact: true }).click();
    await page.keyboard.press('Escape');
    expect(stub.actions).toEqual([]);
    await thread().getByText('Approve', { exact: true }).click();
    await page.getByTestId('confirm').getByText('Yes, run it').click();
    const message = stub.messages.find((each) => JSON.stringify(each.blocks ?? []).includes('approve'));
    await expect.poll(() => stub.actions, deadline).toEqual([
      { user: people.approver, container: { type: 'message', channel: sampleChannel, ts: message?.ts }, block_id: 'decide', action_id: 'approve', element: 'button', value: 'change-1:abc' },
    ]);
  });

  test('a select and an overflow menu send what was chosen', async () => {
    await open(people.approver, root.ts);
    await thread().locator('[data-action=snooze]').selectOption({ label: 'in 1 hour' });
    await thread().locator('[data-action=incident_menu]').click();
    await page.getByRole('menuitem', { name: 'Stop the investigation' }).click();
    await expect.poll(() => stub.actions.map((action) => [action.element, action.value, action.selected_option?.value]), deadline).toEqual([
      ['static_select', '60', '60'],
      ['overflow', 'stop', 'stop'],
    ]);
  });

  test('a modal says what is missing, shows what the app refuses, and sends its values', async () => {
    let refusals = 0;
    stub.answerSubmit = () => {
      refusals += 1;
      return refusals === 1 ? { ok: false, errors: { reason: 'Please say more.' } } : { ok: true };
    };
    await open(people.approver, root.ts);
    await thread().getByText('Reject', { exact: true }).click();
    const modal = page.getByTestId('modal');
    await modal.waitFor();
    await page.getByTestId('modal-submit').click();
    await modal.getByText('Please complete this required field.').waitFor();
    expect(stub.submitted).toEqual([]);
    await modal.locator('textarea').fill('not now');
    await modal.getByText('Stop the investigation').click();
    await modal.getByText('everybody on call').click();
    await modal.locator('select').selectOption({ label: 'Timing' });
    await modal.locator('input[type=date]').fill('2026-12-01');
    await page.getByTestId('modal-submit').click();
    await modal.getByText('Please say more.').waitFor();
    expect(await modal.locator('textarea').inputValue()).toBe('not now');
    await page.getByTestId('modal-submit').click();
    await modal.waitFor({ state: 'detached' });
    expect(stub.submitted.at(-1)).toMatchObject({
      user: people.approver,
      values: {
        reason: { text: { type: 'plain_text_input', value: 'not now' } },
        next: { choice: { type: 'radio_buttons', selected_option: { value: 'stop' } } },
        tell: { who: { type: 'checkboxes', selected_options: [{ value: 'oncall' }] } },
        area: { area: { type: 'static_select', selected_option: { value: 'timing' } } },
        day: { day: { type: 'datepicker', selected_date: '2026-12-01' } },
      },
    });
  });

  test('a pushed view stands above; the one below keeps what was typed; Escape closes the top', async () => {
    await open(people.approver, root.ts);
    await thread().getByText('Reject', { exact: true }).click();
    await page.getByTestId('modal').locator('textarea').fill('half a thought');
    stub.openView(people.approver, { type: 'modal', title: { type: 'plain_text', text: 'On top' }, blocks: [] });
    await page.getByText('On top').waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByTestId('modal').locator('textarea').inputValue(), deadline).toBe('half a thought');
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByTestId('modal').count(), deadline).toBe(0);
  });

  test('what others write never becomes markup', async () => {
    await open(people.requester);
    const attack = '<img src=x onerror="window.attacked=1"><script>window.attacked=1</script>';
    const fields = { type: 'plain_text', text: attack };
    push({ text: `${attack} <javascript:window.attacked=1|click> \u202Eright to left` });
    push({
      ts: `${Math.ceil(Date.now() / 1000) + 6}.000000`,
      text: attack,
      blocks: [
        { type: 'header', text: fields },
        { type: 'section', text: { type: 'mrkdwn', text: attack }, fields: [fields] },
        { type: 'markdown', text: `${attack} [go](javascript:window.attacked=1)\n\n| a |\n|---|\n| ${attack} |` },
        { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'link', url: 'javascript:window.attacked=1', text: 'go on' }, { type: 'text', text: attack }] }] },
        { type: 'plan', title: attack, tasks: [{ task_id: '1', title: attack, status: 'constructor', sources: [{ url: 'javascript:window.attacked=1', text: 'source' }] }] },
        { type: 'actions', elements: [{ type: 'button', text: fields, url: 'javascript:window.attacked=1', action_id: 'x' }] },
        { type: 'image', image_url: 'javascript:window.attacked=1', alt_text: attack },
        { type: attack },
        { type: '__proto__' },
        { type: 'section' },
      ],
    });
    const last = page.getByTestId('message').last();
    await last.getByText('This page does not draw "__proto__" blocks.').waitFor();
    await last.locator('.actions button').click();
    expect(await page.evaluate('window.attacked')).toBeUndefined();
    expect(await page.locator('.messages script, .messages img[src="x"], .messages a[href^="javascript"]').count()).toBe(0);
    expect(await last.locator('.header-block').textContent()).toBe(attack);
  });

  test('a changed message keeps the reader’s place, an open menu and what did not change', async () => {
    await open(people.approver, root.ts);
    await thread().getByText('Approve', { exact: true }).waitFor();
    const scroller = thread().locator('.scroller');
    await scroller.evaluate((node) => (node.scrollTop = 0));
    await thread().locator('[data-action=incident_menu]').click();
    const mark = 'kept';
    await thread().locator('.plan').evaluate((node, value) => node.setAttribute('data-mark', value), mark);
    const planMessage = stub.messages.find((each) => JSON.stringify(each.blocks ?? []).includes('"plan"'));
    if (planMessage === undefined) throw new Error('The samples have no plan.');
    const plan = planBlock();
    plan.tasks = plan.tasks.map((task) => ({ ...task, status: 'complete' }));
    stub.push({ type: 'message_changed', message: { ...planMessage, blocks: [plan] } });
    await thread().locator('.plan[data-state=complete]').waitFor();
    push({ thread_ts: root.ts, text: 'a newer reply' });
    await thread().getByText('Newest messages').waitFor();
    expect(await thread().locator('.plan').getAttribute('data-mark')).toBe(mark);
    expect(await page.getByRole('menuitem').count()).toBe(2);
    expect(await scroller.evaluate((node) => node.scrollTop)).toBe(0);
  });

  test('decided changes lose their buttons, and a new value behind the same words is the one that is sent', async () => {
    await open(people.approver, root.ts);
    const change = stub.messages.find((each) => JSON.stringify(each.blocks ?? []).includes('approve'));
    if (change === undefined) throw new Error('The samples have no change.');
    const next = JSON.parse(JSON.stringify(changeBlocks(0)).replaceAll('change-1:abc', 'change-1:new').replace('9f3a…c1', '77aa…02')) as object[];
    stub.push({ type: 'message_changed', message: { ...change, blocks: next } });
    await thread().getByText('77aa…02').waitFor();
    await thread().getByText('Reject', { exact: true }).click();
    await expect.poll(() => stub.actions.at(-1)?.value, deadline).toBe('change-1:new');
    stub.push({ type: 'message_changed', message: { ...change, blocks: next.slice(0, 2) } });
    await thread().getByText('Reject', { exact: true }).waitFor({ state: 'detached' });
  });

  test('the page comes back after the server was away, and fetches what it missed', async () => {
    await open(people.requester);
    await expect.poll(() => page.getByTestId('service-checkout').getAttribute('data-state'), deadline).toBe('down');
    stub.messages.push({ ts: `${Math.ceil(Date.now() / 1000)}.000009`, channel: sampleChannel, user: people.second, text: 'written meanwhile' });
    stub.dropStreams();
    await page.getByText('written meanwhile').waitFor();
    push({ text: 'live again' });
    await page.getByText('live again').waitFor();
  });

  test('faults are toggled, alerts are sent, unread channels are marked, statuses are shown', async () => {
    await open(people.requester, root.ts);
    const fault = page.getByTestId('fault-idle-lock');
    await fault.waitFor();
    expect(await fault.textContent()).toBe('Break');
    await fault.click();
    await expect.poll(() => fault.textContent(), deadline).toBe('Repair');
    await page.getByText('2 active').first().waitFor();
    await page.getByTestId('alert-pagerduty-trigger').click();
    await page.getByTestId('toast').filter({ hasText: '202' }).waitFor();
    push({ channel: 'C03', text: `<@${people.requester}> look` });
    await page.getByTestId('channel-general').getByLabel('You were mentioned').waitFor();
    stub.push({ type: 'thread_status', channel: sampleChannel, thread_ts: root.ts, status: 'is checking the database…' });
    await thread().getByText('sre-agent is checking the database…').waitFor();
    stub.push({ type: 'thread_status', channel: sampleChannel, thread_ts: root.ts, status: '' });
    await thread().getByTestId('thread-status').waitFor({ state: 'detached' });
  });

  test('the shop: failing pods first, faults by area or by search, a service opens, the line for kubectl', async () => {
    await open(people.requester);
    const pods = page.getByTestId('pod');
    await pods.first().waitFor();
    expect(await pods.first().getAttribute('data-state')).toBe('down');
    expect(await pods.last().getAttribute('data-state')).toBe('done');
    expect(await pods.first().textContent()).toContain('checkout-5f7d9c8b46-w4mtn');
    expect(await pods.first().getAttribute('title')).toContain('CrashLoopBackOff, 0/1 ready, 7 restarts');

    const rollout = page.getByTestId('fault-missing-image');
    expect(await rollout.isVisible()).toBe(false);
    await page.getByTestId('fault-search').fill('never PUSHED');
    await rollout.waitFor();
    expect(await page.getByTestId('fault-dropped-index').count()).toBe(0);
    await page.getByTestId('fault-search').fill('no such words');
    await page.getByText('Nothing has these words.').waitFor();
    await page.getByTestId('fault-search').fill('');
    await page.getByTestId('fault-dropped-index').waitFor();
    await page.locator('[data-area=Rollout] > summary').focus();
    await page.keyboard.press('Enter');
    await rollout.waitFor();

    const service = page.getByTestId('service-checkout');
    await service.locator('summary').focus();
    await page.keyboard.press('Enter');
    await service.getByText('payments').waitFor();
    stub.push({ type: 'world', world: { ...stub.world, services: stub.world.services.map((each) => ({ ...each, successRate: 0.875 })) } });
    await service.getByText('87.5%').waitFor();
    await service.getByText('payments').waitFor();
    expect(await page.evaluate('document.activeElement?.parentElement?.dataset.testid')).toBe('service-checkout');
    expect(await page.getByTestId('kubeconfig').textContent()).toBe(`export KUBECONFIG=${stub.world.kubeconfig ?? ''}`);
  });

  test('figures that change move nothing', async () => {
    await open(people.requester);
    const places = (): Promise<unknown> => page.evaluate("[...document.querySelectorAll('.service-line > *, .pod > :not(.pod-name, .pod-restarts), .database > .figure')].map((node) => { const { x, y, width } = node.getBoundingClientRect(); return [x, y, width].map(Math.round).join(' '); })");
    await page.getByTestId('service-checkout').waitFor();
    const before = await places();
    stub.push({ type: 'world', world: { ...stub.world, services: stub.world.services.map((each) => ({ ...each, requestsPerSecond: 128, successRate: 0.002, p95Milliseconds: 59_900 })) } });
    await page.getByTestId('service-checkout').getByText('0.2%').waitFor();
    expect(await places()).toEqual(before);
  });

  test('nothing in the page complained, whatever was done to it', () => {
    // A dropped event stream is reported by the browser itself, and the attack's button has no address to go to.
    expect(browser.problems.filter((problem) => !/ERR_|Failed to load resource/.test(problem))).toEqual([]);
  });
});
