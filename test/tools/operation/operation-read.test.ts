import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operationRead } from '../../../src/tools/operation/operation-read.ts';
import type { Tool, ToolResult } from '../../../src/tools/tool.ts';

let server: Server;
let tool: Tool;
let url: string;
const requests: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`);
    if (request.url?.includes('broken')) return void response.end('not json');
    response.end(JSON.stringify({ revision: 3, environment: { DB_HOST: 'db', DB_PASSWORD: 'planted', DB_DSN: 'postgres://a:b@wrong:5432/x' } }));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  tool = operationRead({
    databases: [], services: [], clusters: [], hosts: [], resolvers: [],
    operations: [{
      name: 'set-environment', description: 'Sets a variable.', effect: 'set-environment',
      parameters: { service: { enum: ['checkout', 'broken'] }, variable: { pattern: '^[A-Z][A-Z0-9_]*$' }, value: { pattern: '^.*$' } },
      read: { url: `${url}/services/{service}/environment`, value: '/environment/{variable}' },
      change: { method: 'PUT', url: `${url}/services/{service}/environment/{variable}`, body: { value: '{value}' } },
      undo: { kind: 'restore', parameter: 'value' }, readToken: { variable: 'R', reveal: () => 'read-token' }, writeToken: { variable: 'W', reveal: () => { throw new Error('the reader must not ask for it'); } },
    }],
  });
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

function run(parameters: Record<string, string>): Promise<ToolResult> {
  return tool.run(tool.input.parse({ operation: 'set-environment', parameters }), { signal: new AbortController().signal });
}

describe('operation_read', () => {
  test('reads with the read token, needs no new value, and changes nothing', async () => {
    requests.length = 0;
    expect(await run({ service: 'checkout', variable: 'DB_HOST' })).toEqual({ command: `GET ${url}/services/checkout/environment`, output: 'db\n(revision "3")' });
    expect(requests).toEqual(['GET /services/checkout/environment Bearer read-token']);
    expect((await run({ service: 'checkout', variable: 'NOTHING' })).output).toContain('not set');
  });

  test('hides what is named like a secret', async () => {
    expect((await run({ service: 'checkout', variable: 'DB_PASSWORD' })).output).toBe('[redacted]\n(revision "3")');
    expect((await run({ service: 'checkout', variable: 'DB_DSN' })).output).toContain('wrong:5432');
  });

  test.each([
    [{ service: 'other', variable: 'A' }, /must be one of checkout/],
    [{ service: 'checkout', variable: '../../x' }, /must match/],
    [{ service: 'checkout' }, /needs the parameter variable/],
    [{ service: 'checkout', variable: 'A', extra: 'x' }, /has no parameter "extra"/],
    [{ service: 'checkout', variable: 'A\u202E' }, /invisible/],
    [{ service: 'broken', variable: 'A' }, /did not answer with JSON/],
  ])('%j is refused or fails with words', async (parameters, words) => {
    expect(await run(parameters as Record<string, string>)).toMatchObject({ failed: true, output: expect.stringMatching(words) as string });
  });
});
