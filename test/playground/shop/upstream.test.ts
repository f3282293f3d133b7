import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createUpstream } from '../../../playground/shop/programs/common/upstream.ts';

test('a request that waits for a connection gives up in time as well', async () => {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const upstream = createUpstream({
    name: 'silent', baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, timeoutMilliseconds: 300, retries: 0, connections: 1,
    log: () => undefined, metrics: { observe: () => undefined, retried: () => undefined },
  });
  const trace = { requestId: 'r1' } as unknown as Parameters<typeof upstream.get>[1];
  const outcomes = await Promise.allSettled([upstream.get('/a', trace), upstream.get('/b', trace), upstream.get('/c', trace)]);
  expect(outcomes.map((one) => (one.status === 'rejected' ? String((one.reason as { code?: string }).code) : 'answered'))).toEqual(['ETIMEDOUT', 'ETIMEDOUT', 'ETIMEDOUT']);
  server.closeAllConnections();
  server.close();
});
