import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contains } from '../../../../../src/incident/admit.ts';
import { createReplay } from '../../../../../bench/sre/contestants/model/replay.ts';
import { RecordingDivergedError } from '../../../../../bench/sre/contestants/model/recording-diverged-error.ts';
import type { Block } from '../../../../../bench/sre/contestants/model/recording.ts';
import { call, conversation, exchange, here, picture, pods, recordingOf, rendered, requestFrom, result, sessions, text, there } from './worlds.ts';
import type { Names } from './worlds.ts';

const look = [call('sql_select', { statement: 'SELECT 1' }), call('kubectl_get', { kind: 'pods' })];

/** What a reader who saw this world would have written. */
const reportOf = ({ evidence, pid, start, pod, seconds, waiting }: Names, statement: string): Block[] => [
  call('submit_report', {
    summary: `Session ${pid} waits since ${seconds} s.`,
    findings: [
      { resource: `session/orders/${pid}`, mechanism: 'blocked-by-idle-transaction', quotes: [{ evidence: `E${evidence}`, quote: `${pid} | ${start} | inventory-sync | idle in transaction` }, { evidence: `E${evidence}`, quote: `(${waiting} rows)` }] },
      { resource: `pod/shop/${pod}`, mechanism: 'crash-loop', quotes: [{ evidence: `E${evidence + 1}`, quote: `${pod} 0/1 CrashLoopBackOff` }] },
    ],
  }),
  call('sql_select', { statement }),
];
const concludeOf = ({ finding, pid, start }: Names): Block[] => [
  call('conclude', { summary: `pid ${pid}`, root_cause: { resource: `session/orders/${pid}`, findings: [`F${finding}`] }, changes: [{ findings: [`F${finding}`], action: { kind: 'postgres.terminate_backend', target: 'orders', sessions: [{ pid, backend_start: start }] } }, { action: { kind: 'kubectl.scale', name: 'checkout', replicas: 3 } }] }),
];

const statementOf = ({ pid }: Names): string => `SELECT * FROM pg_locks WHERE pid = ${pid} LIMIT 40`;

const recorded = (names = there) => recordingOf(
  conversation('orchestrator', [exchange([text(picture(names))], concludeOf(names))]),
  conversation('database', [exchange([text(picture(names))], look), exchange([result(sessions(names)), result(pods(names))], reportOf(names, statementOf(names)))]),
);

const askDatabase = (names: Names, answers = [result(sessions(names)), result(pods(names))]) => requestFrom('database', picture(names), [{ reply: look, answers }]);

describe('a recording on a fresh world', () => {
  it('says what the reader would have said of this one', () => {
    const replay = createReplay(recorded());
    expect(replay.answer(requestFrom('database', picture(here))).reply).toEqual(look);
    const { reply } = replay.answer(askDatabase(here));
    const [expected] = reportOf(here, statementOf(here));
    const findings = (block: Block | undefined) => (block?.type === 'tool_use' ? (block.input as { findings: { resource: string; quotes: { evidence: string; quote: string }[] }[] }).findings : []);
    expect(findings(reply[0]).map(({ resource }) => resource)).toEqual(findings(expected).map(({ resource }) => resource));
    const quotes = findings(reply[0]).flatMap((finding) => finding.quotes);
    expect(quotes.map(({ evidence }) => evidence)).toEqual(['E31', 'E31', 'E32']);
    for (const { evidence, quote } of quotes) expect(contains(evidence === 'E31' ? sessions(here) : pods(here), quote), quote).toBe(true);
    expect(quotes[2]?.quote).toContain(here.pod);
    expect(reply[1]).toEqual(call('sql_select', { statement: statementOf(here) }));
    expect(replay.answer(requestFrom('orchestrator', picture(here))).reply[0]).toMatchObject({ input: { summary: 'pid 902', root_cause: { resource: 'session/orders/902', findings: ['F5'] } } });
    expect(replay.divergence()).toBeUndefined();
  });

  it('keeps the number of a session and its start together, and what was chosen as it is', () => {
    const replay = createReplay(recordingOf(conversation('orchestrator', [exchange([text(`${picture(there)}\n${sessions(there)}`)], concludeOf(there))])));
    const { reply } = replay.answer(requestFrom('orchestrator', `${picture(here)}\n${sessions(here)}`));
    expect(reply[0]).toMatchObject({ input: { changes: [{ action: { sessions: [{ pid: here.pid, backend_start: here.start }] } }, { action: { replicas: 3 } }] } });
  });

  it('answers the same request the same again, as after a restart of the product', () => {
    const replay = createReplay(recorded());
    const first = replay.answer(requestFrom('database', picture(here)));
    expect(replay.answer(requestFrom('database', picture(here)))).toEqual({ ...first, seconds: 0 });
  });

  it('keeps conversations of one agent apart by what they were asked', () => {
    const brief = (words: string) => `${picture(there)}\nYour brief: ${words}`;
    const replay = createReplay(recordingOf(...['is a lock held', 'which index is missing'].map((words) => conversation('database', [exchange([text(brief(words))], [call('look', { words })])]))));
    expect(replay.answer(requestFrom('database', brief('which index is missing'))).reply).toEqual([call('look', { words: 'which index is missing' })]);
    expect(replay.answer(requestFrom('database', brief('is a lock held'))).reply).toEqual([call('look', { words: 'is a lock held' })]);
  });

  it.each<[string, (replay: ReturnType<typeof createReplay>) => unknown, RegExp]>([
    ['a reply is asked for that there is not', (replay) => replay.answer(requestFrom('database', picture(here), [{ reply: look, answers: [result(sessions(here)), result(pods(here))] }, { reply: look, answers: [] }])), /asks for a reply 3; the recording has 2/],
    ['an agent is asked that was not', (replay) => replay.answer({ ...requestFrom('database', picture(here)), system: 'You are the network specialist of an incident team.' }), /network was not asked so often/],
    ['a result is missing', (replay) => replay.answer(askDatabase(here, [result(sessions(here))])), /given 1 results; in the recording, 2/],
    ['a system can not be read any more', (replay) => replay.answer(askDatabase(here, [result(sessions(here)), result(rendered(32, 'kubectl_get', 'kubectl get pods', ['refused'], true))])), /could read this in the recording/],
    ['what was quoted is not there', (replay) => replay.answer(askDatabase(here, [result(sessions(here)), result(rendered(32, 'kubectl_get', 'kubectl get pods', ['No resources found']))])), /7d4b9c6f5, which the recorded reply names under resource/],
    ['a finding has no counterpart', (replay) => replay.answer(requestFrom('orchestrator', 'Incident INC-1\nno findings')), /F3, which the recorded reply names|session|18315/],
  ])('diverges, and stays so, when %s', (_name, ask, words) => {
    const replay = createReplay(recorded());
    expect(() => ask(replay)).toThrow(RecordingDivergedError);
    expect(replay.divergence()).toMatch(words);
    expect(() => replay.answer(requestFrom('orchestrator', picture(here)))).toThrow(RecordingDivergedError);
  });

  it('does not count when replies were not asked for', () => {
    const replay = createReplay(recorded());
    replay.answer(requestFrom('orchestrator', picture(here)));
    expect(replay.divergence()).toBe('1 of 3 recorded replies were asked for.');
  });

  it('leaves a quote that was not there in the recording either', () => {
    const wrong = { evidence: 'E12', quote: 'the moon is made of cheese and locks' };
    const replay = createReplay(recordingOf(conversation('database', [exchange([text('x')], [call('sql_select', {})]), exchange([result(sessions(there))], [call('submit_report', { findings: [{ quotes: [wrong] }] })])])));
    replay.answer(requestFrom('database', 'x'));
    expect(replay.answer(requestFrom('database', 'x', [{ reply: [call('sql_select', {})], answers: [result(sessions(here))] }])).reply[0]).toMatchObject({ input: { findings: [{ quotes: [{ evidence: 'E31', quote: wrong.quote }] }] } });
  });
});

const safe = fc.stringMatching(/^[bcdfghjklmnpqrstvwxz]{4}[2456789]$/);
const names: fc.Arbitrary<Names> = fc.record({
  evidence: fc.integer({ min: 3, max: 400 }), finding: fc.integer({ min: 1, max: 60 }), pid: fc.integer({ min: 100, max: 99_000 }),
  start: fc.date({ min: new Date('2026-01-01'), max: new Date('2027-12-31'), noInvalidDate: true }).map((date) => date.toISOString().replace('T', ' ').replace('Z', '+00')),
  pod: safe.map((suffix) => `checkout-7d4b9c6f5-${suffix}`), other: safe.map((suffix) => `checkout-66bd89f7c4-${suffix}`),
  address: fc.tuple(fc.integer({ min: 1, max: 250 }), fc.integer({ min: 1, max: 250 })).map(([one, other]) => `127.97.${one}.${other}`),
  port: fc.integer({ min: 1_024, max: 65_000 }), waiting: fc.integer({ min: 1, max: 90 }), seconds: fc.integer({ min: 1, max: 900 }),
}).filter(({ pod, other }) => pod.slice(-5) !== other.slice(-5));

describe('for any two worlds with the same fault', () => {
  it('evidence, pids, starts and pods are those of this world, and every quote stands in it', () => {
    fc.assert(fc.property(names, names, (then, now) => {
      const replay = createReplay(recorded(then));
      replay.answer(requestFrom('database', picture(now)));
      const [report] = replay.answer(askDatabase(now)).reply;
      const input = (report?.type === 'tool_use' ? report.input : {}) as { findings: { resource: string; quotes: { evidence: string; quote: string }[] }[] };
      expect(input.findings.map(({ resource }) => resource)).toEqual([`session/orders/${now.pid}`, `pod/shop/${now.pod}`]);
      for (const { evidence, quote } of input.findings.flatMap((finding) => finding.quotes)) {
        const texts = new Map([[`E${now.evidence}`, sessions(now)], [`E${now.evidence + 1}`, pods(now)]]);
        expect(contains(texts.get(evidence) ?? '', quote), `${evidence}: ${quote}`).toBe(true);
      }
      expect(replay.answer(requestFrom('orchestrator', picture(now))).reply[0]).toMatchObject({ input: { root_cause: { findings: [`F${now.finding}`], resource: `session/orders/${now.pid}` } } });
    }), { numRuns: 60 });
  });

  it('a recording replayed on its own world is itself', () => {
    fc.assert(fc.property(names, (same) => {
      const replay = createReplay(recorded(same));
      expect(replay.answer(requestFrom('database', picture(same))).reply).toEqual(look);
      expect(replay.answer(askDatabase(same)).reply).toEqual(reportOf(same, statementOf(same)));
      expect(replay.answer(requestFrom('orchestrator', picture(same))).reply).toEqual(concludeOf(same));
      expect(replay.divergence()).toBeUndefined();
    }), { numRuns: 60 });
  });
});
