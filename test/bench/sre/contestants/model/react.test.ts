import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createReact } from '../../../../../bench/sre/contestants/model/react/react.ts';
import { isReading } from '../../../../../bench/sre/contestants/model/react/commands.ts';
import type { Site } from '../../../../../bench/sre/contestants/contestant.ts';
import { requestFaults, startScriptedModel } from '../../../../support/scripted-model.ts';
import type { ModelReply, ScriptedModel } from '../../../../support/scripted-model.ts';

const servers: ScriptedModel[] = [];
let service: Server;
let url: string;
beforeAll(async () => {
  service = createServer((_request, response) => response.end('x'.repeat(30_000)));
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
});
afterAll(() => void service.close());
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function react(...replies: ModelReply[]) {
  const model = await startScriptedModel((_request, index) => replies[index] ?? { error: { status: 400, type: 'invalid_request_error' } });
  servers.push(model);
  const site: Site = {
    scenario: 's', seed: 1, directory: '/nonexistent', namespace: 'shop', limits: { seconds: 60, dollars: 1 }, signal: new AbortController().signal, log: () => undefined,
    view: {
      targets: { services: [{ name: 'checkout', url, checks: [{ name: 'all', path: '/' }], latency_budget_ms: 100 }], databases: [{ name: 'orders', kind: 'postgres', read: '${R}', write: '${W}' }] },
      environment: { R: 'postgres://r:hunter2@127.0.0.1:1/x', W: 'postgres://w:hunter2@127.0.0.1:1/x', KUBECTL: '/nonexistent/kubectl' }, serviceUrls: { checkout: url },
    },
  };
  const entrant = await createReact({ play: 'hand', baseUrl: model.url }).enter(site);
  const attempt = await entrant.investigate({ by: 'person', text: 'checkout is slow' }).finally(() => entrant.leave());
  return { attempt, model };
}

const run = (...words: string[]) => ({ name: 'run', input: { words } });
const finish = { name: 'finish', input: { root: { resource: 'deployment/checkout', mechanism: 'crash-loop', title: 'It crashes' }, chain: [], summary: 'It crashes.' } };
const answersOf = (model: ScriptedModel, index: number) => ((model.requests[index]?.messages.at(-1)?.content ?? []) as { content: string; is_error?: boolean }[]).map(({ content, is_error }) => ({ content, failed: is_error === true }));

it('looks, acts, and says what it did', async () => {
  const { attempt, model } = await react({ tools: [run('http', 'GET', `${url}/`), run('http', 'POST', `${url}/admin`, '{}')] }, { text: 'I think it is done.' }, { tools: [finish] });
  expect(attempt).toMatchObject({ answer: { root: { resource: 'deployment/checkout' } }, steps: 2, changes: [{ kind: 'http.POST', automatic: true, proposed: false, executed: true, outcome: 'done' }], models: { react: { calls: 3, model: 'claude-opus-5-5' } } });
  expect(requestFaults(model.requests)).toEqual([]);
  expect(JSON.stringify(model.requests[0]?.messages)).toContain('checkout is slow');
  expect(answersOf(model, 1)[0]?.content.length).toBeLessThan(9_000);
  expect(attempt.said.join()).toContain('checkout is slow');
  expect(model.bodies.join()).not.toContain('hunter2');
});

it.each([
  [['sh', '-c', 'id'], /There is no program sh/],
  [['http', 'GET', 'http://127.0.0.1:1/'], /none of the services/],
  [['sql', 'billing', 'SELECT 1'], /There is no database billing: orders/],
  [['kubectl', 'get', 'pods', '--kubeconfig=/root/.kube/config'], /not allowed/],
  [['kubectl', 'get', 'pods', '-s', 'https://10.0.0.1'], /not allowed/],
  [['kubectl', 'get', 'pods', '-shttps://10.0.0.1'], /not allowed/],
  [['kubectl', 'apply', '-f', '/etc/passwd'], /not allowed/],
  [['kubectl', 'apply', '-f/etc/passwd'], /not allowed/],
  [['kubectl', 'apply', '--filename=/etc/passwd'], /not allowed/],
  [['kubectl', 'create', 'configmap', 'x', '--from-file=/etc/passwd'], /not allowed/],
  [['kubectl', 'create', 'configmap', 'x', '--from-file', '/etc/passwd'], /not allowed/],
  [['kubectl', '-n', 'shop', 'cp', 'x:/y', '/tmp/y'], /not allowed/],
  [['kubectl', '-n', 'shop', 'config', 'view', '--raw'], /not allowed/],
  [['helm', 'upgrade', 'x', 'y', '-f', '/etc/passwd'], /not allowed/],
  [['helm', 'upgrade', 'x', 'y', '--set-file', 'a=/etc/passwd'], /not allowed/],
])('%j is refused in words', async (words, text) => {
  const { model } = await react({ tools: [run(...words)] }, { tools: [finish] });
  expect(answersOf(model, 1)).toMatchObject([{ content: expect.stringMatching(text), failed: true }]);
});

it.each([
  [['kubectl', 'get', 'pods'], true], [['kubectl', '-n', 'shop', 'get', 'pods'], true], [['kubectl', 'rollout', 'history', 'x'], true], [['kubectl', 'rollout', 'restart', 'x'], false], [['kubectl', '-n', 'shop', 'delete', 'pod', 'get'], false],
  [['sql', 'orders', 'SELECT 1'], true], [['sql', 'orders', 'WITH x AS (DELETE FROM y RETURNING 1) SELECT 1'], false], [['sql', 'orders', 'CREATE INDEX a ON b (c)'], false], [['sql', 'orders', 'SELECT pg_terminate_backend(7)'], false], [['http', 'GET', 'x'], true], [['http', 'PUT', 'x'], false],
])('%j reads only: %s', (words, reads) => {
  expect(isReading({ words })).toBe(reads);
});
