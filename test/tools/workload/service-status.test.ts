import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { serviceStatus } from '../../../src/tools/workload/service-status.ts';
import type { Tool, ToolResult } from '../../../src/tools/tool.ts';

const document = {
  name: 'checkout', state: 'crash_loop', started_at: '2026-01-01T00:00:00Z', restarts: 7, last_exit: { code: 1, signal: null, at: '2026-01-01T00:01:00Z' }, revision: 2,
  revisions: [{ revision: 1, at: '2026-01-01T00:00:00Z', environment: { DB_HOST: 'db' }, healthy: true }, { revision: 2, at: '2026-01-01T00:00:30Z', environment: { DB_HOST: 'bd' }, healthy: false }],
  log: [{ at: '2026-01-01T00:00:59Z', line: 'getaddrinfo ENOTFOUND bd' }, { at: '2026-01-01T00:01:00Z', line: 'bye' }],
};
let server: Server;
let tool: Tool;
let answer: { status: number; body: string };
let authorization: string | undefined;

beforeAll(async () => {
  server = createServer((request, response) => {
    authorization = request.headers.authorization;
    response.writeHead(answer.status).end(answer.body);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const shared = { url, checks: [], latencyBudgetMilliseconds: 100, dependsOn: [], databases: [] };
  tool = serviceStatus([{ name: 'checkout', ...shared, status: `${url}/services/checkout`, statusToken: { variable: 'T', reveal: () => 'token-1' } }, { name: 'bare', ...shared }]);
});
beforeEach(() => void (answer = { status: 200, body: JSON.stringify(document) }));
afterAll(() => new Promise((resolve) => server.close(resolve)));

function run(input: Record<string, unknown>): Promise<ToolResult> {
  return tool.run(tool.input.parse(input), { signal: new AbortController().signal });
}

describe('service_status', () => {
  test('shows state, what changed and the log; sends its token and does not show it', async () => {
    const result = await run({ service: 'checkout' });
    expect(authorization).toBe('Bearer token-1');
    for (const part of ['crash_loop', '7 restarts', 'DB_HOST was db, is bd', 'ENOTFOUND bd', 'bye']) expect(result.output).toContain(part);
    expect(JSON.stringify(result)).not.toContain('token-1');
    expect(result.failed).toBeUndefined();
  });

  test('filters the log', async () => {
    const { output } = await run({ service: 'checkout', contains: 'enotfound' });
    expect(output).toContain('ENOTFOUND');
    expect(output).not.toContain('bye');
  });

  test.each([
    ['not JSON', { status: 200, body: '<html>' }, /not JSON/],
    ['another document', { status: 200, body: '{"name":1}' }, /not as described/],
    ['an error', { status: 503, body: 'starting' }, /HTTP 503 starting/],
    ['a wrong token', { status: 401, body: '' }, /token of this service is missing or wrong/],
    ['too much', { status: 200, body: `{"a":"${'x'.repeat(1_200_000)}"}` }, /over 1 MB/],
    ['binary', { status: 200, body: '\u0000\u0001' }, /not JSON/],
  ])('says so when it gets %s', async (_what, given, words) => {
    answer = given;
    expect(await run({ service: 'checkout' })).toMatchObject({ failed: true, output: expect.stringMatching(words) as string });
  });

  test('knows only services with a status document, and plain filters', () => {
    for (const wrong of [{ service: 'bare' }, { service: 'checkout', contains: 'a\u0000' }, { service: 'checkout', contains: '\u202Ex' }, { service: 'checkout', url: 'http://x' }]) expect(tool.input.safeParse(wrong).success).toBe(false);
  });
});
