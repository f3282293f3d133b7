import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { actionSchema } from '../../src/changes/action.ts';
import { explain } from '../../src/rules/causal.ts';
import { detectAll } from '../../src/rules/detect-all.ts';
import type { Readings } from '../../src/rules/readings.ts';
import { ruledOut } from '../../src/rules/ruled-out.ts';
import { database, evidence, host, readings, service, session, table, targets } from './readings-support.ts';

const word = fc.constantFrom('a', 'b', 'shop', 'api', 'ledger', '', '***', 'POOL', 'x y', '10', 'http://a.b:80', 'http://[', 'ENOTFOUND a.b', 'error 57014', '\u202eevil', '<!channel>', 'constructor', '__proto__');
const number = fc.oneof(fc.integer({ min: -5, max: 500_000 }), fc.constantFrom(0, Number.NaN, Number.POSITIVE_INFINITY));
const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: null });
const environment = fc.dictionary(word, word, { maxKeys: 4 });
const sample = fc.record({ status: fc.integer({ min: 100, max: 599 }), milliseconds: number, error: word, body: word }, { requiredKeys: ['milliseconds'] });
const log = fc.record({ at: word, line: word });
const revision = fc.record({ revision: number, at: word, environment, healthy: fc.boolean() });
const names = fc.array(word, { maxLength: 3 });

const anySession = fc.record({ pid: fc.integer({ min: 0, max: 6 }), state: fc.constantFrom('active', 'idle', 'idle in transaction', 'unknown'), stateSeconds: number, transactionSeconds: maybe(number), blockedBy: fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 3 }), user: word, application: word, query: word }).map((fields) => session(fields));
const anyPlan = fc.record({ query: word, calls: maybe(number), meanMilliseconds: maybe(number), filteredScans: fc.array(fc.record({ schema: word, table: word, columns: names, estimatedRows: number }), { maxLength: 3 }) });
const anyDatabase = fc.record({
  sessions: fc.array(anySession, { maxLength: 6 }), plans: fc.array(anyPlan, { maxLength: 3 }),
  tables: fc.array(fc.tuple(word, number, number).map(([name, rows, deadRows]) => table(name, rows, { deadRows, schema: name })), { maxLength: 3 }),
  indexes: fc.array(fc.record({ schema: word, table: word, index: word, columns: names, valid: fc.boolean(), unique: fc.boolean() }), { maxLength: 3 }),
  overrides: fc.array(fc.record({ setting: fc.constantFrom('statement_timeout', 'connection_limit', 'constructor', 'search_path', 'lock_timeout'), scope: fc.constantFrom('system' as const, 'database' as const, 'role' as const), role: maybe(word), value: word, defaultValue: maybe(word) }), { maxLength: 3 }),
  connections: fc.record({ limit: number, reserved: number, used: number, byClient: fc.array(fc.record({ user: word, application: word, count: number, idle: number }), { maxLength: 3 }) }),
}).chain((parts) => fc.tuple(word, fc.boolean(), fc.array(fc.record({ what: word, message: word, code: fc.constantFrom('53300', 'ECONNREFUSED', 'TIMEOUT', 'constructor') }), { maxLength: 2 })).map(([name, bare, unread]) => (bare ? { name, unread } : { ...database(name, parts), unread })));
const anyService = fc.record({
  name: word, samples: fc.array(sample, { maxLength: 6 }), dependsOn: names, databases: names, budget: number,
  workload: fc.record({ state: fc.constantFrom('running' as const, 'starting' as const, 'crash_loop' as const, 'stopped' as const), startedAt: maybe(word), restarts: number, revision: number, revisions: fc.array(revision, { maxLength: 4 }), log: fc.array(log, { maxLength: 4 }), lastExit: maybe(fc.record({ code: maybe(number), signal: maybe(word), at: word })) }),
}).map(({ name, ...parts }) => service(name, parts));
const anyHost = fc.record({ host: word, usedBy: word, error: word, port: number, open: fc.boolean() }).map(({ host: name, usedBy, error, port, open }) => host(name, usedBy, { ...(error === '' ? {} : { error }), ports: [{ port, open, error: 'ECONNREFUSED' }] }));
const anyReadings: fc.Arbitrary<Readings> = fc.record({ services: fc.array(anyService, { maxLength: 4 }), databases: fc.array(anyDatabase, { maxLength: 2 }), hosts: fc.array(anyHost, { maxLength: 3 }), observerSlowdown: fc.constantFrom(1, 3) });

const known = targets([{ name: 'api', dependsOn: ['ledger'], databases: ['shop'] }, { name: 'ledger', dependsOn: ['api'] }]);

test('no rule throws, the same readings give the same findings, and every remedy is a valid action', () => {
  fc.assert(
    fc.property(anyReadings, (one) => {
      const found = detectAll(one, known);
      expect(detectAll(structuredClone(one), known)).toEqual(found);
      const evidenceTexts = new Map(collectEvidence(one).map(({ id, text }) => [id, text]));
      for (const { finding } of found) {
        for (const { evidence: id, quote } of finding.quotes) expect(evidenceTexts.get(id)).toContain(quote);
        // A target's own name may be no valid one in these readings; all else that a rule writes must be.
        const remedy = finding.remedy === undefined ? undefined : actionSchema.safeParse('target' in finding.remedy ? { ...finding.remedy, target: 'shop' } : finding.remedy);
        const wrong = remedy?.success === false ? remedy.error.issues : [];
        expect(wrong.every((issue) => issue.path.includes('sessions') || issue.path.includes('pid'))).toBe(true);
        const written = finding.remedy?.kind === 'http.operation' ? Object.values(finding.remedy.parameters) : [];
        expect(written.some((value) => value.includes('***'))).toBe(false);
      }
      const bodies = found.map(({ finding }) => finding);
      const order = explain(bodies, known, ['api']);
      expect(order.chain[0]).toBe(order.root);
      ruledOut(one, bodies);
    }),
    { numRuns: 300 },
  );
});

function collectEvidence(value: unknown): ReturnType<typeof evidence>[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('id' in value && 'text' in value && 'tool' in value) return [value as ReturnType<typeof evidence>];
  return Object.values(value).flatMap(collectEvidence);
}

test('the rules say nothing about nothing', () => {
  expect(detectAll(readings({}), known)).toEqual([]);
});
