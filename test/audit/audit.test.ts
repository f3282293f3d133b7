/** `sre-agent audit` as an operator and as a forger with a superuser's rights meet it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditCommand } from '../../src/commands/audit.ts';
import { hashAnchor } from '../../src/audit/anchor.ts';
import type { Anchor } from '../../src/audit/anchor.ts';
import { storeSource } from '../../src/audit/source.ts';
import { verifyAudit } from '../../src/audit/verify.ts';
import { hashEvent } from '../../src/database/store/chain.ts';
import type { StoredEvent } from '../../src/incident/events.ts';
import type { Store } from '../../src/incident/store.ts';
import { createTestStore, testAlert, testDraft } from '../support/store.ts';

let store: Store;
let url: string;
let superuser: Client;
let close: () => Promise<void>;
const folder = mkdtempSync(path.join(tmpdir(), 'sre-agent-audit-'));
const by = { userId: 'U1', teamId: 'T1' };

beforeAll(async () => {
  const opened = await createTestStore();
  ({ store, url } = opened);
  superuser = new Client({ connectionString: url });
  await superuser.connect();
  close = async () => {
    await superuser.end();
    await opened.close();
  };
  for (const fingerprint of ['first', 'second', 'third']) await incidentWith(fingerprint);
});
afterAll(async () => {
  await close();
  rmSync(folder, { recursive: true, force: true });
});

async function incidentWith(fingerprint: string): Promise<string> {
  const { incident } = await store.incidents.openOrJoin({ alert: testAlert({ fingerprint }), channel: 'C1', title: 'A problem' });
  const change = await store.changes.draft(incident.id, testDraft(), `database/${fingerprint}`);
  await store.approvals.add({ changeId: change.id, digest: 'd'.repeat(64), by, decision: 'approve' });
  await store.evidence.add(incident.id, { specialist: 'database', tool: 'sql_select', command: 'SELECT 1', text: 'short', fullText: 'the full text', failed: false });
  await store.modelCalls.add({ incidentId: incident.id, agent: 'orchestrator', model: 'm', inputTokens: 1, outputTokens: 2, cacheReadTokens: 3, cacheWriteTokens: 4, dollars: null, seconds: 1, stopReason: 'end_turn', promptHash: 'abc', at: new Date().toISOString() });
  await store.incidents.setStatus(incident.id, ['open'], 'resolved', { type: 'incident.resolved', reason: 'it was fine' });
  return incident.id;
}

/** What a call prints, and its exit code. */
async function call(...words: string[]): Promise<{ code: number; lines: string[] }> {
  const lines: string[] = [];
  const code = await auditCommand.run(words, { variables: { DATABASE_URL: url }, print: (line) => void lines.push(line) });
  return { code, lines };
}

/** Past the triggers and the keys, inside a transaction that is rolled back afterwards, unless `keep`. */
async function forge(statements: readonly [string, unknown[]?][]): Promise<void> {
  await superuser.query("SET session_replication_role = 'replica'");
  for (const [statement, values] of statements) await superuser.query(statement, values);
  await superuser.query("SET session_replication_role = 'origin'");
}

test('whole, and after an anchor whole with the digest that was posted', async () => {
  expect((await call('verify')).lines[0]).toMatch(/^Whole: 3 incidents, 9 events, 0 anchors\.$/);
  const { lines } = await call('anchor');
  const digest = /^Anchor 1 of \S+: ([0-9a-f]{64})$/.exec(lines[0] ?? '')?.[1] ?? '';
  expect(await call('verify', '--anchor', digest)).toMatchObject({ code: 0, lines: [expect.stringMatching(/^Whole/) as string, expect.stringContaining(digest) as string] });
  expect(await call('verify', 'inc-1')).toMatchObject({ code: 0 });
  expect(await call('verify', '--anchor', 'f'.repeat(64))).toMatchObject({ code: 1, lines: [expect.stringMatching(/^Broken: no anchor has the digest f+/) as string, expect.anything() as string] });
  // Nothing moved: the next one binds the one before and no incident.
  const anchor = await store.audit.anchor();
  expect(anchor).toMatchObject({ number: 2, heads: [], previousHash: digest });
  expect(await store.audit.anchor({ notSince: anchor?.at ?? '' })).toBeUndefined();
});

test.each(['approvals', 'evidence', 'model_calls', 'audit_anchors', 'audit_heads', 'events'])('%s can be added to and nothing else, even by a superuser', async (table) => {
  for (const statement of [`DELETE FROM sre_agent.${table}`, `TRUNCATE sre_agent.${table} CASCADE`, `UPDATE sre_agent.${table} SET ${table === 'model_calls' ? 'incident_id = incident_id' : table === 'approvals' ? 'digest = digest' : 'hash = hash'}`]) {
    await expect(superuser.query(statement), statement).rejects.toThrow('append-only');
  }
});

test('ten gateways at once take one anchor a day', async () => {
  await store.timeline.append('INC-1', { type: 'incident.resolved', reason: 'again' });
  const before = (await store.audit.anchors()).length;
  const now = new Date().toISOString();
  await Promise.all(Array.from({ length: 10 }, () => store.audit.anchor({ notSince: now })));
  const anchors = await store.audit.anchors();
  expect(anchors.length).toBe(before + 1);
  expect(anchors.at(-1)?.heads.map(({ incidentId }) => incidentId)).toEqual(['INC-1']);
});

test('everything is exported, without the texts of evidence, and the file verifies by itself', async () => {
  const { code, lines } = await call('export');
  expect(code).toBe(0);
  const records = lines.map((line) => JSON.parse(line) as { record: string; [name: string]: unknown });
  const count = (record: string) => records.filter((one) => one.record === record).length;
  expect(Object.fromEntries(['export', 'anchor', 'incident', 'event', 'evidence', 'approval', 'model_call', 'end'].map((record) => [record, count(record)]))).toEqual({ export: 1, anchor: 3, incident: 3, event: 10, evidence: 3, approval: 3, model_call: 3, end: 1 });
  expect(lines.join('\n')).not.toContain('the full text');
  expect(records.find(({ record }) => record === 'evidence')).toMatchObject({ id: 'E1', command: 'SELECT 1', hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
  const digest = (await store.audit.anchors()).at(-1)?.hash ?? '';
  const verifyFile = async (text: readonly string[], ...more: string[]) => {
    writeFileSync(path.join(folder, 'export.jsonl'), `${text.join('\n')}\n`);
    return call('verify', '--file', path.join(folder, 'export.jsonl'), ...more);
  };
  expect(await verifyFile(lines, '--anchor', digest)).toMatchObject({ code: 0 });
  expect(await verifyFile(lines.map((line) => line.replace('A problem', 'No problem')))).toMatchObject({ code: 1 });
  await expect(verifyFile(lines.slice(0, -3))).rejects.toThrow(/is cut/);
  await expect(verifyFile(lines.toSpliced(4, 1))).rejects.toThrow(/is cut/);
  const one = await call('export', '--incident', 'INC-2');
  expect(one.lines.filter((line) => line.includes('"record":"event"')).every((line) => line.includes('"incidentId":"INC-2"'))).toBe(true);
  expect(await verifyFile(one.lines, '--anchor', digest)).toMatchObject({ code: 0 });
  expect((await call('export', '--since', '2100-01-01')).lines).toHaveLength(5);
});

test.each([[['verify', 'INC-99'], /There is no incident INC-99/], [['verify', '--anchor', 'abc'], /whole digest/], [['export', '--since', 'once'], /takes a date/], [['forget'], /has no forget/], [['verify', '--fast'], /--fast/], [['verify', '--file', '/nowhere/x'], /no readable file/]] as const)('%j is answered in words', async (words, problem) => {
  await expect(call(...words)).rejects.toThrow(problem);
});

test('a database that is away, or is none of ours, is said at once and in words', async () => {
  const from = (other: string) => auditCommand.run(['verify'], { variables: { DATABASE_URL: other }, print: () => undefined });
  await expect(from('postgres://a:hunter2@127.0.0.1:1/x')).rejects.toThrow(/^DATABASE_URL: its PostgreSQL can't be used \(connect ECONNREFUSED/);
  await expect(from(Object.assign(new URL(url), { pathname: '/postgres' }).toString())).rejects.toThrow(/no audit yet/);
});

describe('a forger who gets past the triggers', () => {
  type Row = Record<string, unknown>;
  const tables = ['events', 'incidents', 'audit_anchors', 'audit_heads'] as const;
  let saved: Record<(typeof tables)[number], Row[]>;

  beforeAll(async () => {
    const rows = async (table: string): Promise<Row[]> => (await superuser.query<Row>(`SELECT * FROM sre_agent.${table}`)).rows;
    saved = { events: await rows('events'), incidents: await rows('incidents'), audit_anchors: await rows('audit_anchors'), audit_heads: await rows('audit_heads') };
  });

  async function restore(): Promise<void> {
    await forge(tables.flatMap((table) => [[`DELETE FROM sre_agent.${table}`], ...saved[table].map((row): [string, unknown[]] => {
      const names = Object.keys(row);
      return [`INSERT INTO sre_agent.${table} (${names.join(', ')}) VALUES (${names.map((_, index) => `$${index + 1}`).join(', ')})`, names.map((name) => (name === 'event' ? JSON.stringify(row[name]) : row[name]))];
    })] as [string, unknown[]?][]));
  }

  const problems = async (digest?: string): Promise<string[]> => (await verifyAudit(storeSource(store), digest)).problems;

  const edits = fc.record({
    at: fc.nat(),
    how: fc.constantFrom('event', 'at', 'previous_hash', 'hash', 'sequence', 'incident', 'delete', 'add', 'head sequence', 'head hash', 'anchor at', 'anchor hash', 'anchored head', 'anchored evidence', 'no anchor', 'no incident', 'rewrite', 'cut'),
    text: fc.string({ minLength: 1 }),
  });

  test('any change of any row is found', async () => {
    await fc.assert(
      fc.asyncProperty(edits, async ({ at, how, text }) => {
        const pick = <T>(rows: readonly T[]): T => rows[at % rows.length] as T;
        const event = pick(saved.events) as unknown as { incident_id: string; sequence: number; at: string; event: Row; previous_hash: string; hash: string };
        const key = [event.incident_id, event.sequence];
        const one = 'WHERE incident_id = $1 AND sequence = $2';
        const anchor = pick(saved.audit_anchors);
        const head = pick(saved.audit_heads);
        const statements: Record<string, [string, unknown[]?][]> = {
          event: [[`UPDATE sre_agent.events SET event = $3 ${one}`, [...key, JSON.stringify({ ...event.event, forged: text })]]],
          at: [[`UPDATE sre_agent.events SET at = at || $3 ${one}`, [...key, text.replaceAll('\0', '0')]]],
          previous_hash: [[`UPDATE sre_agent.events SET previous_hash = reverse(previous_hash) || 'a' ${one}`, key]],
          hash: [[`UPDATE sre_agent.events SET hash = reverse(hash) || 'a' ${one}`, key]],
          sequence: [[`UPDATE sre_agent.events SET sequence = sequence + 100 ${one}`, key]],
          incident: [[`UPDATE sre_agent.events SET incident_id = 'INC-77' ${one}`, key]],
          delete: [[`DELETE FROM sre_agent.events ${one}`, key]],
          add: [['INSERT INTO sre_agent.events SELECT incident_id, sequence + 50, at, event, previous_hash, hash FROM sre_agent.events WHERE incident_id = $1 AND sequence = $2', key]],
          'head sequence': [['UPDATE sre_agent.incidents SET last_sequence = last_sequence + 1 WHERE id = $1', [event.incident_id]]],
          'head hash': [["UPDATE sre_agent.incidents SET last_hash = reverse(last_hash) || 'a' WHERE id = $1", [event.incident_id]]],
          'anchor at': [["UPDATE sre_agent.audit_anchors SET at = at || 'x' WHERE number = $1", [anchor['number']]]],
          'anchor hash': [["UPDATE sre_agent.audit_anchors SET hash = reverse(hash) || 'a' WHERE number = $1", [anchor['number']]]],
          'anchored head': [["UPDATE sre_agent.audit_heads SET hash = reverse(hash) || 'a' WHERE anchor = $1 AND incident_id = $2", [head['anchor'], head['incident_id']]]],
          'anchored evidence': [['UPDATE sre_agent.audit_heads SET evidence_count = 0 WHERE anchor = $1 AND incident_id = $2', [head['anchor'], head['incident_id']]]],
          'no anchor': [['DELETE FROM sre_agent.audit_anchors WHERE number = 1']],
          'no incident': [['DELETE FROM sre_agent.incidents WHERE id = $1', [event.incident_id]], ['DELETE FROM sre_agent.events WHERE incident_id = $1', [event.incident_id]]],
          rewrite: rewritten(event.incident_id, (events) => events.map((each) => (each.sequence === event.sequence ? { ...each, event: { type: 'incident.resolved', reason: text } } : each))),
          cut: rewritten(event.incident_id, (events) => events.slice(0, -1)),
        };
        await forge(statements[how] ?? []);
        const found = await problems();
        await restore();
        expect(found, how).not.toEqual([]);
      }),
      { numRuns: 60, examples: (['rewrite', 'cut', 'no incident', 'no anchor', 'anchored head'] as const).map((how): [{ at: number; how: typeof how; text: string }] => [{ at: 0, how, text: 'x' }]) },
    );
    expect(await problems()).toEqual([]);
  });

  test('who rewrites the anchors too is found by the digest that was posted', async () => {
    const digest = (await store.audit.anchors()).at(-1)?.hash ?? '';
    await forge(rewritten('INC-2', (events) => events.map((each) => (each.sequence === 3 ? { ...each, event: { type: 'incident.resolved', reason: 'forged' } } : each))));
    const hashes = new Map((await superuser.query<{ id: string; last_hash: string }>('SELECT id, last_hash FROM sre_agent.incidents')).rows.map((row) => [row.id, row.last_hash]));
    let previousHash = '0'.repeat(64);
    const statements: [string, unknown[]?][] = [];
    for (const anchor of await store.audit.anchors()) {
      const heads = anchor.heads.map((head) => (head.incidentId === 'INC-2' ? { ...head, hash: hashes.get('INC-2') ?? '' } : head));
      const forged: Anchor = { ...anchor, heads, previousHash, hash: hashAnchor({ ...anchor, heads, previousHash }) };
      previousHash = forged.hash;
      statements.push(['UPDATE sre_agent.audit_anchors SET previous_hash = $2, hash = $3 WHERE number = $1', [anchor.number, forged.previousHash, forged.hash]], ...heads.map((head): [string, unknown[]] => ['UPDATE sre_agent.audit_heads SET hash = $3 WHERE anchor = $1 AND incident_id = $2', [anchor.number, head.incidentId, head.hash]]));
    }
    await forge(statements);
    expect(await problems()).toEqual([]);
    expect(await problems(digest)).toEqual([expect.stringMatching(/^no anchor has the digest/) as string]);
    await restore();
    expect(await problems(digest)).toEqual([]);
  });

  test('another text of evidence is found', async () => {
    await forge([["UPDATE sre_agent.evidence SET full_text = 'another' WHERE incident_id = 'INC-3'"]]);
    expect(await problems()).toEqual(['INC-3: the text of evidence E1 is not the one that was recorded']);
    // With its hash made anew it is one that no anchor bound.
    await forge([["UPDATE sre_agent.evidence SET hash = encode(sha256('another'), 'hex') WHERE incident_id = 'INC-3'"]]);
    expect(await problems()).toEqual(['INC-3, evidence E1 to E1: not what anchor 1 bound']);
    await forge([["UPDATE sre_agent.evidence SET full_text = 'the full text', hash = encode(sha256('the full text'), 'hex') WHERE incident_id = 'INC-3'"]]);
    expect(await problems()).toEqual([]);
  });

  /** Consistent: every hash after the edit is made anew, and the incident's row with them. */
  function rewritten(id: string, edit: (events: StoredEvent[]) => StoredEvent[]): [string, unknown[]?][] {
    const before = saved.events.filter((row) => row['incident_id'] === id).map((row) => ({ incidentId: id, sequence: row['sequence'], at: row['at'], event: row['event'], previousHash: '', hash: '' }) as StoredEvent).sort((left, right) => left.sequence - right.sequence);
    let previousHash = '0'.repeat(64);
    const after = edit(before).map((event) => {
      const linked = { ...event, previousHash };
      previousHash = hashEvent(linked);
      return { ...linked, hash: previousHash };
    });
    return [
      ['DELETE FROM sre_agent.events WHERE incident_id = $1', [id]],
      ...after.map((event): [string, unknown[]] => ['INSERT INTO sre_agent.events VALUES ($1, $2, $3, $4, $5, $6)', [id, event.sequence, event.at, JSON.stringify(event.event), event.previousHash, event.hash]]),
      ['UPDATE sre_agent.incidents SET last_sequence = $2, last_hash = $3 WHERE id = $1', [id, after.length, previousHash]],
    ];
  }
});
