import { describe, expect, test } from 'vitest';
import { mysqlKillSchema } from '../../src/changes/mysql-actions.ts';
import { databaseRules } from '../../src/rules/database/all.ts';
import type { DatabaseReading, Session } from '../../src/rules/readings.ts';
import { database, session } from './readings-support.ts';

const started = '2026-01-01T00:00:00.000Z';
const one = (fields: Partial<Session> & { pid: number }): Session => session({ user: 'app', application: '', client: `10.0.0.1:${40_000 + fields.pid}`, ...fields, backendStart: started });
const detect = (reading: DatabaseReading) => databaseRules.flatMap((rule) => rule.detect({ services: [], databases: [reading], hosts: [] }, { services: [], operations: [] }));
const mysql = (sessions: Session[], used = sessions.length, limit = 100): DatabaseReading => ({
  ...database('shop', { sessions, connections: { limit, reserved: 0, used, byClient: [{ user: 'app', application: '', count: sessions.length, idle: sessions.length }] } }), engine: 'mysql',
});

describe('remedies on a MySQL database', () => {
  const holder = one({ pid: 1, state: 'idle in transaction', stateSeconds: 20, transactionSeconds: 20 });
  const victim = one({ pid: 2, state: 'active', stateSeconds: 10, blockedBy: [1] });

  test('who blocks while idle is ended by a kind of MySQL', () => {
    const [finding] = detect(mysql([holder, victim]));
    expect(finding?.remedy).toEqual({ kind: 'mysql.kill', target: 'shop', what: 'connection', sessions: [{ id: 1, user: 'app', host: '10.0.0.1:40001' }], server_started: started });
    expect(mysqlKillSchema.safeParse(finding?.remedy).success).toBe(true);
  });

  test('who holds the connections idle is ended, as many as one change may end', () => {
    const idle = Array.from({ length: 99 }, (_, index) => one({ pid: index + 1, state: 'idle', stateSeconds: 60 }));
    const finding = detect(mysql(idle)).find(({ mechanism }) => mechanism === 'connections-exhausted');
    expect(mysqlKillSchema.parse(finding?.remedy).sessions).toHaveLength(50);
  });

  test('a name that no action may carry leaves the finding, without a remedy', () => {
    const [finding] = detect(mysql([{ ...holder, user: 'app; DROP' }, victim]));
    expect(finding?.mechanism).toBe('blocked-by-idle-transaction');
    expect(finding?.remedy).toBeUndefined();
  });

  test('a server that lets nobody in any more is full', () => {
    const [finding] = detect({ name: 'shop', engine: 'mysql', unread: [{ what: 'database shop', message: 'Too many connections', code: 'ER_CON_COUNT_ERROR' }] });
    expect(finding).toMatchObject({ mechanism: 'connections-exhausted', severity: 'critical', explanation: expect.stringContaining('administrator') });
  });
});
