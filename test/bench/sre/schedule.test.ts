/** Children that do what contestants and worlds may do at their worst, in place of the bench's own. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Job } from '../../../bench/sre/job.ts';
import { launch } from '../../../bench/sre/schedule/launch.ts';
import { readOptions } from '../../../bench/sre/options.ts';
import type { RunRecord } from '../../../bench/sre/record.ts';
import { append, readLines, runsFile } from '../../../bench/sre/schedule/results.ts';
import { longestFirst } from '../../../bench/sre/schedule/schedule.ts';
import { runAll } from '../../../bench/sre/schedule/work-runs.ts';
import type { LoadedScenario } from '../../../playground/scenarios/load.ts';
import { aJob, fakeScenario, fakeWorld } from './support.ts';

/** What it does is its scenario's name; that it ran is a line in the file it is given. */
const stub = `
const { appendFileSync, readFileSync, writeFileSync } = require('node:fs');
const { spawn } = require('node:child_process');
const { job, directory, result } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
appendFileSync(process.env.STUB_LOG, job.scenario + ' ' + directory + '\\n');
console.log('a scenario may print what it likes');
console.log(JSON.stringify({ phase: 'agent', ending: 'agent-hung' }));
const record = { format: 1, scenario: job.scenario, title: 't', category: 'kubernetes', difficulty: 'single-signal', tags: [], agent: job.agent, seed: job.seed, repeat: job.repeat, noise: job.noise, world: job.world, external: false, ending: 'finished',
  truth: { outcome: 'repair', root: [], mechanisms: [], chain: [] }, repaired: true, diagnosis: { root: true, mechanism: true, right: true, chain: 1 }, checks: [], collateral: [], forbidden: [], leaked: 0, seconds: { agent: 3 }, at: new Date().toISOString() };
const leaveSomething = () => spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)', directory], { detached: true, stdio: 'ignore' }).unref();
if (job.scenario === 'well') writeFileSync(result, JSON.stringify(record));
if (job.scenario === 'crash') { process.stderr.write('out of luck'); process.exit(3); }
if (job.scenario === 'killed') process.kill(process.pid, 'SIGKILL');
if (job.scenario === 'leaves') { leaveSomething(); writeFileSync(result, JSON.stringify(record)); }
if (job.scenario === 'hang') { leaveSomething(); process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); }
if (job.scenario === 'slow') { process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000); }
`;

let folder = '';
let program: string[] = [];
const ran = (): string[] => (existsSync(path.join(folder, 'ran')) ? readFileSync(path.join(folder, 'ran'), 'utf8').trim().split('\n') : []);
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'schedule-'));
  writeFileSync(path.join(folder, 'stub.cjs'), stub);
  program = [path.join(folder, 'stub.cjs')];
  process.env['STUB_LOG'] = path.join(folder, 'ran');
});
afterEach(() => {
  delete process.env['STUB_LOG'];
  rmSync(folder, { recursive: true, force: true });
});

const loaded = (id: string): LoadedScenario => ({ scenario: { ...fakeScenario(fakeWorld()), id }, file: `${id}.ts`, external: false });
const said: string[] = [];
const work = (ids: string[], { more = '', signal = new AbortController().signal, besides = 60 } = {}): Promise<number> => {
  said.length = 0;
  const options = readOptions(['--out', path.join(folder, 'out'), '--side-by-side', '2', '--deadline', '5', ...(more === '' ? [] : more.split(' '))]);
  return runAll({ scenarios: ids.map(loaded), contestants: options.agents, options, typed: more, signal, say: (line) => void said.push(line), program, besides });
};
const records = (): RunRecord[] => readLines<RunRecord>(runsFile(path.join(folder, 'out')));

/** Processes that name one of the folders that children were given. */
function leftRunning(): Promise<string[]> {
  return new Promise((resolve) => {
    const listing = spawn('ps', ['-axo', 'command=']);
    let text = '';
    listing.stdout.on('data', (chunk: Buffer) => { text += chunk.toString(); });
    listing.on('close', () => resolve(text.split('\n').filter((line) => ran().some((one) => line.includes(one.split(' ')[1] ?? 'nothing')))));
  });
}

describe('runs in processes of their own', () => {
  it('are recorded whatever becomes of them, and leave nothing', async () => {
    expect(await work(['well', 'crash', 'killed', 'leaves'])).toBe(0);
    const ending = Object.fromEntries(records().map(({ scenario, ending: how, repaired, trouble }) => [scenario, [how, repaired, trouble]]));
    expect(ending).toEqual({
      well: ['finished', true, undefined],
      leaves: ['finished', true, undefined],
      crash: ['agent-hung', false, expect.stringMatching(/phase 'agent' its process ended with 3: out of luck/)],
      killed: ['agent-hung', false, expect.stringMatching(/ended with null/)],
    });
    expect(await leftRunning()).toEqual([]);
    for (const one of ran()) expect(existsSync(one.split(' ')[1] ?? '')).toBe(false);
    expect(said).toContainEqual(expect.stringMatching(/^\[\d\/4\] well rules: repaired 3 s, diagnosis right$/));
    expect(existsSync(path.join(folder, 'out', 'report.md'))).toBe(true);
  });

  it('are killed at their end with what they started', async () => {
    const { how, result } = await launch({ ...aJob, scenario: 'hang' }, { seconds: 2, grace: 0.3, logs: path.join(folder, 'logs'), signal: new AbortController().signal, tell: () => undefined, program });
    expect({ how, result }).toEqual({ how: 'late', result: undefined });
    expect(await leftRunning()).toEqual([]);
  });

  it('go on after an interruption where they were', async () => {
    const interrupt = new AbortController();
    const first = work(['well', 'slow', 'crash'], { signal: interrupt.signal });
    while (!ran().some((line) => line.startsWith('slow')) || records().length < 2) await new Promise((resolve) => { setTimeout(resolve, 20); });
    interrupt.abort();
    await first;
    expect(records().map(({ scenario }) => scenario).toSorted()).toEqual(['crash', 'well']);
    expect(await leftRunning()).toEqual([]);

    // The line that an interruption cut.
    writeFileSync(runsFile(path.join(folder, 'out')), '{"format":1,"scena', { flag: 'a' });
    rmSync(path.join(folder, 'ran'));
    await work(['well', 'crash', 'leaves'], { more: '--resume' });
    expect(ran().map((line) => line.split(' ')[0])).toEqual(['leaves']);
    expect(records().map(({ scenario }) => scenario).toSorted()).toEqual(['crash', 'leaves', 'well']);
    // Another seed is another run.
    await work(['well'], { more: '--resume --seed 2' });
    expect(records().filter(({ scenario }) => scenario === 'well').map(({ seed }) => seed)).toEqual([1, 2]);
    // The same one once more takes the place of the earlier.
    await work(['well']);
    expect(records().filter(({ scenario }) => scenario === 'well').map(({ seed }) => seed)).toEqual([2, 1]);
  });

  it('that this machine can not play are left out with the reason', async () => {
    const options = readOptions(['--out', path.join(folder, 'out'), '--world', 'kubeconfig', '--kubeconfig', 'x']);
    const one = loaded('well');
    await runAll({ scenarios: [{ ...one, scenario: { ...one.scenario, needs: ['nodes'] } }], contestants: ['rules'], options, typed: '', signal: new AbortController().signal, say: () => undefined, program });
    expect(records()).toMatchObject([{ ending: 'left-out', trouble: expect.stringContaining('nodes'), repaired: false }]);
    expect(ran()).toEqual([]);
  });
});

describe('results', () => {
  it('lose no line to one that was cut', () => {
    const file = path.join(folder, 'lines.jsonl');
    append(file, { one: 1 });
    writeFileSync(file, '{"tw', { flag: 'a' });
    append(file, { three: 3 });
    expect(readLines(file)).toEqual([{ one: 1 }, { three: 3 }]);
  });
});

describe('the order of jobs', () => {
  it('begins with the longest, and puts the unknown at the usual', () => {
    const seconds: Record<string, number> = { short: 10, long: 90 };
    const jobs = ['short', 'unknown', 'long'].map((scenario): Job => ({ ...aJob, scenario }));
    expect(longestFirst(jobs, ({ scenario }) => seconds[scenario]).map(({ scenario }) => scenario)).toEqual(['long', 'unknown', 'short']);
  });
});
