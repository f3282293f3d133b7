import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { findProgram } from './requirements.ts';

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export interface TestBrowser {
  /** A new tab; what its console and scripts complain about is collected in `problems`. */
  newPage(): Promise<Page>;
  problems: string[];
  close(): Promise<void>;
}

/** Headless Chromium with a profile of its own. Ask `requirement('chromium')` first. */
export async function startBrowser(size = { width: 1440, height: 900 }): Promise<TestBrowser> {
  const executablePath = findProgram('chromium');
  if (executablePath === undefined) throw new Error('Chromium is not on PATH. Install it, for example with: apt install chromium');
  const profile = mkdtempSync(join(tmpdir(), 'browser-'));
  const context: BrowserContext = await chromium.launchPersistentContext(profile, { executablePath, headless: true, args: flags, viewport: size });
  context.setDefaultTimeout(30_000);
  const problems: string[] = [];
  return {
    problems,
    async newPage() {
      const page = await context.newPage();
      page.on('pageerror', (error) => problems.push(String(error)));
      page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
      return page;
    },
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
