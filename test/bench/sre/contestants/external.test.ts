/** Any program as a contestant: what it is given, and what becomes of one that errs, lies about its shape, or hangs. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Site } from '../../../../bench/sre/contestants/contestant.ts';
import { createExternalContestant } from '../../../../bench/sre/contestants/external.ts';
import { processesOf } from '../../../../bench/sre/schedule/leftovers.ts';
import { waitFor } from '../../../support/wait-for.ts';

let directory: string;
let stop: AbortController;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'sre-external-'));
  stop = new AbortController();
});
afterEach(() => {
  delete process.env['SRE_BENCH_AGENT_MODEL_KEY'];
  rmSync(directory, { recursive: true, force: true });
});

const site = (): Site => ({
  scenario: 'secret-name-of-the-fault', seed: 1, directory, namespace: 'store-x', limits: { seconds: 60, dollars: 1 }, signal: stop.signal, log: () => undefined,
  view: {
    targets: {
      databases: [{ name: 'orders-db', kind: 'postgres', read: '${ORDERS_READ}', write: '${ORDERS_WRITE}' }],
      services: [{ name: 'cart', url: 'http://127.0.0.1:1', checks: [{ name: 'main', path: '/' }], latency_budget_ms: 100, depends_on: [], databases: ['orders-db'] }],
    },
    environment: { ORDERS_READ: 'postgresql://reader', ORDERS_WRITE: 'postgresql://writer' },
    serviceUrls: {},
  },
});

/** A program of Node given as one word. */
const agent = (program: string) => createExternalContestant([process.execPath, '-e', program]);
const investigate = async (program: string) => {
  const entrant = await agent(program).enter(site());
  try {
    return await entrant.investigate({ by: 'person', text: 'the cart is slow' });
  } finally {
    await entrant.leave();
  }
};
const write = (answer: string): string => `require('fs').writeFileSync(process.env.SRE_BENCH_ANSWER, ${answer});`;

test('it gets the task, the credentials by name, and nothing of our own environment but what was meant for it', async () => {
  process.env['SRE_BENCH_AGENT_MODEL_KEY'] = 'k-1';
  const attempt = await investigate(`
    const task = JSON.parse(require('fs').readFileSync(process.env.SRE_BENCH_TASK));
    console.log(JSON.stringify({ task, environment: process.env }));
    ${write("JSON.stringify({ root: { resource: 'deployment/cart', mechanism: 'bad-release', title: 'it is slow' }, chain: ['deployment/cart'], summary: 'slow', changes: [{ title: 'restart', command: 'kubectl rollout restart deployment/cart' }] })")}`);
  const { task, environment } = JSON.parse(attempt.said[0] ?? '') as { task: Record<string, unknown>; environment: Record<string, string> };
  expect(task).toMatchObject({ namespace: 'store-x', ask: { by: 'person', in_words: 'the cart is slow' }, deadline_seconds: 60, databases: [{ name: 'orders-db', read: { environment_variable: 'ORDERS_READ' }, write: { environment_variable: 'ORDERS_WRITE' } }] });
  expect(task['mechanisms']).toHaveProperty('missing-index');
  expect(environment).toMatchObject({ ORDERS_READ: 'postgresql://reader', MODEL_KEY: 'k-1' });
  expect(Object.keys(environment).filter((name) => /VITEST|npm_|TEST_|SRE_BENCH_AGENT/.test(name))).toEqual([]);
  expect(JSON.stringify({ task, environment })).not.toContain('secret-name-of-the-fault');
  expect(attempt.answer).toEqual({ root: { resource: 'deployment/cart', mechanism: 'bad-release', title: 'it is slow' }, chain: ['deployment/cart'], summary: 'slow' });
  expect(attempt.changes).toMatchObject([{ command: 'kubectl rollout restart deployment/cart', automatic: true, executed: true }]);
});

test('an agent that writes no answer gave none', async () => {
  expect((await investigate('')).answer).toBeUndefined();
});

test.each([
  ['ends with another code', 'console.error("no key"); process.exit(3)', /ended with 3: no key/],
  ['writes no JSON', write("'it was the cart'"), /not JSON/],
  ['writes another shape', write("JSON.stringify({ root: 'cart', summary: 'x' })"), /wrong shape: root: /],
  ['is killed', 'process.kill(process.pid, "SIGKILL")', /ended with SIGKILL/],
])('an agent that %s crashed', async (_what, program, words) => {
  await expect(investigate(program)).rejects.toThrow(words);
});

test('a program that is not there, and no program at all', async () => {
  const entrant = await createExternalContestant(['./nowhere/agent']).enter(site());
  await expect(entrant.investigate({ by: 'person', text: 'x' })).rejects.toThrow(/ended with ENOENT/);
  await expect(createExternalContestant().enter(site())).rejects.toThrow(/needs --agent-command/);
});

test.each(['abort', 'leave'] as const)('one that hangs is ended with everything it started: %s', async (how) => {
  const entrant = await agent(`require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' }); setInterval(() => {}, 1000)`).enter(site());
  const over = entrant.investigate({ by: 'person', text: 'x' }).then(() => 'answered', (error: Error) => error.message);
  await waitFor('both to run', () => processesOf(directory).length === 2);
  if (how === 'abort') stop.abort();
  else await entrant.leave();
  expect(await over).toContain('still running');
  await waitFor('nothing to run', () => processesOf(directory).length === 0);
  await entrant.leave();
});
