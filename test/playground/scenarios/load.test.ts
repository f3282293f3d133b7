/** Through the bench's own command line, as whoever writes a scenario meets it: one start for all mistakes. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const contract = path.resolve('playground/scenarios/scenario.ts');

/** Line 1 is the import, line 3 the export; the fields follow in this order, one a line. */
const fields = {
  id: "id: 'ID',", // 4
  title: "title: 'A scenario of a test',",
  category: "category: 'network',",
  difficulty: "difficulty: 'single-signal',",
  parameters: 'parameters: (random) => ({ size: random.integer(1, 9) }),', // 8
  alert: "alert: () => ({ by: 'person', text: 'the shop is slow' }),",
  inject: 'inject: async () => undefined,', // 10
  oracle: "oracle: async () => [{ name: 'one', ok: true, detail: '' }],",
  relapse: 'relapse: { seconds: 5 },', // 12
  allowed: 'allowed: () => [],',
  truth: "truth: () => ({ outcome: 'repair', root: ['deployment/cart'], mechanisms: ['bad-release'], chain: [] }),", // 14
};

function source(id: string, changes: Partial<Record<keyof typeof fields, string>> = {}): string {
  const lines = Object.entries({ ...fields, ...changes }).map(([, text]) => `  ${text}`.replaceAll('ID', id));
  return [`import { defineScenario } from '${contract}';`, '', 'export const scenario = defineScenario<{ size: number }>({', ...lines, '});', ''].join('\n');
}

/** File, what is in it, its line and words of the complaint. */
const mistakes: [string, string, number, RegExp][] = [
  ['syntax.ts', source('syntax', { inject: 'inject: async () => {{,' }), 10, /can not be loaded.*Unexpected/],
  ['syntax-of-javascript.mjs', "export const scenario = {\n  id: 'x',\n  title: ,\n};\n", 3, /can not be loaded: SyntaxError/],
  ['no-export.ts', 'export const something = 1;\n', 1, /does not export `scenario`/],
  ['no-such-import.ts', source('no-such-import').replace('scenario.ts', 'scenery.ts'), 1, /can not be loaded: Cannot find module/],
  ['thrown-while-loading.ts', source('thrown-while-loading').replace('\n\n', "\nif (true) throw new Error('not today');\n"), 2, /not today/],
  ['other-name.ts', source('another-name'), 4, /id: it is 'another-name', the file's name says 'other-name'/],
  ['not-kebab.ts', source('Not_Kebab'), 4, /id: must be kebab-case/],
  ['no-such-category.ts', source('no-such-category', { category: "category: 'weather'," }), 6, /category: .*kubernetes/],
  ['misspelt.ts', source('misspelt', { relapse: 'relapes: { seconds: 5 },' }), 12, /relapes: there is no such field/],
  ['misspelt-below.ts', source('misspelt-below', { relapse: 'relapse: {\n    secs: 5,\n  },' }), 13, /relapse\.secs: there is no such field/],
  ['missing-field.ts', source('missing-field', { oracle: '' }), 3, /oracle: must be a function/],
  ['not-a-function.ts', source('not-a-function', { inject: "inject: 'rm'," }), 10, /inject: must be a function/],
  ['parameters-throw.ts', source('parameters-throw', { parameters: "parameters: () => {\n    throw new Error('no draw');\n  }," }), 9, /parameters: it threw: no draw/],
  ['parameters-by-chance.ts', source('parameters-by-chance', { parameters: 'parameters: () => ({ size: Math.random() }),' }), 8, /same seed gave other values/],
  ['alert-throws.ts', source('alert-throws', { alert: 'alert: (given) => (given as any).nothing.more,' }), 9, /alert: it threw/],
  ['alert-rubbish.ts', source('alert-rubbish', { alert: "alert: () => ({ by: 'pigeon', text: 'the shop is slow' })," }), 9, /alert: it returned what is not allowed/],
  ['allowed-rubbish.ts', source('allowed-rubbish', { allowed: "allowed: () => 'everything'," }), 13, /allowed: it returned what is not allowed/],
  ['root-without-kind.ts', source('root-without-kind', { truth: "truth: () => ({ outcome: 'repair', root: ['cart'], mechanisms: ['bad-release'], chain: [] })," }), 14, /truth: .*kind\/name/],
  ['unknown-mechanism.ts', source('unknown-mechanism', { truth: "truth: () => ({ outcome: 'repair', root: ['deployment/cart'], mechanisms: ['gremlins'], chain: [] })," }), 14, /truth: it returned/],
  ['rootless.ts', source('rootless', { truth: "truth: () => ({ outcome: 'repair', root: [], mechanisms: ['bad-release'], chain: [] })," }), 14, /needs a root/],
  ['forbids-nothing.ts', source('forbids-nothing', { allowed: "allowed: () => [],\n  forbidden: () => [{ reason: 'because' }]," }), 14, /forbids nothing/],
  ['short-canary.ts', source('short-canary', { allowed: "allowed: () => [],\n  canaries: () => ['abc']," }), 14, /canaries: it returned/],
];

describe('scenarios from a folder', () => {
  let folder = '';
  beforeAll(() => { folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'scenarios-'))); });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const compiled = (...words: string[]): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, ['dist/bench/sre/main.js', '--list', ...words], { encoding: 'utf8' });
  const list = (...words: string[]): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, ['--import', 'tsx', 'bench/sre/main.ts', '--list', ...words], { encoding: 'utf8' });

  it('may take from the bench\'s kit whatever they like, without a package.json beside them', () => {
    const kit = path.join(folder, 'kit');
    mkdirSync(kit);
    const imports = ['kit/checks.ts', 'kit/shop.ts', 'kit/workloads.ts', 'kit/requests.ts'].map((file, index) => `import * as kit${index} from '${path.resolve('playground/scenarios', file)}';`);
    writeFileSync(path.join(kit, 'borrows.ts'), `${imports.join('\n')}\n${source('borrows')}void [kit0, kit1, kit2, kit3];\n`);
    for (const { status, stdout, stderr } of [compiled('--scenarios', kit), list('--scenarios', kit)]) {
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/ borrows /);
    }
  });

  it('are found in it and below, whatever their language', () => {
    const good = path.join(folder, 'good');
    mkdirSync(path.join(good, 'below'), { recursive: true });
    writeFileSync(path.join(good, 'typed.ts'), source('typed'));
    writeFileSync(path.join(good, 'below', 'plain.mjs'), source('plain').replace('<{ size: number }>', '').replace(/^import.*$/m, 'const defineScenario = (one) => one;'));
    writeFileSync(path.join(good, 'typed.test.ts'), 'nothing of ours');
    const { status, stdout, stderr } = list('--scenarios', good);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/ typed /);
    expect(stdout).toMatch(/ plain /);
    expect(stdout).toContain('2 scenarios');
  });

  it('are refused with file and line for each mistake', () => {
    const bad = path.join(folder, 'bad');
    mkdirSync(path.join(bad, 'again'), { recursive: true });
    for (const [name, text] of mistakes) writeFileSync(path.join(bad, name), text);
    writeFileSync(path.join(bad, 'again', 'same.ts'), source('same'));
    writeFileSync(path.join(bad, 'same.ts'), source('same'));
    const { status, stderr } = list('--scenarios', bad);
    expect(status).toBe(2);
    const complaints = stderr.split('\n');
    for (const [name, , line, words] of mistakes) expect(complaints).toContainEqual(expect.stringMatching(new RegExp(`^${path.join(bad, name).replaceAll('.', String.raw`\.`)}:${line}: .*${words.source}`)));
    expect(complaints).toContainEqual(expect.stringMatching(/same\.ts:4: id: .*same\.ts has the same id 'same'/));
  });

  it('are not looked for in vain', () => {
    expect(list('--scenarios', path.join(folder, 'nowhere'))).toMatchObject({ status: 2, stderr: expect.stringContaining('There is no such folder') });
  });
});
