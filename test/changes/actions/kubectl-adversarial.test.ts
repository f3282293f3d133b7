/** Whatever stands in an action: it is refused, or it stays a value. It never becomes a flag, another object or another cluster. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Action, ClusterAction } from '../../../src/changes/action.ts';
import { actionSchema } from '../../../src/changes/action.ts';
import { kindOf } from '../../../src/changes/actions/kinds.ts';
import { digestOf } from '../../../src/changes/digest.ts';
import { ExecutionError, RefusedError } from '../../../src/changes/errors.ts';
import { canonicalJson } from '../../../src/changes/canonical-json.ts';
import { createRedactor } from '../../../src/redaction/redactor.ts';
import { changeFrom } from '../../support/changes.ts';
import { clusterContext, clusterTarget, openFakeWorld } from './cluster-world.ts';
import { samples } from './kubectl-samples.ts';

const actions: ClusterAction[] = Object.values(samples);
const prepare = (action: Action, world = openFakeWorld()) => kindOf(action).prepare(action, world.context);

const hostileNames = [
  '--kubeconfig=x', '-x', '-', '--', '', ' ', 'a b', 'a\nb', ';rm -rf /', '$(id)', '`id`', '../x', 'a/b', 'a,b', 'pods/exec', 'UPPER', 'ä', '\u202Ename', 'a\u0000b', 'nаme', 'a'.repeat(300), '.a', 'a.', '-a-', "a'b", 'a"b', 'a=b', '*', 'a:b', '@x', '%2e%2e', 'a?dryRun=All', 'a#b',
];
const nameFields = ['name', 'namespace', 'target', 'container', 'workload', 'resource', 'release', 'variable', 'image'] as const;

describe('what the schema lets in', () => {
  const cases = actions.flatMap((action) => nameFields.filter((field) => field in action).flatMap((field) => hostileNames.map((value) => ({ action, field, value }))));

  test(`${cases.length} hostile names in every field of every kind are refused`, () => {
    const taken = cases.filter(({ action, field, value }) => actionSchema.safeParse({ ...action, [field]: value }).success);
    // Environment variables and images may be upper case or hold a colon, where Kubernetes allows it.
    expect(taken.map(({ action, field, value }) => `${action.kind} ${field} ${JSON.stringify(value)}`).filter((line) => !/set_env variable "UPPER"|set_image image "a(\.|[/:]b)"|set_image image "a\/b"|set_image image "pods\/exec"|set_image image "a{255,}/.test(line))).toEqual([]);
  });

  test.each([0, -1, 1.5, Number.NaN, '1', null])('revision %s is none', (to_revision) => {
    for (const action of [samples.rolloutUndo, samples.helmRollback]) expect(actionSchema.safeParse({ ...action, to_revision }).success).toBe(false);
  });

  test('a secret has no literal value', () => {
    expect(actionSchema.safeParse({ ...samples.secretKey, from: undefined, value: 'hunter2' }).success).toBe(false);
    expect(actionSchema.safeParse({ ...samples.secretKey, from: { source: 'literal', value: 'hunter2' } }).success).toBe(false);
    expect(actionSchema.safeParse({ ...samples.secretKey, from: { source: 'configured', name: 'ANTHROPIC_API_KEY' } }).success).toBe(false);
  });

  test.each(['secret', 'pod', 'role', 'clusterrolebinding', 'serviceaccount', 'validatingwebhookconfiguration', 'namespace', 'node', 'customresourcedefinition', 'pods/exec', 'deployments', 'deployment,secret'])('%s can not be patched', (resource) => {
    expect(actionSchema.safeParse({ ...samples.patch, resource }).success).toBe(false);
  });
});

describe('values', () => {
  const value = fc.oneof(fc.string({ maxLength: 60 }), fc.constantFrom('-x', '--kubeconfig=/tmp/x', '--as=system:admin', '-f/etc/passwd', '; rm -rf /', '$(id)', '"}]', '\\', '\u2028', "'\n'", '__proto__', '${HOME}', '@/etc/passwd'));
  const withValue = (text: string): ClusterAction[] => [
    { ...samples.setEnv, value: text }, { ...samples.configmapKey, value: text }, { ...samples.configmapKey, key: text }, { ...samples.setEnv, variable: text }, { ...samples.setImage, image: text },
    { ...samples.patch, patch: JSON.stringify({ metadata: { annotations: { note: text } } }) }, { ...samples.patch, patch: text }, { ...samples.patch, type: 'json', patch: JSON.stringify([{ op: 'add', path: `/spec/${text}`, value: text }]) },
  ];

  test('no value becomes an argument of its own, or a flag', async () => {
    await fc.assert(fc.asyncProperty(value, async (text) => {
      for (const action of withValue(text).filter((one) => actionSchema.safeParse(one).success)) {
        const world = openFakeWorld();
        await prepare(action, world).catch((error: unknown) => {
          if (!(error instanceof RefusedError)) throw error;
        });
        for (const { argv } of world.fake.started) {
          const flags = argv.filter((argument) => argument.startsWith('-'));
          for (const flag of flags) expect(flag).toMatch(/^(-n|-p|-f|--raw|--type=json|--output=json|--dry-run=server|--field-manager=sre-agent|--kubeconfig=\/etc\/write\.kubeconfig|--request-timeout=10s|--selector=app=checkout)$/);
          const patch = argv.includes('-p') ? (JSON.parse(argv[argv.indexOf('-p') + 1] ?? '') as unknown) : [];
          expect(patch).toBeInstanceOf(Array);
          for (const argument of argv) if (argument === text && text.startsWith('-')) throw new Error(`${text} became an argument`);
        }
      }
    }), { numRuns: 150 });
  });

  test('the environment of the program holds no credential of ours', async () => {
    const world = openFakeWorld();
    await prepare(samples.scale, world);
    for (const { environment } of world.fake.started) expect(Object.keys(environment).sort()).toEqual(['HOME', 'KUBECONFIG', 'KUBERC', 'LC_ALL', 'PATH', 'TZ']);
  });
});

describe('where it may be', () => {
  test.each(actions)('$kind is refused in a cluster that is looked at only, with the remedy', async (action) => {
    const { write: _write, ...readOnly } = clusterTarget('/x');
    await expect(kindOf(action).prepare(action, clusterContext(readOnly))).rejects.toThrow(/give it `write`, the kubeconfig of the executor/);
  });

  test.each(actions.filter((action) => 'namespace' in action))('$kind is refused outside the namespaces of the cluster', async (action) => {
    await expect(prepare({ ...action, namespace: 'kube-system' } as Action)).rejects.toThrow(/Namespace kube-system is not among those of cluster production/);
  });

  test('an unknown cluster, and one whose kubeconfig is not set', async () => {
    await expect(prepare({ ...samples.scale, target: 'staging' })).rejects.toThrow(/no cluster "staging"/);
    const unset = clusterTarget('/x', { write: { variable: 'KUBECONFIG_WRITE', reveal: () => { throw new Error('KUBECONFIG_WRITE is not set'); } } });
    await expect(kindOf(samples.scale).prepare(samples.scale, clusterContext(unset))).rejects.toThrow(/KUBECONFIG_WRITE is not set/);
  });
});

describe('patches that give new powers are refused', () => {
  const spec = (fields: object) => JSON.stringify({ spec: { template: { spec: fields } } });
  const container = (fields: object) => JSON.stringify([{ op: 'add', path: '/spec/template/spec/containers/0', value: { name: 'checkout', image: 'x', ...fields } }]);
  const field = (path: string, value: unknown) => JSON.stringify([{ op: 'add', path: `/spec/template/spec/${path}`, value }]);
  test.each([
    ['merge', spec({ serviceAccountName: 'admin' })], ['merge', spec({ hostNetwork: true })], ['merge', spec({ hostPID: true })], ['merge', spec({ volumes: [{ name: 'x', hostPath: { path: '/' } }] })],
    ['merge', spec({ containers: [{ name: 'evil', image: 'evil' }] })], ['merge', spec({ initContainers: [{ name: 'evil', image: 'evil' }] })], ['merge', spec({ securityContext: { runAsUser: 0 } })], ['merge', spec({ nodeName: 'control-plane' })], ['merge', spec({ priorityClassName: 'system-node-critical' })],
    ['json', container({})], ['json', field('containers/0/command', ['sh', '-c', 'id'])], ['json', field('containers/0/args', ['x'])], ['json', field('containers/0/image', 'evil')], ['json', field('containers/0/lifecycle', { postStart: { exec: { command: ['x'] } } })],
    ['json', field('containers/0/livenessProbe', { exec: { command: ['sh'] } })], ['json', field('containers/0/securityContext', { privileged: true })], ['json', field('containers/-', { name: 'evil' })], ['json', field('volumes', [{ name: 'x', secret: { secretName: 'x' } }])],
    ['merge', '{"metadata":{"name":"other"}}'], ['merge', '{"metadata":{"namespace":"kube-system"}}'], ['merge', '{"metadata":{"finalizers":["x/y"]}}'], ['merge', '{"metadata":{"ownerReferences":[]  ,"uid":"x"}}'], ['merge', '{"status":{"replicas":1}}'], ['merge', '{"kind":"Secret"}'],
    ['merge', '{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"privileged"}}}'], ['merge', '{"metadata":{"annotations":{"argocd.argoproj.io/sync-options":"x"}}}'], ['merge', '{"spec":null}'], ['merge', '{"spec":{"template":null}}'],
    ['json', '[{"op":"copy","from":"/spec","path":"/metadata"}]'], ['json', '[{"op":"move","from":"/spec","path":"/spec"}]'], ['json', '[{"op":"replace","path":"","value":{}}]'], ['json', '[{"op":"test","path":"/spec/replicas","value":99}]'], ['json', '{"spec":{}}'], ['merge', '[]'], ['merge', '{'], ['json', '[1]'],
    ['json', field('containers/0/env/0', { name: 'DATABASE_PASSWORD', value: 'hunter2' })], ['merge', '{"metadata":{"annotations":{"api-token":"hunter2"}}}'],
  ] as const)('%s %s', async (type, patch) => {
    await expect(prepare({ ...samples.patch, type, patch })).rejects.toThrow(RefusedError);
  });

  test('what they are for goes through', async () => {
    for (const [type, patch] of [['merge', '{"metadata":{"labels":{"team":"payments"}}}'], ['json', field('containers/0/readinessProbe', { httpGet: { path: '/healthz', port: 8080 } })], ['json', '[{"op":"test","path":"/spec/replicas","value":2},{"op":"replace","path":"/spec/strategy/rollingUpdate/maxUnavailable","value":1}]']] as const) {
      expect((await prepare({ ...samples.patch, type, patch })).command[0]).toContain('/metadata/uid');
    }
  });
});

describe('what a change binds', () => {
  test.each(actions.filter((action) => action.kind !== 'helm.rollback'))('$kind: any other field of the action, or of what it was resolved to, is another digest', async (action) => {
    const change = changeFrom(action, await prepare(action));
    const digest = digestOf(change);
    for (const [field, value] of Object.entries(action)) expect(digestOf({ ...change, action: { ...action, [field]: typeof value === 'number' ? value + 1 : `${JSON.stringify(value)}x` } as Action }), field).not.toBe(digest);
    for (const field of Object.keys(change.resolved)) expect(digestOf({ ...change, resolved: { ...change.resolved, [field]: 'other' } }), field).not.toBe(digest);
    expect(digestOf({ ...change, command: change.command.map((command) => `${command} `) })).not.toBe(digest);
  });

  test.each(actions.filter((action) => action.kind !== 'helm.rollback'))('$kind: an altered patch is not run', async (action) => {
    const world = openFakeWorld();
    const change = changeFrom(action, await prepare(action, world));
    const altered = { ...change, command: [`${change.command[0]} `] };
    const before = world.fake.started.length;
    await expect(kindOf(action).execute(altered, world.context)).rejects.toThrow(ExecutionError);
    expect(world.fake.started.slice(before).filter(({ argv }) => !argv.includes('get'))).toEqual([]);
  });
});

describe('secrets', () => {
  const values = ['old password', 'new password', 'kept'];
  const forms = values.flatMap((text) => [text, Buffer.from(text).toString('base64')]);
  const seen = (parts: unknown): string => JSON.stringify(parts);

  test('no value of a Secret is in an argument, in the preview, in what is bound, or in what came out', async () => {
    const world = openFakeWorld();
    const prepared = await prepare(samples.secretKey, world);
    const change = changeFrom(samples.secretKey, prepared);
    const executed = await kindOf(samples.secretKey).execute(change, world.context);
    const checked = await kindOf(samples.secretKey).check(change, world.context);
    const undone = await kindOf(samples.secretKey).undo(change, world.context);
    const text = seen([prepared, executed, checked, undone, world.fake.started.map(({ argv, environment }) => [argv, environment])]);
    for (const form of forms) expect(text).not.toContain(form);
    expect(prepared.preview).toMatch(/- a value marked [0-9a-f]{8}\n\+ a value marked [0-9a-f]{8}, from key password of secret shop\/database/);
  });

  test.each(actions.filter((action) => action.kind !== 'helm.rollback'))('what $kind shows passes the redactor as it is', async (action) => {
    const { command, undo, resolved } = await prepare(action);
    const bound = [...command, ...undo.command, undo.description, canonicalJson(resolved)].join('\n');
    expect(createRedactor({ knownSecrets: () => [] }).redactSync(bound)).toBe(bound);
  });

  test('a configured secret is taken by its name in sre-agent.yaml only', async () => {
    const world = openFakeWorld({ secrets: { 'payments-password': { variable: 'PAYMENTS_PASSWORD', reveal: () => 'from the environment' } } });
    const action = { ...samples.secretKey, from: { source: 'configured', name: 'payments-password' } } as const;
    expect((await prepare(action, world)).preview).toContain("from ${PAYMENTS_PASSWORD} of the executor's environment");
    for (const name of ['constructor', 'other', 'anthropic-api-key']) await expect(prepare({ ...action, from: { source: 'configured', name } }, world)).rejects.toThrow(/lists no secret/);
  });

  test.each([['in the dry run, too', true], ['only when it counts', false]])('a key that admission adds %s', async (_name, always) => {
    const world = openFakeWorld();
    const change = changeFrom(samples.secretKey, await prepare(samples.secretKey, world));
    world.fake.admit = (secret, dryRun) => (always || !dryRun ? { ...secret, data: { ...(secret['data'] as object), planted: 'eA==' } } : secret);
    const again = await prepare(samples.secretKey, world).then(() => 'previewed', (error: unknown) => (error as Error).message);
    expect(again).toMatch(always ? /other keys of .*: planted/ : /^previewed$/);
    await expect(kindOf(samples.secretKey).execute(change, world.context)).rejects.toMatchObject({ effect: 'unknown', message: expect.stringMatching(/was written, but .*: planted/) as string });
  });

  test('another executor does not have what was there before: it says so and leaves the Secret alone', async () => {
    const world = openFakeWorld();
    const change = { ...changeFrom(samples.secretKey, await prepare(samples.secretKey, world)), id: 'C77' };
    await kindOf(samples.secretKey).execute(change, world.context);
    await expect(kindOf(samples.secretKey).undo({ ...change, id: 'C78' }, world.context)).rejects.toThrow(/put it back by hand/);
  });

  test.each([
    { ...samples.setEnv, variable: 'DATABASE_PASSWORD' }, { ...samples.setEnv, variable: 'API_KEY', value: null }, { ...samples.configmapKey, key: 'api-token' },
  ])('$kind of a variable that names a secret is refused', async (action) => {
    await expect(prepare(action)).rejects.toThrow(/names a secret/);
  });

  test('a revision that differs in a secret is not shown and not restored field by field', async () => {
    const world = openFakeWorld();
    world.fake.modify('replicaset', 'checkout-hash1', (copy) => {
      const spec = copy['spec'] as { template: { spec: { containers: { env: object[] }[] } } };
      spec.template.spec.containers[0]?.env.push({ name: 'DATABASE_PASSWORD', value: 'hunter2' });
    });
    await expect(prepare(samples.rolloutUndo, world)).rejects.toThrow(/DATABASE_PASSWORD, which looks like a secret/);
    await expect(prepare(samples.rolloutUndo, world)).rejects.not.toThrow(/hunter2/);
  });
});
