/** The product as a contestant, with one service to look at that fails and nothing it could change. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rules } from '../../../../../bench/sre/contestants/rules.ts';
import { processesOf } from '../../../../../bench/sre/schedule/leftovers.ts';
import { waitFor } from '../../../../support/wait-for.ts';

const long = 240_000;
let server: Server;
let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'sre-product-'));
  server = createServer((_request, response) => response.writeHead(503).end('{"error":"no connection to the price list"}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server?.close();
  rmSync(directory, { recursive: true, force: true });
});

test('is told by a webhook, states what it saw, and leaves nothing running', async () => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const entrant = await rules.enter({
    scenario: 'any', seed: 1, directory, namespace: 'store', limits: { seconds: 200, dollars: 1 }, signal: new AbortController().signal, log: () => undefined,
    view: { targets: { services: [{ name: 'cart', url, checks: [{ name: 'main', path: '/' }], latency_budget_ms: 5_000, depends_on: [], databases: [] }] }, environment: {}, serviceUrls: { cart: url } },
  });
  try {
    const attempt = await entrant.investigate({ by: 'alertmanager', alertname: 'ErrorsHigh', severity: 'critical', summary: 'cart answers with errors', description: 'for two minutes', labels: { service: 'cart' } });
    expect(attempt.answer?.root).toMatchObject({ resource: 'service/cart', mechanism: 'checks-failing' });
    expect(attempt).toMatchObject({ changes: [], models: {}, played: 'none', notes: ['ended: nothing is open'] });
    expect(attempt.steps).toBeGreaterThan(0);
    expect(attempt.times.diagnosis).toBeGreaterThanOrEqual(attempt.times.firstFinding ?? Number.NaN);
    expect(attempt.said.join('\n')).toContain('no connection to the price list');
  } finally {
    await entrant.leave();
    await entrant.leave();
  }
  await waitFor('nothing to run in its folder', () => processesOf(directory).length === 0);
}, long);
