/** The product works with the role of deploy/postgres/product-role.sql, and with it nobody rewrites what happened. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { storeSource } from '../../src/audit/source.ts';
import { verifyAudit } from '../../src/audit/verify.ts';
import { migrateCommand } from '../../src/commands/migrate.ts';
import { createStore } from '../../src/database/store.ts';
import type { Store } from '../../src/incident/store.ts';
import { createQueueBackend } from '../../src/queue/bullmq.ts';
import { statementsOf } from '../support/deploy.ts';
import { createTestDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { testAlert, testDraft } from '../support/store.ts';

const role = `app_${randomBytes(4).toString('hex')}`;
const append = ['events', 'evidence', 'approvals', 'model_calls', 'audit_anchors', 'audit_heads'];
let database: TestDatabase;
let owner: Client;
let app: Client;
let store: Store;
let url: string;

beforeAll(async () => {
  database = await createTestDatabase();
  await migrateCommand.run([], { variables: { DATABASE_URL: database.url }, print: () => undefined });
  owner = new Client({ connectionString: database.url });
  await owner.connect();
  await owner.query(`CREATE ROLE ${role} LOGIN PASSWORD 'app'`);
  await owner.query(statementsOf('postgres/product-role.sql', { role, database: new URL(database.url).pathname.slice(1) }));
  url = Object.assign(new URL(database.url), { username: role, password: 'app' }).toString();
  app = new Client({ connectionString: url });
  await app.connect();
  store = await createStore({ url });
});
afterAll(async () => {
  await store.close();
  await app.end();
  await owner.query(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`);
  await owner.end();
  await database.close();
});

test('every table is in the file', async () => {
  const { rows } = await owner.query<{ name: string }>("SELECT relname AS name FROM pg_class WHERE relnamespace = 'sre_agent'::regnamespace AND relkind = 'r'");
  const file = readFileSync('deploy/postgres/product-role.sql', 'utf8');
  expect(rows.map(({ name }) => name).filter((name) => !new RegExp(`sre_agent\\.${name}\\b`).test(file))).toEqual([]);
});

test('the whole store and the queue work with it', async () => {
  const by = { userId: 'U1', teamId: 'T1' };
  const { incident } = await store.incidents.openOrJoin({ alert: testAlert(), channel: 'C1', title: 'A problem' });
  await store.incidents.openOrJoin({ alert: testAlert(), channel: 'C1', title: 'A problem' });
  await store.incidents.setStatus(incident.id, ['open'], 'investigating');
  await store.evidence.add(incident.id, { specialist: 'database', tool: 't', command: 'c', text: 't', fullText: 't', failed: false });
  const { id } = await store.changes.draft(incident.id, testDraft(), 'a/b');
  await store.changes.transition(id, { from: 'drafted', to: 'proposed', set: { digest: 'd', expiresAt: '2100-01-01T00:00:00.000Z' }, event: { type: 'change.expired', changeId: id, reason: '' } });
  expect(await store.changes.acquireLock('a/b', id)).toBe(true);
  await store.changes.heartbeat(id, 'me');
  await store.changes.releaseLock('a/b', id);
  await store.approvals.add({ changeId: id, digest: 'd', by, decision: 'approve' });
  expect([await store.halt.set(by), await store.halt.lift()]).toEqual([true, true]);
  await store.cards.put({ incidentId: incident.id, key: 'root', channel: 'C1', ts: '1', shown: 'x' });
  expect(await store.cards.lease(incident.id, 'me', 1)).toBe(true);
  await store.modelCalls.add({ incidentId: incident.id, agent: 'answer', model: 'm', inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, dollars: null, seconds: 1, stopReason: 'x', promptHash: 'x', at: '' });
  await store.turns.save('x', 1, {});
  await store.turns.save('x', 2, {});
  await store.deadLetters.add({ source: 's', reason: 'r', body: 'b' });
  expect([await store.firstSight('k'), await store.firstSight('k')]).toEqual([true, false]);
  await store.audit.anchor();
  expect(await store.audit.claimPost('me', 60)).toMatchObject({ number: 1 });
  await store.audit.posted(1, 'C1', '1');
  expect((await verifyAudit(storeSource(store))).problems).toEqual([]);
  const queue = await createQueueBackend({ databaseUrl: url });
  await queue.add('questions', 'question-1', { incidentId: incident.id, messageTs: '1' });
  expect(await queue.depth('questions')).toMatchObject({ waiting: 1 });
  await queue.close();
});

test.each(append)('%s: added to, and nothing else', async (table) => {
  const column = { events: 'at', evidence: 'hash', approvals: 'digest', model_calls: 'incident_id' }[table] ?? 'hash';
  const statements = [`UPDATE sre_agent.${table} SET ${column} = 'x'`, `DELETE FROM sre_agent.${table}`, `TRUNCATE sre_agent.${table}`, `ALTER TABLE sre_agent.${table} DISABLE TRIGGER ALL`, `DROP TABLE sre_agent.${table}`];
  for (const statement of statements) await expect(app.query(statement), statement).rejects.toThrow(/permission denied|must be owner/);
});

test('nor past it', async () => {
  for (const statement of ["SET session_replication_role = 'replica'", 'CREATE OR REPLACE FUNCTION sre_agent.refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$', 'DROP TRIGGER events_append_only ON sre_agent.events', 'DROP SCHEMA sre_agent CASCADE', 'CREATE TABLE sre_agent.more (a int)']) {
    await expect(app.query(statement), statement).rejects.toThrow(/permission denied|must be owner/);
  }
});
