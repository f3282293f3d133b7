/** The main job in a real browser: break, ask, read, approve, see the shop healthy again. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBrowser } from '../support/browser.ts';
import type { TestBrowser } from '../support/browser.ts';
import { startTestPlayground } from '../support/playground.ts';
import type { TestPlayground } from '../support/playground.ts';
import { requirement } from '../support/requirements.ts';
import { APPROVERS, MAYA } from '../../playground/workspace/people.ts';

const long = 300_000;

describe.skipIf(!requirement('chromium') || !requirement('kubectl'))('the playground in Chromium', () => {
  let playground: TestPlayground;
  let browser: TestBrowser;

  beforeAll(async () => {
    [playground, browser] = await Promise.all([startTestPlayground({}, ['--soak', '1']), startBrowser()]);
  }, long);
  afterAll(async () => {
    await browser?.close();
    await playground?.close();
  }, 60_000);

  it('goes from a broken shop through an approval to a healthy one', async () => {
    const page = await browser.newPage();
    page.setDefaultTimeout(150_000);
    await page.goto(`${playground.url}/#user=${MAYA}`);
    await page.getByTestId('channel-incidents').click();
    await page.locator('[data-testid="service-frontend"][data-state="healthy"]').waitFor();
    await page.getByTestId('pod').first().waitFor();
    await page.getByTestId('fault-search').fill('upstream port');
    await page.getByTestId('fault-wrong-upstream-port').click();
    await page.getByTestId('fault-wrong-upstream-port').filter({ hasText: 'Repair' }).waitFor();
    await page.locator('[data-testid="service-frontend"]:not([data-state="healthy"])').waitFor();

    await page.getByTestId('composer').fill('/sre investigate the shop shows errors');
    await page.keyboard.press('Escape');
    await page.getByTestId('send').click();
    await page.getByTestId('message').filter({ hasText: /INC-\d+ · the shop shows errors/ }).getByTestId('thread-bar').click();
    const thread = page.getByTestId('thread-pane');
    await thread.getByText('Cause', { exact: false }).first().waitFor();
    await thread.locator('button', { hasText: /^Approve$/ }).waitFor();

    await page.getByTestId('user-switcher').click();
    await page.getByTestId(`user-option-${APPROVERS.users[0]}`).click();
    await thread.locator('button', { hasText: /^Approve$/ }).click();
    await page.getByTestId('confirm').locator('button', { hasText: /^Approve$/ }).click();

    await thread.getByText('Done and verified').first().waitFor();
    expect(await thread.locator('button', { hasText: /^Approve$/ }).count()).toBe(0);
    await page.getByTestId('fault-wrong-upstream-port').filter({ hasText: 'Break' }).waitFor();
    await page.locator('[data-testid="service-frontend"][data-state="healthy"]').waitFor();
    expect(browser.problems).toEqual([]);
  }, long);
});
