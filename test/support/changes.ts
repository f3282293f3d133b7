/** Changes, targets and a wire-tap for the tests of src/changes. */
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { Action } from '../../src/changes/action.ts';
import type { KindContext, Preview } from '../../src/changes/actions/kind.ts';
import { kindOf } from '../../src/changes/actions/kinds.ts';
import type { Change } from '../../src/changes/change.ts';
import type { Assessment } from '../../src/changes/risk-level.ts';
import { assessRisk } from '../../src/changes/risk.ts';
import type { Secret, Targets } from '../../src/config/targets.ts';
import { lockKeyOf } from '../../src/changes/lock-key.ts';

export function secret(value: string, variable = 'TEST_SECRET'): Secret {
  return { variable, reveal: () => value };
}

export function targetsWith(parts: Partial<Targets>): Targets {
  return { databases: [], services: [], clusters: [], operations: [], hosts: [], resolvers: [], ...parts };
}

export function kindContext(targets: Targets, overrides: Partial<KindContext> = {}): KindContext {
  return { targets, signal: new AbortController().signal, applicationName: 'sre-agent C1', checkpoint: () => Promise.resolve(), ...overrides };
}

/** A change as it is once approved, without going through the store. */
export function changeFrom(action: Action, { checks, ...prepared }: Preview): Change {
  return {
    id: 'C1', incidentId: 'INC-1', state: 'executing', action, title: 'A change', rationale: 'Because', lockKey: lockKeyOf(action),
    findings: ['F1'], findingKeys: ['slow@service/checkout'], proposedBy: 'rules', ...prepared,
    verification: { checks, soakSeconds: 0 }, risk: { level: 'low', reasons: [] },
    policy: { version: '1', approvalsNeeded: 1, requesterMayApprove: false },
    digest: '', expiresAt: '2026-01-01T00:15:00.000Z', createdAt: '2026-01-01T00:00:00.000Z',
  };
}

/** As the executor computes it. */
export function riskOf(action: Action, preview: Pick<Preview, 'facts' | 'undo'>, production: boolean): Assessment {
  return assessRisk(kindOf(action).risk(action, preview.facts), preview, production);
}

/** A loopback proxy that keeps what clients send, so that a test can see what really went to a database. */
export async function tapPostgres(url: string): Promise<{ url: string; sent(): string; cut(): void; close(): Promise<void> }> {
  const upstream = new URL(url);
  let sent = '';
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const database = connect(Number(upstream.port), upstream.hostname);
    for (const socket of [client, database]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('data', (chunk) => { sent += chunk.toString('utf8'); });
    client.pipe(database).pipe(client);
    client.on('close', () => database.destroy());
    database.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const tapped = new URL(url);
  tapped.hostname = '127.0.0.1';
  tapped.port = String((server.address() as AddressInfo).port);
  const cut = (): void => { for (const socket of sockets) socket.destroy(); };
  return {
    url: tapped.toString(),
    sent: () => sent,
    cut,
    async close() {
      cut();
      await new Promise<void>((resolve) => { server.close(() => resolve()); });
    },
  };
}

/** Waits for a condition, however slow the machine is. */
export async function until<T>(look: () => Promise<T | undefined | false>, what: string, milliseconds = 45_000): Promise<T> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > deadline) throw new Error(`Never happened: ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
}
