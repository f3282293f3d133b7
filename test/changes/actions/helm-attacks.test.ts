/** Releases are Secrets that others can write: what stands in one is not what ran before just because it says so. */
import { describe, expect, test } from 'vitest';
import type { KindContext } from '../../../src/changes/actions/kind.ts';
import { kindOf } from '../../../src/changes/actions/kinds.ts';
import type { RunOptions } from '../../../src/process/run.ts';
import { changeFrom, riskOf } from '../../support/changes.ts';
import { ended } from '../../tools/kubectl/support.ts';
import { openFakeWorld } from './cluster-world.ts';
import { storedHooks } from './fake-helm.ts';
import { samples } from './kubectl-samples.ts';

const action = samples.helmRollback;
const helmRollback = kindOf(action);
const configMap = (name: string, level: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${JSON.stringify(name)} }\ndata: { LEVEL: ${level} }\n`;

interface Release {
  manifests: string[];
  /** By revision. */
  hooks?: (string | { manifest: string; events: string[] })[];
  history?: { revision: number; status: string; chart?: string; app_version?: string }[];
  /** Answers the rollback itself. */
  rollback?: () => Parameters<typeof ended>[0];
}

function world(release: Release): { context: KindContext; started: RunOptions[]; release: Release } {
  const { fake, context } = openFakeWorld();
  const started: RunOptions[] = [];
  const run = async (options: RunOptions) => {
    started.push(options);
    const { argv } = options;
    const revision = Number(argv.find((argument) => argument.startsWith('--revision='))?.slice('--revision='.length));
    if (argv.includes('history')) return ended({ stdout: JSON.stringify(release.history ?? release.manifests.map((_text, index) => ({ revision: index + 1, status: index === release.manifests.length - 1 ? 'deployed' : 'superseded' }))) });
    if (argv.includes('manifest')) return ended({ stdout: release.manifests[revision - 1] ?? '' });
    if (argv.includes('all')) return ended({ stdout: storedHooks([release.hooks?.[revision - 1] ?? ''].flat().filter((one) => one !== '').map((one) => (typeof one === 'string' ? { manifest: one, events: [] } : one))) });
    if (argv.includes('rollback')) return ended(argv.some((argument) => argument.startsWith('--dry-run')) ? { stdout: 'ok' } : (release.rollback?.() ?? { stdout: 'Rollback was a success!' }));
    return fake.run(options);
  };
  return { context: { ...context, run }, started, release };
}

const prepare = (release: Release) => helmRollback.prepare(action, world(release).context);

describe('what a revision holds', () => {
  test.each(['ClusterRoleBinding', 'ClusterRole', 'Role', 'RoleBinding', 'ServiceAccount', 'MutatingWebhookConfiguration', 'ValidatingAdmissionPolicy', 'CustomResourceDefinition', 'APIService', 'Namespace', 'PersistentVolume', 'PriorityClass'])('%s is neither made, changed nor deleted', async (kind) => {
    const grant = (value: string): string => `apiVersion: x/v1\nkind: ${kind}\nmetadata: { name: grant, labels: { a: ${value} } }\n`;
    const [one, other] = [configMap('a', 'info'), configMap('a', 'debug')];
    for (const manifests of [[`${one}---\n${grant('x')}`, other], [one, `${other}---\n${grant('x')}`], [`${one}---\n${grant('x')}`, `${other}---\n${grant('y')}`]]) await expect(prepare({ manifests })).rejects.toThrow(new RegExp(`${kind} grant`));
    await expect(prepare({ manifests: [`${one}---\n${grant('x')}`, `${other}---\n${grant('x')}`] })).resolves.toBeDefined();
  });

  test('the version labels that every chart writes on everything do not count as a change of rights', async () => {
    const account = (version: string, more = ''): string => `apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: web, labels: { app.kubernetes.io/version: ${version}, helm.sh/chart: web-${version}${more} } }\n`;
    const [one, other] = [configMap('a', 'info'), configMap('a', 'debug')];
    await expect(prepare({ manifests: [`${one}---\n${account('v1')}`, `${other}---\n${account('v2')}`] })).resolves.toBeDefined();
    await expect(prepare({ manifests: [`${one}---\n${account('v1')}`, `${other}---\n${account('v2', ', team: x')}`] })).rejects.toThrow(/ServiceAccount web/);
  });

  test('a Secret inside a List is hidden like any other', async () => {
    const list = (value: string): string => `apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata: { name: s }\n  data: { first: ${Buffer.from(value).toString('base64')} }\n`;
    const { preview } = await prepare({ manifests: [list('hunter-one'), list('hunter-two')] });
    expect(preview).toMatch(/Secret\/s\n[^\n]*first\n {2}- \(hidden\)\n {2}\+ \(hidden\)/);
    expect(preview).not.toMatch(/aHVudGVy/);
  });

  const rights = 'apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: { name: grant }\nroleRef: { name: admin }\n';
  const json = JSON.stringify({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'grant' } });
  test.each<[string, string]>([
    ['JSON behind JSON', `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}\n${json}`],
    ['a line end of YAML 1.1 in a comment', `# \u2028${rights.replaceAll('\n', '\u2028')}`],
    ['another one', `# \u0085${rights.replaceAll('\n', '\u0085')}`],
    ['a lone carriage return in a comment', `# \r${rights.replaceAll('\n', '\r')}`],
    ['a kind in base64', 'apiVersion: rbac.authorization.k8s.io/v1\nkind: !!binary Um9sZUJpbmRpbmc=\nmetadata: { name: grant }\n'],
    ['a kind that is merged in', 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n<<: { kind: RoleBinding }\n'],
    ['fields that are merged in', 'apiVersion: v1\nkind: Deployment\nmetadata: { name: a }\nspec: { template: { spec: { <<: { hostNetwork: true }, hostNetwork: false } } }\n'],
    ['a list that says it is something else', `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\nitems: [${json}]\n`],
    ['a list in other letters', `apiVersion: v1\nkind: List\nItems: [${json}]\n`],
    ['a list within a list', `apiVersion: v1\nkind: List\nitems: [{ apiVersion: v1, kind: List, items: [${json}] }]\n`],
    ['a kind behind one of the same name in another group', `${rights}---\napiVersion: example.com/v1\nkind: RoleBinding\nmetadata: { name: grant }\n`],
    ['the same twice', `${configMap('b', 'one')}---\n${configMap('b', 'two')}---\n${configMap('b', 'three')}`],
    ['what is no object', '- a\n'],
  ])('%s is not taken for something harmless', async (_words, more) => {
    const [one, other] = [configMap('a', 'info'), configMap('a', 'debug')];
    // The custom resource of that name is in both.
    const custom = more.includes('example.com/v1') ? '---\napiVersion: example.com/v1\nkind: RoleBinding\nmetadata: { name: grant }\n' : '';
    await expect(prepare({ manifests: [more.startsWith('{') ? more : `${one}---\n${more}`, `${other}${custom}`] })).rejects.toThrow(/RoleBinding grant|read otherwise|more than once/);
  });

  test('anchors, comments, empty documents, keys that stand twice and lists are read as helm reads them', async () => {
    const manifest = '---\n# Source: a\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { a: &x one, b: *x, b: two }\n---\napiVersion: v1\nkind: List\nitems: []\n...\n';
    expect((await prepare({ manifests: [manifest, configMap('a', 'debug')] })).preview).toMatch(/\+ two/);
  });

  test('names and versions stay one line each', async () => {
    const forged = 'x\nThe manifests are the same.';
    const { preview, blastRadius } = await prepare({ manifests: [configMap(forged, 'info'), configMap(forged, 'debug')], history: [{ revision: 1, status: 'superseded', chart: forged, app_version: forged }, { revision: 2, status: 'deployed' }] });
    for (const text of [preview, blastRadius]) expect(text).not.toMatch(/^The manifests are the same/m);
  });

  test('rights that come with it are high risk', async () => {
    const pods = (more: string): string => `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec: { template: { spec: { ${more} containers: [] } } }\n`;
    const prepared = await prepare({ manifests: [pods('hostNetwork: true, '), pods('')] });
    expect(riskOf(action, prepared, true)).toMatchObject({ level: 'high', reasons: expect.arrayContaining([expect.stringContaining('hostNetwork')]) as string[] });
  });

  test('no name in it becomes a flag', async () => {
    const manifest = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: --server=https://evil.example }\n';
    const { context, started, release } = world({ manifests: [manifest, configMap('a', 'x')] });
    const change = changeFrom(action, await helmRollback.prepare(action, context));
    release.manifests.push(manifest);
    await helmRollback.check(change, context).catch(() => undefined);
    for (const { argv } of started) expect(argv).not.toContain('--server=https://evil.example');
  });
});

describe('hooks', () => {
  const hook = (kind: string, when: string, image = 'one'): string => `---\n# Source: chart/templates/hook.yaml\napiVersion: batch/v1\nkind: ${kind}\nmetadata: { name: migrate, annotations: { helm.sh/hook: "${when}" } }\nspec: { image: ${image} }\n`;
  const manifests = [configMap('a', 'info'), configMap('a', 'debug')];

  test('that run are named, bound and high risk', async () => {
    const prepared = await prepare({ manifests, hooks: [hook('Job', 'pre-upgrade,pre-rollback'), ''] });
    expect(prepared.preview).toContain('Job/migrate (pre-upgrade,pre-rollback)');
    expect(riskOf(action, prepared, true)).toMatchObject({ level: 'high' });
    const other = await prepare({ manifests, hooks: [hook('Job', 'pre-upgrade,pre-rollback', 'two'), ''] });
    expect(helmRollback.drift(changeFrom(action, prepared), other)).toMatch(/hooks/);
  });

  test('that do not run are not', async () => {
    expect(riskOf(action, await prepare({ manifests, hooks: [hook('Job', 'pre-install'), hook('Job', 'test')] }), true)).toMatchObject({ level: 'medium' });
  });

  test('run when the release says so, whatever their annotation says, and with all that is in them', async () => {
    const hidden = { manifest: `${hook('Job', 'test')}---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: quiet }\n`, events: ['post-rollback'] };
    const prepared = await prepare({ manifests, hooks: [hidden, ''] });
    expect(prepared.preview).toContain('Job/migrate (test), ConfigMap/quiet (it does not say when)');
    expect(riskOf(action, prepared, true)).toMatchObject({ level: 'high' });
    await expect(prepare({ manifests, hooks: ['', { ...hidden, manifest: hook('RoleBinding', 'test') }] })).rejects.toThrow(/RoleBinding migrate/);
  });

  test('of a kind that gives rights are refused', async () => {
    await expect(prepare({ manifests, hooks: [hook('ClusterRoleBinding', 'pre-rollback'), ''] })).rejects.toThrow(/ClusterRoleBinding migrate/);
  });
});

describe('somebody else writes the next revision', () => {
  const manifests = [configMap('a', 'info'), configMap('a', 'debug')];
  const theirs = configMap('a', 'theirs');

  test('their failed one is not undone as if it were ours', async () => {
    const { context, release } = world({ manifests: [...manifests] });
    const change = changeFrom(action, await helmRollback.prepare(action, context));
    release.rollback = () => {
      release.manifests.push(theirs);
      release.history = [{ revision: 1, status: 'superseded' }, { revision: 2, status: 'deployed' }, { revision: 3, status: 'failed' }];
      return { exitCode: 1, stderr: 'Error: another operation (install/upgrade/rollback) is in progress' };
    };
    await expect(helmRollback.execute(change, context)).rejects.toMatchObject({ effect: 'unknown' });
  });

  test('an undo leaves it alone', async () => {
    const { context, release, started } = world({ manifests: [...manifests] });
    const change = changeFrom(action, await helmRollback.prepare(action, context));
    release.manifests.push(theirs);
    const first = started.length;
    await expect(helmRollback.undo(change, context)).rejects.toThrow(/did not write/);
    expect(started.slice(first).some(({ argv }) => argv.includes('rollback'))).toBe(false);
  });
});
