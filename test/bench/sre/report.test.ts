import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../../../bench/sre/record.ts';
import { figuresOf, spread, wilson } from '../../../bench/sre/report/figures.ts';
import { reportMarkdown } from '../../../bench/sre/report/markdown.ts';
import { readRuns } from '../../../bench/sre/report/read.ts';
import { writeReport } from '../../../bench/sre/report/write.ts';

const change = { id: 'C1', kind: 'kubectl.rollback', title: 'Roll back', command: 'kubectl', proposed: true, approved: true, automatic: false, executed: true, outcome: 'verified' as const };

function run(given: Partial<RunRecord> = {}): RunRecord {
  return {
    format: 1, scenario: 'lost-label', title: 'A label is lost', category: 'network', difficulty: 'single-signal', tags: [], agent: 'rules', seed: 1, repeat: 1, noise: false, world: 'playground', external: false,
    ending: 'finished', truth: { outcome: 'repair', root: ['service/cart'], mechanisms: ['selector-mismatch'], chain: ['service/cart', 'service/frontend'] },
    repaired: true, diagnosis: { root: true, mechanism: true, right: true, chain: 1 }, checks: [], collateral: [], forbidden: [], leaked: 0,
    attempt: { answer: { root: { resource: 'service/cart', mechanism: 'selector-matches-no-pods', title: 'cart' }, chain: [], summary: '' }, changes: [change], times: { firstFinding: 2000, diagnosis: 5000, repaired: 20_000 }, models: {}, steps: 4, evidence: { quotes: 6, unsupported: 0 }, said: [], played: 'none', notes: [] },
    seconds: {}, at: '2026-01-01T00:00:00.000Z', ...given,
  };
}

describe('figures', () => {
  it('agrees with published intervals', () => {
    for (const [hits, of, low, high] of [[9, 13, 42, 87], [9, 18, 29, 71], [42, 60, 57.5, 80.1], [70, 100, 60.4, 78.1]] as const) {
      const interval = wilson(hits, of);
      expect([interval.low * 100, interval.high * 100].map((value) => Math.round(value * 10) / 10)).toEqual([expect.closeTo(low, 0), expect.closeTo(high, 0)]);
    }
  });

  it('keeps a share within its interval', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 500 }).chain((of) => fc.tuple(fc.integer({ min: 0, max: of }), fc.constant(of))), ([hits, of]) => {
      const { low, high } = wilson(hits, of);
      expect(low).toBeLessThanOrEqual(hits / of + 1e-9);
      expect(high).toBeGreaterThanOrEqual(hits / of - 1e-9);
    }));
  });

  it('counts what never finished as not repaired, and what was left out as nothing', () => {
    const figures = figuresOf('rules', [run(), run({ scenario: 'b', ending: 'agent-hung', repaired: false, diagnosis: { root: false, mechanism: false, right: false, chain: 0 } }), run({ scenario: 'c', ending: 'left-out', repaired: false })]);
    expect(figures.repaired).toMatchObject({ hits: 1, of: 2 });
    expect(figures.repairedThoughWrong).toMatchObject({ hits: 0, of: 1 });
  });

  it('says how many are repaired in the first try and in every one', () => {
    const figures = figuresOf('rules', [run({ seed: 2, repaired: false }), run({ seed: 1 }), run({ seed: 3 }), run({ scenario: 'steady' }), run({ scenario: 'steady', seed: 2 }), run({ scenario: 'once' })]);
    expect(figures.repeated).toEqual({ scenarios: 2, tries: 3, first: 2, all: 1 });
  });

  it('gives the median and the 90th percentile', () => {
    expect(spread([])).toBeUndefined();
    expect(spread([3, 1, 2])).toEqual({ median: 2, p90: 3, count: 3 });
    expect(spread(Array.from({ length: 100 }, (_unused, index) => index + 1))).toEqual({ median: 50, p90: 90, count: 100 });
  });

  it('does not add up a price that is unknown', () => {
    const use = { model: 'm', calls: 1, input: 10, cacheRead: 5, cacheWrite: 3, output: 2, dollars: 0.5, peakContext: 18 };
    const attempt = run().attempt;
    if (!attempt) throw new Error('no attempt');
    const figures = figuresOf('rules', [run({ attempt: { ...attempt, models: { orchestrator: use } } }), run({ scenario: 'b', attempt: { ...attempt, models: { orchestrator: { ...use, dollars: null, peakContext: 40 } } } })]);
    expect(figures.models['orchestrator']).toEqual({ calls: 2, input: 26, cached: 10, output: 4, dollars: null, peakContext: 40 });
  });
});

describe('the report', () => {
  const charts = { shares: 'a.svg', times: 'b.svg' };

  it('says for what is not repaired what is missing, and lists what was not judged', () => {
    const text = reportMarkdown([
      run(),
      run({ scenario: 'lost-index', category: 'database', repaired: false, missing: 'no remedy', checks: [{ name: 'the index is back', ok: false, detail: 'no index leads with | customer_id' }] }),
      run({ scenario: 'ill-world', ending: 'world-unhealthy', repaired: false, trouble: 'cart was not ready after 60 s' }),
    ], [{ commit: 'abc', changed: true, node: 'v22', machine: '2 cores', options: '--agent rules --seed 1', sideBySide: 3, at: '' }], charts);
    expect(text).toContain('| lost-index (1) | no remedy | selector-mismatch of service/cart | selector-matches-no-pods of service/cart | the index is back: no index leads with \\| customer_id |');
    expect(text).toContain('| ill-world (1) | rules | world-unhealthy | cart was not ready after 60 s |');
    expect(text).toContain('1/3 33 %');
    expect(text).toContain('`npm run bench -- --agent rules --seed 1` at abc with uncommitted changes');
    expect(text).not.toMatch(/undefined|NaN|\[object/);
  });

  it('marks what was played from recordings', () => {
    const attempt = run().attempt;
    if (!attempt) throw new Error('no attempt');
    expect(reportMarkdown([run({ agent: 'claude-team', attempt: { ...attempt, played: 'recorded' } })], [], charts)).toMatch(/claude-team \*recorded\*[\s\S]*played the model by hand/);
    expect(reportMarkdown([run()], [], charts)).not.toContain('by hand');
  });
});

describe('files', () => {
  const inFolder = async (lines: string, look: (folder: string) => Promise<void> | void) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sre-bench-report-'));
    try {
      writeFileSync(path.join(folder, 'runs.jsonl'), lines);
      await look(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
  const line = (given: Partial<RunRecord> = {}) => `${JSON.stringify(run(given))}\n`;

  it('the newest of a run counts, a torn last line is left out, any other is refused with its place', async () => {
    await inFolder(`${line({ repaired: false })}${line()}${line({ seed: 2 })}{"format":1,"scen`, (folder) => {
      expect(readRuns(path.join(folder, 'runs.jsonl')).map(({ seed, repaired }) => [seed, repaired])).toEqual([[1, true], [2, true]]);
    });
    await inFolder(`${line()}torn\n${line({ seed: 2 })}`, (folder) => expect(() => readRuns(path.join(folder, 'runs.jsonl'))).toThrow(/runs\.jsonl:2 is not JSON/));
  });

  it('writes charts that are well-formed whatever the names', async () => {
    await inFolder(line({ agent: 'a <b> & "c"' }), async (folder) => {
      await writeReport(folder);
      for (const file of ['repaired.svg', 'diagnosis-seconds.svg']) {
        const svg = readFileSync(path.join(folder, file), 'utf8');
        expect(svg).toContain('a &lt;b&gt; &amp; &quot;c&quot;');
        expect(svg).not.toMatch(/NaN|undefined|Infinity/);
        expect(svg.match(/<text/g)?.length).toBe(svg.match(/<\/text>/g)?.length);
      }
      expect(readFileSync(path.join(folder, 'report.md'), 'utf8')).toContain('# SRE-bench');
    });
  });
});
