/** Between the executor and a database: keeps what was sent, and loses the answer to a write by breaking the connection after it. */
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface DatabaseProxy {
  url: string;
  /** How often one of these statements was sent for good: neither explained, nor in a transaction without a COMMIT. */
  runs(command: readonly string[]): number;
  /** Of the next write alone. */
  loseAnswer(): void;
  /** From now on nothing comes back to a connection that has sent this, and it stays open. */
  hang(on: RegExp): void;
  close(): Promise<void>;
}

/** `writes`: what takes effect once it is sent. */
export async function openDatabaseProxy(url: string, writes: RegExp): Promise<DatabaseProxy> {
  const upstream = new URL(url);
  const sockets = new Set<Socket>();
  let losing = false;
  let hanging: RegExp | undefined;
  const connections: string[] = [];
  const server = createServer((client) => {
    const number = connections.push('') - 1;
    const database = connect(Number(upstream.port), upstream.hostname);
    let [lost, hung] = [false, false];
    for (const socket of [client, database]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('data', (chunk) => {
      connections[number] += chunk.toString('utf8');
      if (losing && writes.test(chunk.toString('utf8'))) {
        lost = true;
        losing = false;
        setTimeout(() => client.destroy(), 1_000);
      }
      if (hanging?.test(chunk.toString('utf8'))) hung = true;
      database.write(chunk);
    });
    database.on('data', (chunk) => { if (!lost && !hung) client.write(chunk); });
    client.on('close', () => setTimeout(() => database.destroy(), lost ? 1_000 : 0));
    database.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const through = new URL(url);
  through.port = String((server.address() as AddressInfo).port);
  return {
    url: through.toString(),
    runs: (command) => runsOf(connections, command),
    loseAnswer: () => { losing = true; },
    hang: (on) => { hanging = on; },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => { server.close(() => resolve()); });
    },
  };
}

/** `connections`: what was sent on each. */
export function runsOf(connections: readonly string[], command: readonly string[]): number {
  const sent = connections.map(lasting);
  const statements = command.filter((one) => !/^(?:BEGIN|START TRANSACTION|COMMIT|LOCK|SET LOCAL|CREATE TABLE IF NOT EXISTS)\b/.test(one));
  const times = (statement: string): number => sent.flatMap((text) => text.split(statement).slice(0, -1)).filter((before) => !/EXPLAIN[^;]{0,30}$/.test(before)).length;
  return Math.max(0, ...statements.map(times));
}

/** Without transactions that were rolled back or never committed. */
function lasting(sent: string): string {
  const [first = '', ...spans] = sent.split(/\b(?:BEGIN|START TRANSACTION)\b/);
  return [first, ...spans.map((span) => {
    const [end] = /\b(?:COMMIT|ROLLBACK)\b/.exec(span) ?? [];
    if (end === 'COMMIT') return span;
    return end === undefined ? '' : span.slice(span.indexOf(end));
  })].join('\n');
}
