import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { createRulesAnswerer } from '../../../src/agents/rules/answerer.ts';
import { createRulesOrchestrator } from '../../../src/agents/rules/orchestrator.ts';
import type { IncidentEvent } from '../../../src/incident/events.ts';
import type { Evidence } from '../../../src/incident/types.ts';
import { broken, database, readings, service, session, targets, times } from '../../rules/readings-support.ts';
import { incident, investigationOf } from './investigation-support.ts';

let events: IncidentEvent[];
let evidence: Evidence[];
const by = { userId: 'U2', teamId: 'T1' };

beforeAll(async () => {
  const shop = database('shop', { sessions: [session({ pid: 10, application: 'import', state: 'idle in transaction', stateSeconds: 60, transactionSeconds: 61 }), session({ pid: 11, state: 'active', waitEventType: 'Lock', waitEvent: 'tuple', blockedBy: [10], stateSeconds: 20, transactionSeconds: 20 })] });
  const set = await investigationOf(readings({ databases: [shop], services: [service('api', { samples: times(6, broken('lock timeout', 503)), databases: ['shop'], workload: {} })] }), { ...targets([{ name: 'api', databases: ['shop'] }]), databases: [{ name: 'shop', kind: 'postgres', read: { variable: 'X', reveal: () => '' } }] });
  const { diagnosis } = await createRulesOrchestrator().run(set.investigation);
  events = [...set.events, { type: 'diagnosis.stated', diagnosis, investigation: 'I1' }, { type: 'change.drafted', changeId: 'C1', title: 'End session 10 of shop' }, { type: 'change.approved', changeId: 'C1', digest: 'd', by, approvals: 1, needed: 1 }, { type: 'change.executed', changeId: 'C1', output: '', seconds: 0.2 }, { type: 'change.verified', changeId: 'C1', checks: ['the session is gone'], before: [], after: [] }];
  evidence = set.evidence;
});

const ask = (question: string, material: { events?: IncidentEvent[]; evidence?: Evidence[] } = {}) =>
  createRulesAnswerer().answer(question, { incident, events: material.events ?? events, evidence: material.evidence ?? evidence, signal: new AbortController().signal });

describe('answers from the incident alone', () => {
  test.each([
    ['why does api fail?', /Session 10 .*blocks.*\nFrom cause to symptom:\n/s],
    ['what did you check?', /^service: looked at \w+\. Worst: api .*\[E\d+.*\ndatabase: looked at .*Worst: Session 10 /m],
    ['is it fixed now?', /C1 \(End session 10 of shop\).*was approved by <@U2>.*was verified: the session is gone/],
    ['who approved it?', /approved by <@U2>/],
    ['what about the database?', /Session 10/],
    ['what was ruled out?', /Ruled out: /],
    ['is the import session still there', /Session 10/],
  ])('%s', async (question, expected) => {
    const answer = await ask(question);
    expect(answer.text).toMatch(expected);
    expect(answer.evidence.every((id) => evidence.some((one) => one.id === id))).toBe(true);
  });

  test('evidence by its id, verbatim; an id that is not there is said to be missing', async () => {
    const one = evidence.find((each) => each.text.includes('idle in transaction'));
    const answer = await ask(`show ${one?.id}`);
    expect(answer.text).toContain(one?.text);
    expect(answer.evidence).toEqual([one?.id]);
    expect(await ask('show E99999')).toMatchObject({ text: expect.stringContaining('no evidence E99999'), evidence: [] });
  });

  test('what was checked is one line a specialist, without commands, narrowed to what is asked about', async () => {
    const raw = evidence.map((one, index) => ({ ...one, tool: one.specialist === 'database' ? 'postgres_sessions' : 'http_checks', command: `psql shop -c "SELECT ${'pid, '.repeat(80)}${index}"` }));
    const { text } = await ask('what did you check?', { evidence: raw });
    expect(text).not.toContain('SELECT');
    expect(text.split('\n').length).toBeLessThanOrEqual(5);
    expect((await ask('what did you check in the database?', { evidence: raw })).text).toMatch(/^database: looked at sessions and who waits for whom\. Worst: Session 10/);
    const gap = events.map((event) => (event.type === 'specialist.reported' && event.report.specialist === 'database' ? { ...event, report: { ...event.report, findings: [], gaps: ['database shop: stopped'] } } : event));
    const unread = await ask('what did you check?', { evidence: raw, events: gap });
    expect(unread.text).toMatch(/^database: .*Could not read: database shop: stopped/m);
    expect(unread.text.split('\n').find((line) => line.startsWith('database'))).not.toContain('In order');
  });

  test('says honestly when nothing matches, and what can be asked', async () => {
    const answer = await ask('zebra giraffes?');
    expect(answer.text).toContain('I find nothing about that');
    expect(answer.text).toContain('"why"');
    expect(answer.evidence).toEqual([]);
  });

  test('an incident in which nothing happened yet', async () => {
    expect((await ask('is it fixed?', { events: [], evidence: [] })).text).toContain('No change has been proposed');
    expect((await ask('what did you check?', { events: [], evidence: [] })).text).toContain('Nothing has been read');
  });

  test('any text is answered, briefly, citing only what exists', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.constantFrom('<!channel> why', 'show E1 E2 E3 E4', '\u202e why', 'why '.repeat(6_000), 'E999999999', '(((', 'constructor __proto__')), async (question) => {
        const answer = await ask(question);
        expect(answer.text.length).toBeGreaterThan(0);
        expect(answer.text.length).toBeLessThanOrEqual(3_000);
        expect(answer.evidence.every((id) => evidence.some((one) => one.id === id))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
