/** One value of a release: the contract, what it may do, and that nothing of its other values is seen. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ActionOf } from '../../../src/changes/action.ts';
import { kindOf } from '../../../src/changes/actions/kinds.ts';
import type { JsonObject } from '../../../src/changes/actions/kubectl/json-patch.ts';
import { RefusedError } from '../../../src/changes/errors.ts';
import { helmUpgradeValueSchema } from '../../../src/changes/helm-actions.ts';
import { privateHome } from '../../../src/process/environment.ts';
import { changeFrom, riskOf } from '../../support/changes.ts';
import { describeActionKind } from '../../contracts/action-kind.ts';
import type { FakeHelm, FakeRelease } from './fake-helm.ts';
import { openFakeHelm } from './fake-helm.ts';

type Action = ActionOf<'helm.upgrade_value'>;
const action: Action = { kind: 'helm.upgrade_value', target: 'production', namespace: 'shop', release: 'promotions', key: 'level', value: 'debug' };
const kind = kindOf(action);
const base64 = (text: string): string => Buffer.from(text).toString('base64');

const metadata = { name: 'promotions', version: '1.0.0' };
const chart = (more: JsonObject = {}): FakeRelease['chart'] => ({ metadata, templates: [{ name: 'templates/all.yaml', data: base64('level: {{ .Values.level }}') }], files: [{ name: 'README.md', data: base64('read me') }], values: { level: 'info', replicas: 2, image: { repository: 'registry.local/shop/promotions', tag: 'v1' }, debug: false, password: 'hunter-one', dsn: 'x' }, ...more });

/** The pod template is what the values say, as a chart would have it. */
function render(values: JsonObject): string {
  const image = values['image'] as JsonObject;
  const pod = { containers: [{ name: 'web', image: `${String(image['repository'])}:${String(image['tag'])}`, env: [{ name: String(values['variable'] ?? 'LEVEL'), value: String(values['level']) }], ...(values['command'] !== undefined && { command: [values['command']] }) }], ...(values['debug'] === true && { hostNetwork: true }) };
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'promotions' }, data: { LEVEL: values['level'] } },
    { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'promotions' }, spec: { jobTemplate: { spec: { template: { spec: pod } } } } },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'promotions' }, data: { password: base64(String(values['password'])), ...(values['secretly'] !== undefined && { other: base64(String(values['secretly'])) }) } },
    ...(values['account'] === true ? [{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'promotions' } }] : []),
    ...(values['elsewhere'] === true ? [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'kube-system' } }] : []),
  ].map((object) => JSON.stringify(object)).join('\n---\n');
}
const config = { password: 'hunter-two', secretly: 'hunter-three', account: false, elsewhere: false, command: '', variable: 'LEVEL' };
const own = (values: JsonObject): JsonObject => ({ password: 'hunter-two', ...values });
const open = (more: Partial<FakeRelease> = {}, values: JsonObject = { password: 'hunter-two' }): FakeHelm => openFakeHelm({ chart: chart(), render, ...more }, values);
const prepare = (changed: Partial<Action>, world = open()) => kind.prepare({ ...action, ...changed } as Action, world.context);

describeActionKind(kind, async () => {
  const world = open();
  return {
    context: world.context, action, impossibleAction: { ...action, key: 'nothing.there' },
    snapshot: async () => world.revisions.at(-1)?.manifest,
    sent: () => world.started.map(({ argv, stdin }) => {
      const words = argv.filter((argument) => !/^--(?:kubeconfig|output|max|revision|dry-run)/.test(argument)).map((argument) => (argument.startsWith('/') ? "'<chart of revision 1>'" : argument));
      const level = stdin === undefined ? undefined : (JSON.parse(stdin) as JsonObject)['level'];
      return `helm ${words.join(' ')}${stdin === undefined ? '' : `\n# stdin: the values of revision 1 with level = ${JSON.stringify(level)} instead of "info"; everything else as it is`}`;
    }).join('\n'),
    move: async () => world.add(own({ level: 'warn' })),
    moveAfter: async () => world.add(own({ level: 'trace' })),
    close: async () => undefined,
  };
});

const back = { kind: 'helm.rollback', target: 'production', namespace: 'shop', release: 'promotions', to_revision: 1 } as const;

describeActionKind(kindOf(back), async () => {
  const world = open();
  world.add(own({ level: 'debug' }));
  return {
    context: world.context, action: back, impossibleAction: { ...back, to_revision: 9 },
    snapshot: async () => world.revisions.at(-1)?.manifest,
    sent: () => world.started.map(({ argv }) => `helm ${argv.filter((argument) => !/^--(?:kubeconfig|output|max|revision|dry-run)/.test(argument)).join(' ')}`).join('\n'),
    move: async () => world.add(own({ level: 'warn' })),
    moveAfter: async () => world.add(own({ level: 'trace' })),
    close: async () => undefined,
  };
});

test('what the undo of a rollback would bring is shown, without the values of Secrets', async () => {
  const world = open();
  world.add({ password: 'hunter-five', level: 'debug' });
  const change = changeFrom(back, await kindOf(back).prepare(back, world.context));
  await kindOf(back).execute(change, world.context);
  const undo = await kindOf(back).previewUndo?.(change, world.context);
  expect(undo?.preview).toMatch(/ConfigMap\/promotions\n {2}data\.LEVEL\n {2}- info\n {2}\+ debug/);
  expect(undo?.preview).toMatch(/Secret\/promotions\n {2}data\.password\n {2}- \(hidden\)\n {2}\+ \(hidden\)/);
  expect(JSON.stringify(undo)).not.toMatch(/hunter|aHVudGVy/);
});

describe('the values and the chart', () => {
  test('go in by stdin and through a folder of ours alone, which is gone afterwards', async () => {
    const world = open();
    const seen: { modes: number[]; metadata: unknown; template: string; argv: string }[] = [];
    const watching = { ...world.context, run: (options: Parameters<NonNullable<typeof world.context.run>>[0]) => {
      const folder = options.argv.find((argument) => argument.startsWith(privateHome()));
      if (folder !== undefined) {
        const file = (name: string): string => path.join(folder, name);
        seen.push({ modes: [folder, file('values.yaml')].map((one) => statSync(one).mode & 0o077), metadata: JSON.parse(readFileSync(file('Chart.yaml'), 'utf8')), template: readFileSync(file('templates/all.yaml'), 'utf8'), argv: options.argv.join(' ') });
      }
      return world.context.run?.(options) ?? Promise.reject(new Error('no run'));
    } };
    const change = changeFrom(action, await kind.prepare(action, watching));
    const { output } = await kind.execute(change, watching);
    expect(seen).toHaveLength(3);
    for (const { modes, template, argv, ...one } of seen) {
      expect([...modes, one.metadata, template]).toEqual([0, 0, metadata, 'level: {{ .Values.level }}']);
      expect(argv).not.toMatch(/debug|hunter/);
    }
    expect(readdirSync(privateHome()).filter((name) => name.startsWith('chart-'))).toEqual([]);
    expect(world.revisions.at(-1)?.config).toEqual({ password: 'hunter-two', level: 'debug' });
    expect(JSON.stringify([change, output])).not.toMatch(/hunter/);
    expect(change.preview).toContain('level\n- "info"\n+ "debug"');
    expect(riskOf(action, change, true)).toMatchObject({ level: 'medium' });
  });

  test.each<[string, JsonObject]>([
    ['charts inside', { metadata: { ...metadata, dependencies: [{ name: 'postgresql', version: '1' }] } }],
    ['a file above', { files: [{ name: '../../evil', data: '' }] }],
    ['a file at the root', { files: [{ name: '/etc/evil', data: '' }] }],
    ['a chart among its files', { files: [{ name: 'charts/evil/Chart.yaml', data: '' }] }],
    ['another Chart.yaml', { files: [{ name: 'Chart.yaml', data: '' }] }],
    ['a file without a name', { files: [{ name: '', data: '' }] }],
    ['a name with a line end', { templates: [{ name: 'templates/a\nb', data: '' }] }],
  ])('a chart with %s is refused', async (_words, more) => {
    await expect(prepare({}, open({ chart: chart(more) }))).rejects.toThrow(RefusedError);
    expect(readdirSync(privateHome()).filter((name) => name.startsWith('chart-'))).toEqual([]);
  });

  test('a chart that does not render to what is deployed is not the one', async () => {
    const world = open();
    world.add({ password: 'hunter-two' }, render({ ...chart().values, level: 'other' }));
    await expect(prepare({}, world)).rejects.toThrow(/does not render to what is deployed/);
  });

  test('what is stored must be a release, and that one', async () => {
    const wrong: JsonObject[] = [{}, { name: 'other', version: 1, chart: chart(), config: {}, manifest: '' }, { name: 'promotions', version: 2, chart: chart(), config: {}, manifest: '' }];
    for (const stored of wrong) {
      const world = open();
      world.store(1, stored);
      await expect(prepare({}, world)).rejects.toThrow(/could not be understood/);
    }
  });

  test('values that change between approval and run are seen, though the revision is the same', async () => {
    const world = open();
    const change = changeFrom(action, await kind.prepare(action, world.context));
    world.store(1, { name: 'promotions', version: 1, chart: chart(), config: { password: 'hunter-four' }, manifest: '' });
    await expect(kind.execute(change, world.context)).rejects.toMatchObject({ effect: 'none' });
    expect(world.revisions).toHaveLength(1);
  });
});

describe('which value', () => {
  test.each<[string, Partial<Action>]>([
    ['a secret by its name', { key: 'password', value: 'x' }],
    ['another secret by its name', { key: 'dsn', value: 'x' }],
    ['none that is there', { key: 'levels', value: 'x' }],
    ['one that holds others', { key: 'image', value: 'x' }],
    ['another type', { key: 'replicas', value: '3' }],
    ['another type', { key: 'level', value: true }],
    ['the same', { key: 'level', value: 'info' }],
    ['a prototype', { key: '__proto__.x', value: 'x' }],
    ['one that nothing follows', { key: 'replicas', value: 3 }],
  ])('%s is refused: %j', async (_words, changed) => {
    await expect(prepare(changed)).rejects.toThrow(RefusedError);
  });

  test.each(['{{ .Values.password }}', 'a\nb', 'a: b', 'a:', 'x #y', '- a', '"', "'", '*x', '&x', '!x', '%x', '[a]', 'a,b', ' a', 'a ', '@x', '>', '|', 'a- b', '`', '$(X)', '\u202e'])('%j never becomes a value', (value) => {
    expect(helmUpgradeValueSchema.safeParse({ ...action, value }).success).toBe(false);
  });
  test.each(['', 'a..b', '.a', 'a.', 'a[0]', 'a,b=c', '--set', 'a b', '0a', 'a\nb'])('%j is no key', (key) => {
    expect(helmUpgradeValueSchema.safeParse({ ...action, key }).success).toBe(false);
  });
  test.each(['debug', '', 'v1.2.3', 'http://payments:8080/x', '/data/a b'])('%j may', (value) => {
    expect(helmUpgradeValueSchema.safeParse({ ...action, value }).success).toBe(true);
  });
});

describe('what it does to the release', () => {
  test.each<[string, Partial<Action>]>([
    ['another command', { key: 'command', value: 'sh' }],
    ['the network of the host', { key: 'debug', value: true }],
    ['another image', { key: 'image.repository', value: 'evil.example/x' }],
    ['a Secret', { key: 'secretly', value: 'x' }],
    ['an identity', { key: 'account', value: true }],
    ['another namespace', { key: 'elsewhere', value: true }],
    ['a variable that loads code', { key: 'variable', value: 'LD_PRELOAD' }],
  ])('%s is refused', async (_words, changed) => {
    await expect(prepare(changed, open({}, config))).rejects.toThrow(RefusedError);
  });

  test('another tag of the same image may come', async () => {
    const { preview } = await prepare({ key: 'image.tag', value: 'v2' });
    expect(preview).toContain('+ registry.local/shop/promotions:v2');
  });

  test('hooks and places outside are high risk', async () => {
    const hook = JSON.stringify({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'migrate', annotations: { 'helm.sh/hook': 'pre-upgrade' } } });
    expect(riskOf(action, await prepare({}, open({ hooks: [hook] })), true)).toMatchObject({ level: 'high' });
    expect(riskOf(action, await prepare({ value: 'evil.example' }), true)).toMatchObject({ level: 'high', reasons: expect.arrayContaining([expect.stringContaining('evil.example')]) as string[] });
  });
});

describe('somebody else writes the release', () => {
  test('in the moment between the look and the write: a person looks', async () => {
    const world = open();
    const change = changeFrom(action, await kind.prepare(action, world.context));
    world.release.upgrade = () => {
      world.add(own({ level: 'warn' }));
      world.add(own({ level: 'debug' }));
      return { stdout: 'Release "promotions" has been upgraded.' };
    };
    await expect(kind.execute(change, world.context)).rejects.toMatchObject({ effect: 'unknown' });
  });

  test('an upgrade that fails before it began changed nothing; one that was cut off may have', async () => {
    for (const [result, effect] of [[{ exitCode: 1, stderr: 'Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress' }, 'none'], [{ exitCode: null, signal: 'SIGKILL', timedOut: true }, 'unknown']] as const) {
      const world = open({ upgrade: () => ({ ...result }) });
      const change = changeFrom(action, await kind.prepare(action, world.context));
      await expect(kind.execute(change, world.context)).rejects.toMatchObject({ effect });
    }
  });
});
