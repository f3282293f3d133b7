import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { waitFor } from '../../support/wait-for.ts';
import { ask, runImage, untilReady, type Running } from './programs.ts';

vi.setConfig({ testTimeout: 60_000 });

const directory = mkdtempSync(path.join(tmpdir(), 'component-'));
const started: Running[] = [];
const run = async (environment: Record<string, string>, tag = '1.0.0'): Promise<Running> => {
  const running = await runImage(`component:${tag}`, environment);
  started.push(running);
  return running;
};
const plan = (routes: object): string => JSON.stringify({ routes });

afterAll(async () => {
  await Promise.all(started.map((running) => running.stop()));
  rmSync(directory, { recursive: true, force: true });
});

test('a gateway, an issuer and a checker of tokens, a cache in front of a slow store', async () => {
  const [store, issuer, checker] = await Promise.all([
    run({ SERVICE_NAME: 'store', PLAN: plan({ 'POST /keys/:key': [{ write: '{key}', value: '{body.value}' }, { answer: {} }], 'GET /keys/:key': [{ read: '{key}', as: 'value' }] }) }),
    run({ SERVICE_NAME: 'issuer', TOKEN_KEY: 'one', PLAN: plan({ 'GET /tokens/:user': [{ sign: { user: '{user}' }, as: 'token' }] }) }),
    run({ SERVICE_NAME: 'checker', TOKEN_KEY: 'one', PLAN: plan({ 'POST /checks': [{ verify: '{body.token}', as: 'content' }] }) }),
  ]);
  const flags = path.join(directory, 'flags.json');
  writeFileSync(flags, '{"beta": "off"}');
  const file = path.join(directory, 'plan.json');
  const account = [
    { call: 'issuer', path: '/tokens/{user}', as: 'issued' },
    { call: 'token-checker', path: '/checks', body: { token: '{issued.token}' }, as: 'checked' },
    { call: 'store', path: '/keys/{user}', cached: true, as: 'kept' },
    { when: '{flag.beta}', matches: '^on$', steps: [{ status: 500, message: 'beta of {user}' }] },
  ];
  writeFileSync(file, plan({ 'GET /accounts/:user': account }));
  const gateway = await run({ SERVICE_NAME: 'gateway', PLAN_FILE: file, FLAGS_FILE: flags, CACHE_TTL_MS: '60000', ISSUER_URL: issuer.url, TOKEN_CHECKER_URL: checker.url, STORE_URL: store.url, ACCESS_LOG: 'on' });
  await Promise.all([store, issuer, checker, gateway].map(untilReady));
  expect((await ask(`${gateway.url}/accounts/ada`)).status).toBe(404);
  await ask(`${store.url}/keys/ada`, { value: { colour: 'blue' } });
  const answer = await ask(`${gateway.url}/accounts/ada?page=2`);
  expect(answer).toMatchObject({ status: 200, body: { checked: { content: { user: 'ada' } }, kept: { value: { colour: 'blue' } } } });
  await ask(`${store.url}/keys/ada`, { value: 'later' });
  expect((await ask(`${gateway.url}/accounts/ada`)).body['kept']).toEqual({ value: { colour: 'blue' } });
  expect(gateway.lines()).toContainEqual(expect.objectContaining({ msg: 'access: GET /accounts/:user', parameters: { user: 'ada' }, query: { page: '2' } }));

  writeFileSync(flags, '{"beta": "on"}');
  await waitFor('the flag', async () => (await ask(`${gateway.url}/accounts/ada`)).status === 500, 20);
  writeFileSync(file, plan({ 'GET /hello': [{ answer: { hello: 'you' }, bytes: 2000 }] }));
  await waitFor('the new plan', async () => (await ask(`${gateway.url}/hello`)).status === 200, 20);
  expect((await ask(`${gateway.url}/accounts/ada`)).status).toBe(404);
});

test('what it takes on is limited: requests a second, requests at once, open files; another key is refused', async () => {
  const slow = plan({ 'GET /': [{ wait: 400 }] });
  const [few, queue, files, stranger] = await Promise.all([
    run({ PLAN: plan({ 'GET /': [{ answer: {} }] }), RATE_LIMIT_RPS: '2' }),
    run({ PLAN: slow, CONCURRENCY: '1', QUEUE_LENGTH: '2' }),
    run({ PLAN: plan({ 'GET /': [{ answer: {} }] }), OPEN_FILES_LIMIT: '64' }, '1.3.1'),
    run({ TOKEN_KEY: 'two', PLAN: plan({ 'POST /': [{ verify: '{body.token}', as: 'content' }] }) }),
  ]);
  await Promise.all([few, queue, files, stranger].map(untilReady));
  const statuses = async (url: string, count: number): Promise<number[]> => (await Promise.all(Array.from({ length: count }, () => ask(url)))).map(({ status }) => status).toSorted((one, other) => one - other);
  const limited = await statuses(few.url, 12);
  expect(limited[0]).toBe(200);
  expect(limited.at(-1)).toBe(429);
  expect(few.lines()).toContainEqual(expect.objectContaining({ level: 'warn', code: 'RATE_LIMITED', limit_rps: 2 }));
  expect(await statuses(queue.url, 5)).toEqual([200, 200, 200, 503, 503]);
  await waitFor('the files to run out', async () => ask(files.url).then(({ status }) => status === 500, () => true), 30);
  expect(files.lines()).toContainEqual(expect.objectContaining({ code: 'EMFILE', limit: '64' }));
  expect(await ask(stranger.url, { token: 'bm8.x' })).toMatchObject({ status: 401 });
});

test('a plan that nobody understands, or an upstream without an address, ends it at the start', async () => {
  const [unclear, nowhere, required] = await Promise.all([run({ PLAN: plan({ 'GET /': [{ think: true }] }) }), run({ PLAN: plan({ 'GET /': [{ call: 'auth', path: '/' }] }) }), run({ PLAN: plan({}) }, '1.3.0')]);
  expect(await Promise.all([unclear.ended, nowhere.ended, required.ended])).toEqual([1, 1, 1]);
  expect(unclear.output()).toContain('no such step');
  expect(nowhere.lines()).toContainEqual(expect.objectContaining({ level: 'error', variable: 'AUTH_URL' }));
  expect(required.output()).toContain('missing environment variable TENANT_ID');
});
