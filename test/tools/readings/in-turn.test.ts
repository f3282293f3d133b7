import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { collectReadings } from '../../../src/tools/readings/collect.ts';
import { memoryRecorder, targets } from '../../rules/readings-support.ts';

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

/** A service, and a database that hangs up; in which order they are asked. */
async function orderOf(inTurn: boolean, answerAfter: Promise<unknown>, onDatabase: () => void): Promise<string[]> {
  const order: string[] = [];
  const service = await listen(createHttpServer(async (_request, response) => {
    await answerAfter;
    order.push('service');
    response.end('fine');
  }));
  const database = await listen(createServer((socket) => {
    order.push('database');
    socket.destroy();
    onDatabase();
  }));
  const known = {
    ...targets([{ name: 'api', url: `http://127.0.0.1:${service}`, checks: [{ name: 'main', path: '/' }], latencyBudgetMilliseconds: 60_000 }]),
    databases: [{ name: 'shop', kind: 'postgres' as const, read: { variable: 'X', reveal: () => `postgresql://reader:x@127.0.0.1:${database}/shop` } }],
  };
  await collectReadings({ targets: known, record: memoryRecorder().record, signal: AbortSignal.timeout(60_000), inTurn, targetMilliseconds: 20_000 });
  return order;
}

test('side by side, a service that waits for the database to be asked gets its wish', async () => {
  let asked = (): void => undefined;
  const databaseAsked = new Promise<void>((resolve) => (asked = resolve));
  const order = await orderOf(false, databaseAsked, asked);
  expect(order[0]).toBe('database');
  expect(order).toContain('service');
});

test('in turn, the database is asked when the services have answered', async () => {
  const order = await orderOf(true, Promise.resolve(), () => undefined);
  expect(order).toContain('database');
  expect(order.indexOf('database')).toBeGreaterThan(order.lastIndexOf('service'));
});
