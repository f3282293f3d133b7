import type { Connection } from 'mysql2/promise';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { kindOf } from '../../../src/changes/actions/kinds.ts';
import { databaseRules } from '../../../src/rules/database/all.ts';
import type { DatabaseReading } from '../../../src/rules/readings.ts';
import { lookAtMysql } from '../../../src/roles/self-test/mysql.ts';
import { mysqlLook } from '../../../src/tools/mysql/mysql-look.ts';
import { collectReadings } from '../../../src/tools/readings/collect.ts';
import type { MysqlWorld } from '../../changes/actions/mysql-world.ts';
import { accountStatements, openMysqlWorld } from '../../changes/actions/mysql-world.ts';
import { broken, evidence, memoryRecorder, service, times } from '../../rules/readings-support.ts';
import { secret, targetsWith, until } from '../../support/changes.ts';
import type { TestMariadb } from '../../support/mariadb.ts';
import { startMariadb } from '../../support/mariadb.ts';
import { requirement } from '../../support/requirements.ts';

const never = new AbortController().signal;

describe.skipIf(!requirement('mariadbd'))('the reading of a MySQL database', () => {
  let server: TestMariadb;
  let world: MysqlWorld;
  let reader: string;
  beforeAll(async () => { server = await startMariadb(); }, 120_000);
  afterAll(() => server?.stop());
  beforeEach(async () => {
    world = await openMysqlWorld(server);
    reader = `read_${world.database.slice(5)}`;
    await world.admin.query(accountStatements('read', reader, world.database));
  });
  afterEach(async () => {
    await world.admin.query(`DROP USER ${reader}@'%'`);
    await world.close();
  });

  const targets = (url = server.url(world.database, reader)) => targetsWith({ databases: [{ ...world.targets.databases[0], name: 'shop', kind: 'mysql', read: secret(url) }] });
  async function read(url?: string): Promise<{ reading: DatabaseReading; texts: string[] }> {
    const { record, all } = memoryRecorder();
    const { databases: [reading] } = await collectReadings({ targets: targets(url), record, signal: never });
    if (!reading) throw new Error('no reading');
    return { reading, texts: all.map(({ text }) => text) };
  }
  const findings = (reading: DatabaseReading) => databaseRules.flatMap((rule) => rule.detect({ services: [], databases: [reading], hosts: [] }, targets()));

  async function block(): Promise<{ holder: Connection; waiting: Promise<unknown> }> {
    const [holder, waiter] = [await world.connect(), await world.connect()];
    await holder.query('BEGIN');
    await holder.query("UPDATE orders SET note = 'holder-secret' WHERE id = 1");
    const waiting = waiter.query("UPDATE orders SET note = 'waiter-secret' WHERE id = 1").catch(() => undefined);
    return { holder, waiting };
  }

  test('says who is connected, what they run without its values, and how many may be', async () => {
    await world.connect();
    const { reading, texts } = await read();
    expect(reading.unread).toEqual([]);
    expect(reading.sessions?.value.filter(({ user }) => user === world.client)).toEqual([expect.objectContaining({ state: 'idle', blockedBy: [], transactionSeconds: null })]);
    expect(reading.connections?.value).toMatchObject({ limit: 60, byClient: expect.arrayContaining([{ user: world.client, application: '', count: 1, idle: 1 }]) });
    expect(texts.join('\n')).toMatch(/MariaDB[^]*of 60 connections used/);
  });

  test('who sits in a transaction and keeps others waiting is found, and the remedy is a change that can be previewed', async () => {
    const { holder, waiting } = await block();
    const found = await until(async () => {
      const { reading, texts } = await read();
      const [finding] = findings(reading).filter(({ mechanism }) => mechanism === 'blocked-by-idle-transaction');
      return finding && { finding, texts };
    }, 'the rule finds it');
    expect(found.texts.join('\n')).toContain('UPDATE orders SET note = ? WHERE id = ?');
    expect(found.texts.join('\n')).not.toContain('secret');
    expect(found.finding).toMatchObject({ resource: `session/shop/${holder.threadId}`, remedy: { kind: 'mysql.kill', target: 'shop', what: 'connection', sessions: [{ id: holder.threadId, user: world.client }] } });
    expect(found.finding.quotes.length).toBeGreaterThan(0);
    const { remedy } = found.finding;
    if (remedy === undefined) throw new Error('no remedy');
    expect(await kindOf(remedy).prepare(remedy, world.context)).toMatchObject({ command: [`KILL CONNECTION ${holder.threadId}`] });
    await holder.query('COMMIT');
    await waiting;
  });

  test('a tool reads the same for a model', async () => {
    await world.connect();
    const tool = mysqlLook(targets().databases);
    const result = await tool.run({ database: 'shop', view: 'sessions' }, { signal: never } as Parameters<typeof tool.run>[1]);
    expect(result.output).toMatch(new RegExp(`running since \\d{4}[^]*${world.client}`));
  });

  test('a change of a table waits for a forgotten transaction, and readers behind it: the transaction is what is named', async () => {
    const [holder, changer, late] = [await world.connect(), await world.connect(), await world.connect()];
    await holder.query('BEGIN');
    await holder.query('SELECT count(*) FROM orders');
    const waiting = [changer.query('ALTER TABLE orders ADD COLUMN more int').catch(() => undefined)];
    try {
      await until(async () => (await world.rows(`SELECT 1 FROM information_schema.PROCESSLIST WHERE ID = ${changer.threadId} AND STATE LIKE '%metadata lock%'`)).length > 0 || undefined, 'the change waits');
      waiting.push(late.query('SELECT count(*) FROM orders').catch(() => undefined));
      const found = await until(async () => {
        const { reading } = await read();
        const [finding] = findings(reading).filter(({ mechanism }) => mechanism === 'blocked-by-idle-transaction');
        return finding !== undefined && finding.title.includes('2 other sessions') ? { finding, reading } : undefined;
      }, 'the rule finds it');
      expect(found.finding).toMatchObject({ resource: `session/shop/${holder.threadId}`, remedy: { kind: 'mysql.kill', sessions: [{ id: holder.threadId }] } });
      expect(found.reading.sessions?.value.find(({ pid }) => pid === late.threadId)).toMatchObject({ blockedBy: [changer.threadId], waitEvent: 'metadata' });
      const look = mysqlLook(targets().databases);
      const { output } = await look.run({ database: 'shop', view: 'locks' }, { signal: never });
      expect(output).toMatch(new RegExp(`${changer.threadId}.*Waiting for table metadata lock.*ALTER TABLE orders`));
    } finally {
      await holder.query('ROLLBACK');
      await Promise.all(waiting);
    }
  });

  test('limits of the server explain the errors that services show', async () => {
    const { reading } = await read();
    expect(reading.overrides?.value).toEqual(expect.arrayContaining([expect.objectContaining({ setting: 'read_only', value: 'OFF' }), expect.objectContaining({ setting: 'max_connections', value: '60' })]));
    const withLimit = (setting: string, value: string): DatabaseReading => ({ ...reading, overrides: { value: [{ setting, scope: 'system', role: null, value, defaultValue: null }], evidence: evidence(`${setting} | ${value}`) } });
    const found = (one: DatabaseReading, body: string) => databaseRules.flatMap((rule) => rule.detect({ services: [service('api', { databases: ['shop'], samples: times(4, broken(body)) })], databases: [one], hosts: [] }, targets()));
    expect(found(withLimit('read_only', 'ON'), 'The MariaDB server is running with the --read-only option so it cannot execute this statement')).toEqual([expect.objectContaining({ mechanism: 'setting-read-only', resource: 'setting/shop/read_only' })]);
    expect(found(withLimit('max_user_connections', '3'), "User shop already has more than 'max_user_connections' active connections")).toEqual([expect.objectContaining({ remedy: { kind: 'mysql.set_global', target: 'shop', variable: 'max_user_connections', value: '0' } })]);
    expect(found(withLimit('max_user_connections', '0'), "User 'shop' has exceeded the 'max_user_connections' resource (current value: 3)")[0]).toMatchObject({ mechanism: 'role-connection-limit-reached' });
    expect(found(withLimit('innodb_lock_wait_timeout', '1'), 'ER_LOCK_WAIT_TIMEOUT: Lock wait timeout exceeded')).toEqual([expect.objectContaining({ mechanism: 'setting-too-tight' })]);
    expect(found(withLimit('innodb_lock_wait_timeout', '50'), 'ER_LOCK_WAIT_TIMEOUT: Lock wait timeout exceeded')).toEqual([]);
    expect(found(withLimit('read_only', 'ON'), 'out of stock')).toEqual([]);
  });

  test('every view of mysql_look shows something to an account that has PROCESS alone, and no hash of a password', async () => {
    const look = mysqlLook(targets().databases);
    const views = ['sessions', 'transactions', 'locks', 'connections', 'status', 'settings', 'tables', 'statements', 'indexes', 'sizes', 'grants'];
    const outputs = await Promise.all(views.map((view) => look.run({ database: 'shop', view }, { signal: never })));
    expect(outputs.map(({ failed, output }, index) => [views[index], failed, /may lack a right/.exec(output)?.[0]])).toEqual(views.map((view) => [view, undefined, undefined]));
    expect(outputs.map(({ output }) => output).join('\n')).not.toMatch(/\*[0-9A-F]{40}/);
    expect(outputs[7]?.output).toMatch(/^# statements, the costliest first\n\(performance_schema is off here/);
    expect(outputs[9]?.output).toMatch(new RegExp(`${world.database}/orders`));
    expect(look.input.safeParse({ database: 'shop', view: 'anything' }).success).toBe(false);
  });

  test('what can not be read is said with its remedy, and a server that is down is a finding', async () => {
    await world.admin.query(`REVOKE PROCESS ON *.* FROM ${reader}@'%'`);
    expect((await read()).reading).toMatchObject({ unread: [{ what: 'database shop', message: expect.stringContaining('grant PROCESS') }] });
    const { reading } = await read('mysql://a:b@127.0.0.1:1/shop');
    expect(findings(reading)).toEqual([expect.objectContaining({ mechanism: 'database-refuses', severity: 'critical' })]);
    expect(findings((await read(server.url(world.database, 'nobody'))).reading)).toEqual([]);
  });

  test('the shipped read account reads nothing of the tables, and the self-test finds nothing too much', async () => {
    expect(await lookAtMysql({ name: 'shop', kind: 'mysql', read: secret(server.url(world.database, reader)) }, never)).toMatchObject({ identity: reader, excess: [] });
    await world.admin.query(`GRANT DELETE ON ${world.database}.* TO ${reader}@'%'`);
    expect((await lookAtMysql({ name: 'shop', kind: 'mysql', read: secret(server.url(world.database, reader)) }, never)).excess).toHaveLength(1);
  });
});
