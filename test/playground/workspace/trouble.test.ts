/** Rate limits, broken connections, retries and restarts. */
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { GENERAL, INCIDENTS, MAYA } from '../../../playground/workspace/people.ts';
import { codeOf, eventually, found, person, startOnly, webClient } from './support.ts';

describe('rate limits', () => {
  test('answer 429 with Retry-After, and the WebClient waits and delivers all the same', async () => {
    const { workspace } = await startOnly({ limits: { postInterval: 3000 } });
    workspace.limitPosts(true);
    const client = webClient(workspace, { retryConfig: { retries: 5, minTimeout: 1, maxTimeout: 1 } });
    await Promise.all(['one', 'two'].map((text) => client.chat.postMessage({ channel: GENERAL, text })));
    await client.chat.postMessage({ channel: INCIDENTS, text: 'another channel' });
    const posts = workspace.calls().filter((call) => call.method === 'chat.postMessage');
    expect(posts.filter((call) => call.status === 429)).not.toEqual([]);
    expect(posts.filter((call) => call.status === 429).every((call) => call.error === 'ratelimited')).toBe(true);
    expect(workspace.messages(GENERAL).map((message) => message.text).sort()).toEqual(['one', 'two']);
    await workspace.close();
  });

  test('say how long to wait', async () => {
    const { workspace } = await startOnly({ limits: { limitPosts: true, postInterval: 60_000 } });
    const raw = (channel: string): Promise<Response> =>
      fetch(`${workspace.apiUrl}chat.postMessage`, { method: 'POST', headers: { authorization: 'Bearer xoxb-tests' }, body: new URLSearchParams({ channel, text: 'x' }) });
    const answers = await Promise.all([raw('shop-alerts'), raw('#shop-alerts')]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 429]);
    expect(answers.find((answer) => answer.status === 429)?.headers.get('retry-after')).toBe('60');
    await workspace.close();
  });
});

describe('planned failures', () => {
  test('answer, drop before, or drop after doing it', async () => {
    const { workspace } = await startOnly();
    const patient = webClient(workspace, { retryConfig: { retries: 3, minTimeout: 1, maxTimeout: 1 } });
    workspace.failNext('chat.postMessage', 2, { kind: 'respond', status: 503, body: '{"ok":false,"error":"service_unavailable"}' });
    await patient.chat.postMessage({ channel: GENERAL, text: 'third time lucky' });
    workspace.failNext('chat.postMessage', 1, { kind: 'drop', applied: false });
    await patient.chat.postMessage({ channel: GENERAL, text: 'once' });
    workspace.failNext('*', 1, { kind: 'drop', applied: true });
    await patient.chat.postMessage({ channel: GENERAL, text: 'doubled' });
    expect(workspace.messages(GENERAL).map((message) => message.text)).toEqual(['third time lucky', 'once', 'doubled', 'doubled']);
    expect(workspace.calls().map((call) => call.status)).toEqual([503, 503, 200, 0, 200, 0, 200]);
    await workspace.close();
  });
});

describe('events', () => {
  test('are sent again, with the reason, until they are acknowledged', async () => {
    const seen: { headers: IncomingHttpHeaders; id: unknown }[] = [];
    const app = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        seen.push({ headers: request.headers, id: (JSON.parse(body) as { event_id: string }).event_id });
        response.writeHead(seen.length < 3 ? 500 : 200).end();
      });
    });
    await new Promise<void>((listening) => app.listen(0, '127.0.0.1', listening));
    const { workspace } = await startOnly({ requestUrl: `http://127.0.0.1:${(app.address() as AddressInfo).port}/slack/events`, limits: { eventRetries: [0, 20, 20] } });
    await person(workspace, MAYA).say(GENERAL, 'hello');
    await eventually(() => expect(seen).toHaveLength(3));
    expect(new Set(seen.map((request) => request.id)).size).toBe(1);
    expect(seen.map(({ headers }) => [headers['x-slack-retry-num'], headers['x-slack-retry-reason']])).toEqual([[undefined, undefined], ['1', 'http_error'], ['2', 'http_error']]);
    expect(seen.every(({ headers }) => /^v0=[0-9a-f]{64}$/.test(String(headers['x-slack-signature'])))).toBe(true);
    await workspace.close();
    app.closeAllConnections();
    app.close();
  });

  test('that nobody ever takes are lost, and the log says so', async () => {
    const { workspace, warnings } = await startOnly({ limits: { eventRetries: [0, 1, 1] } });
    await person(workspace, MAYA).say(GENERAL, 'hello?');
    await eventually(() => expect(warnings.join()).toMatch(/did not take the event Ev\w+ \(connection_failed\)/));
    await workspace.close();
  });
});

describe('the data file', () => {
  test('keeps conversation, threads, metadata and files over a restart', async () => {
    const dataFile = join(mkdtempSync(join(tmpdir(), 'workspace-')), 'deep', 'workspace.json');
    const first = await startOnly({ dataFile });
    const client = webClient(first.workspace);
    const ts = found((await client.chat.postMessage({ channel: GENERAL, text: 'card', metadata: { event_type: 'card', event_payload: { key: 'k' } } })).ts);
    await client.chat.postMessage({ channel: GENERAL, thread_ts: ts, text: 'reply' });
    await client.filesUploadV2({ channel_id: GENERAL, thread_ts: ts, filename: 'a.txt', content: 'kept' });
    await client.chat.postEphemeral({ channel: GENERAL, user: MAYA, text: 'gone with the restart' });
    await first.workspace.close();
    const { workspace } = await startOnly({ dataFile });
    const again = webClient(workspace);
    expect(await codeOf(again.chat.update({ channel: GENERAL, ts, text: 'card, updated' }))).toBe('ok');
    expect((await again.conversations.replies({ channel: GENERAL, ts, include_all_metadata: true })).messages).toMatchObject([{ text: 'card, updated', metadata: { event_payload: { key: 'k' } } }, { text: 'reply' }, { files: [{ name: 'a.txt' }] }]);
    const later = found((await again.chat.postMessage({ channel: GENERAL, text: 'later' })).ts);
    expect(Number(later)).toBeGreaterThan(Number(ts));
    expect((await person(workspace, MAYA).channel(GENERAL)).map((message) => message.text)).toEqual(['card, updated', 'later']);
    await workspace.close();
  });

  test('that can not be read is kept aside', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'workspace-'));
    writeFileSync(join(folder, 'workspace.json'), '{"version":1,');
    const { workspace, warnings } = await startOnly({ dataFile: join(folder, 'workspace.json') });
    expect(warnings.join()).toContain('kept as');
    expect(readdirSync(folder)).toEqual(['workspace.json.unreadable']);
    await workspace.close();
  });
});
