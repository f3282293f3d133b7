import { afterEach, expect, test } from 'vitest';
import { silentLogger } from '../../src/telemetry/log.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { healthRoutes, serveRoutes } from '../../src/telemetry/health.ts';

let close: () => Promise<void> = () => Promise.resolve();
afterEach(() => close());

async function serve(ready: () => Promise<void>): Promise<string> {
  const server = await serveRoutes(healthRoutes(ready, createMetrics(), silentLogger), { host: '127.0.0.1', port: 0 });
  close = server.close;
  return `http://127.0.0.1:${server.port}`;
}

test('says that it is not ready, and nothing of the systems behind it', async () => {
  const url = await serve(() => Promise.reject(new Error('password authentication failed for user "sre_agent" at 10.20.30.40:5432')));
  const answer = await fetch(`${url}/readyz`);
  expect(answer.status).toBe(503);
  const text = await answer.text();
  expect(text).toContain('not ready');
  expect(text).not.toMatch(/sre_agent|10\.20/);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

test('ready when what it needs answers', async () => {
  const url = await serve(() => Promise.resolve());
  expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: 'ready' });
  expect((await fetch(`${url}/elsewhere`)).status).toBe(404);
});
