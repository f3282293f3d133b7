/** Sessions of a database, and who holds its connections, as text and as counts. */
import type { ConnectionUse, Session } from '../../rules/readings.ts';
import { textTable } from './text-table.ts';

export function sessionTable(all: readonly Session[]): string {
  const order = (session: Session): number => (session.blockedBy.length > 0 ? 1 : session.state.startsWith('idle in transaction') ? 0 : session.state === 'active' ? 2 : 3);
  const sorted = [...all].sort((left, right) => order(left) - order(right) || right.stateSeconds - left.stateSeconds).slice(0, 60);
  const rest = all.length > sorted.length ? `\n... and ${all.length - sorted.length} more, idle the longest left out last` : '';
  return textTable(['pid', 'state', 'for s', 'transaction s', 'blocked by', 'waits for', 'user', 'application', 'client', 'started', 'query'], sorted.map((session) => [session.pid, session.state, session.stateSeconds.toFixed(1), session.transactionSeconds?.toFixed(1), session.blockedBy.join(', '), session.waitEvent === null ? null : `${session.waitEventType}:${session.waitEvent}`, session.user, session.application, session.client, session.backendStart, session.query.slice(0, 200)])) + rest;
}

export function connectionTable(use: ConnectionUse): string {
  const head = `${use.used} of ${use.limit} connections used (${use.reserved} reserved), ${Math.max(0, use.limit - use.reserved - use.used)} free for ordinary roles`;
  return `${head}\n${textTable(['user', 'application', 'connections', 'idle'], use.byClient.map((client) => [client.user, client.application, client.count, client.idle]))}`;
}

/** `idle` counts sessions that hold a slot and run nothing, in a transaction or not. Our own session is not counted. */
export function useOf(sessions: readonly Session[], limit: number, reserved: number): ConnectionUse {
  const byClient = new Map<string, ConnectionUse['byClient'][number]>();
  for (const { user, application, state } of sessions) {
    const key = JSON.stringify([user, application]);
    const entry = byClient.get(key) ?? { user, application, count: 0, idle: 0 };
    entry.count += 1;
    if (state.startsWith('idle')) entry.idle += 1;
    byClient.set(key, entry);
  }
  return { limit, reserved, used: sessions.length, byClient: [...byClient.values()].sort((left, right) => right.count - left.count) };
}
