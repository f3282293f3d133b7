/** Somebody with rights in the cluster, or a model they talked to, tries to have something else run, shown or undone than what people approve. */
import { describe, expect, test } from 'vitest';
import type { Action } from '../../../src/changes/action.ts';
import type { JsonObject } from '../../../src/changes/actions/kubectl/json-patch.ts';
import { kindOf } from '../../../src/changes/actions/kinds.ts';
import type { Change } from '../../../src/changes/change.ts';
import { RefusedError } from '../../../src/changes/errors.ts';
import { ended } from '../../tools/kubectl/support.ts';
import { changeFrom, riskOf } from '../../support/changes.ts';
import type { FakeWorld } from './cluster-world.ts';
import { openFakeWorld } from './cluster-world.ts';
import { pod, samples } from './kubectl-samples.ts';

type Workload = JsonObject & { metadata: JsonObject; spec: JsonObject & { template: { metadata: JsonObject; spec: JsonObject & { containers: (JsonObject & { env: JsonObject[] })[] } } } };

const prepare = (action: Action, world: FakeWorld = openFakeWorld()) => kindOf(action).prepare(action, world.context);
const prepared = async (action: Action, world: FakeWorld): Promise<Change> => changeFrom(action, await prepare(action, world));
const risk = async (action: Action, world?: FakeWorld) => riskOf(action, await prepare(action, world), true);
const edit = (world: FakeWorld, change: (copy: Workload) => void) => world.fake.modify('deployment', 'checkout', (copy) => change(copy as Workload));

describe('names that come from the cluster', () => {
  test.each([['--server=https://evil.example', '--insecure-skip-tls-verify'], ['ReplicaSet', '--as=system:admin'], ['pods,secrets', 'x'], ['Secret', 'database']])('an owner called %s %s becomes no argument', async (kind, name) => {
    const world = openFakeWorld();
    const change = await prepared(samples.deletePod, world);
    await kindOf(change.action).execute(change, world.context);
    world.fake.put('pod', pod('aaa', { apiVersion: 'v1', kind, name, uid: String(change.resolved['controller']), controller: true }));
    const first = world.fake.started.length;
    await kindOf(change.action).check(change, world.context).catch(() => undefined);
    for (const { argv } of world.fake.started.slice(first)) for (const argument of argv) expect([kind.toLowerCase(), name].filter((word) => word !== 'replicaset')).not.toContain(argument);
  });

  test('a pod whose controller is only said to be there is not deleted', async () => {
    const world = openFakeWorld();
    world.fake.modify('pod', 'checkout-abc', (copy) => { copy.metadata['ownerReferences'] = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'checkout-hash2', uid: 'made up', controller: true }]; });
    await expect(prepare(samples.deletePod, world)).rejects.toThrow(/Nothing would replace/);
  });
});

describe('words from the cluster stay one line each', () => {
  const forged = 'x\nUndo: not needed\nRisk: low\u202e';
  test.each<[string, (copy: Workload) => void]>([
    ['change cause', (copy) => { copy.metadata['annotations'] = { 'kubernetes.io/change-cause': forged }; }],
    ['Argo CD', (copy) => { copy.metadata['annotations'] = { 'argocd.argoproj.io/tracking-id': forged }; }],
    ['Helm', (copy) => { copy.metadata['annotations'] = { 'meta.helm.sh/release-name': forged }; }],
    ['owner', (copy) => { copy.metadata['ownerReferences'] = [{ kind: forged, name: forged, uid: 'u', controller: true }]; }],
  ])('%s', async (_words, change) => {
    const world = openFakeWorld();
    edit(world, change);
    const { preview, facts } = await prepare(samples.rolloutUndo, world);
    for (const text of [preview, facts.putBackBy ?? '']) expect(text).not.toMatch(/^(?:Undo: not needed|Risk: low)|\u202e/m);
  });
});

describe('an undo touches what it wrote, and nothing that took its place', () => {
  test('another variable at the same index with the same value is left alone', async () => {
    const world = openFakeWorld();
    const change = await prepared(samples.setEnv, world);
    await kindOf(change.action).execute(change, world.context);
    edit(world, (copy) => { copy.spec.template.spec.containers[0]!.env[0]!['name'] = 'OTHER'; });
    await expect(kindOf(change.action).undo(change, world.context)).rejects.toThrow(/somebody changed it since/);
    expect(await kindOf(change.action).check(change, world.context)).toMatchObject({ ok: false });
  });

  test('another container at the same index is left alone, by the API server too', async () => {
    const world = openFakeWorld();
    const change = await prepared(samples.setImage, world);
    expect(change.undo.command[0]).toContain('{"op":"test","path":"/spec/template/spec/containers/0/name","value":"checkout"}');
  });
});

describe('the server stores something else than its dry run showed', () => {
  test('it is said, and a person looks', async () => {
    const world = openFakeWorld();
    const change = await prepared(samples.setEnv, world);
    const { run } = world.context;
    const context = { ...world.context, run: async (options: Parameters<NonNullable<typeof run>>[0]) => {
      const answer = await world.fake.run(options);
      if (!options.argv.includes('patch') || options.argv.includes('--dry-run=server')) return answer;
      edit(world, (copy) => { copy.spec.template.spec['hostNetwork'] = true; });
      return { ...answer, stdout: JSON.stringify(world.fake.get('deployment', 'checkout')) };
    } };
    await expect(kindOf(change.action).execute(change, context)).rejects.toMatchObject({ name: 'ExecutionError', effect: 'unknown', message: expect.stringContaining('spec.template.spec.hostNetwork') as string });
  });

  test('what admission adds in the dry run stands first and raises the risk', async () => {
    const world = openFakeWorld();
    const context = { ...world.context, run: async (options: Parameters<NonNullable<typeof world.context.run>>[0]) => {
      const answer = await world.fake.run(options);
      if (!options.argv.includes('--dry-run=server')) return answer;
      const object = JSON.parse(answer.stdout) as Workload;
      object.spec.template.spec['hostNetwork'] = true;
      return { ...answer, stdout: JSON.stringify(object) };
    } };
    const fresh = await kindOf(samples.setEnv).prepare(samples.setEnv, context);
    expect(fresh.preview.split('\n')[0]).toMatch(/beside the patch.*spec\.template\.spec\.hostNetwork/i);
    expect(riskOf(samples.setEnv, fresh, true)).toMatchObject({ level: 'high' });
  });
});

describe('patches', () => {
  const template = (fields: object) => ({ type: 'merge', patch: JSON.stringify({ spec: { template: fields } }) } as const);
  const at = (path: string, value: unknown, op = 'add') => ({ type: 'json', patch: JSON.stringify([{ op, path: `/spec/template/spec/${path}`, value }]) } as const);
  const world = (): FakeWorld => {
    const opened = openFakeWorld();
    edit(opened, (copy) => {
      copy.spec.template.spec['volumes'] = [{ name: 'work', emptyDir: {} }, { name: 'own', secret: { secretName: 'checkout-secrets' } }, { name: 'data', persistentVolumeClaim: { claimName: 'own' } }];
      copy.spec.template.spec.containers[0]!.env.push({ name: 'FROM', valueFrom: { secretKeyRef: { name: 'checkout-secrets', key: 'password' } } });
    });
    return opened;
  };
  test.each<[string, Partial<Action & { kind: 'kubectl.patch' }>]>([
    ['an injector told by the pod template', template({ metadata: { annotations: { 'sidecar.istio.io/userVolume': '[{"hostPath":{"path":"/"}}]' } } })],
    ['an identity told by the pod template', template({ metadata: { annotations: { 'iam.amazonaws.com/role': 'admin' } } })],
    ['another network', template({ metadata: { annotations: { 'k8s.v1.cni.cncf.io/networks': 'management' } } })],
    ['confinement', template({ metadata: { annotations: { 'container.apparmor.security.beta.kubernetes.io/checkout': 'unconfined' } } })],
    ['an annotation of a controller nobody listed', { type: 'merge', patch: '{"metadata":{"annotations":{"konghq.com/plugins":"x"}}}' }],
    ['the label by which Argo CD knows what is its own', { type: 'merge', patch: '{"metadata":{"labels":{"app.kubernetes.io/instance":"other"}}}' }],
    ['another kind of volume', { type: 'json', patch: '[{"op":"remove","path":"/spec/template/spec/volumes/0/emptyDir"},{"op":"add","path":"/spec/template/spec/volumes/0/secret","value":{"secretName":"database"}}]' }],
    ['another secret under a volume', at('volumes/1/secret/secretName', 'database', 'replace')],
    ['another claim under a volume', at('volumes/2/persistentVolumeClaim/claimName', 'database', 'replace')],
    ['all variables of another secret', at('containers/0/envFrom', [{ secretRef: { name: 'database' } }])],
    ['one variable of another secret', at('containers/0/env/2/valueFrom/secretKeyRef/name', 'database', 'replace')],
    ['a probe of another host', at('containers/0/livenessProbe', { httpGet: { host: '169.254.169.254', path: '/', port: 80 } })],
    ['another resolver', at('dnsConfig', { nameservers: ['192.0.2.1'] })],
    ['another folder to start in', at('containers/0/workingDir', '/tmp')],
    ['a variable that loads code', at('containers/0/env/-', { name: 'LD_PRELOAD', value: '/tmp/x.so' })],
    ['a variable that holds another', at('containers/0/env/-', { name: 'MOTD', value: '$(FROM)' })],
    ['the history to roll back to', { type: 'merge', patch: '{"spec":{"revisionHistoryLimit":0}}' }],
  ])('%s is refused', async (_words, fields) => {
    await expect(prepare({ ...samples.patch, ...fields } as Action, world())).rejects.toThrow(RefusedError);
  });

  test.each([
    ['horizontalpodautoscaler', 'HorizontalPodAutoscaler', { scaleTargetRef: { kind: 'Deployment', name: 'x' }, maxReplicas: 3 }, { scaleTargetRef: { name: 'checkout' } }],
    ['statefulset', 'StatefulSet', { replicas: 1 }, { persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete' } }],
    ['statefulset', 'StatefulSet', { replicas: 1 }, { ordinals: { start: 10 } }],
    ['service', 'Service', { type: 'NodePort', ports: [{ port: 80 }] }, { ports: [{ port: 80 }, { port: 81, nodePort: 30081 }] }],
  ] as const)('a %s: %j', async (resource, kind, spec, fields) => {
    const opened = openFakeWorld();
    opened.fake.put(resource, { apiVersion: 'v1', kind, metadata: { name: 'one', namespace: 'shop' }, spec: structuredClone(spec) as unknown as JsonObject });
    await expect(prepare({ ...samples.patch, resource, name: 'one', patch: JSON.stringify({ spec: fields }) }, opened)).rejects.toThrow(RefusedError);
  });

  test('an autoscaler that scales another workload since is not patched', async () => {
    const opened = openFakeWorld();
    opened.fake.put('horizontalpodautoscaler', { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'one', namespace: 'shop' }, spec: { scaleTargetRef: { kind: 'Deployment', name: 'x' }, maxReplicas: 3 } });
    const change = await prepared({ ...samples.patch, resource: 'horizontalpodautoscaler', name: 'one', patch: '{"spec":{"maxReplicas":9}}' }, opened);
    opened.fake.modify('horizontalpodautoscaler', 'one', (copy) => { copy['spec'] = { scaleTargetRef: { kind: 'Deployment', name: 'y' }, maxReplicas: 3 }; });
    await expect(kindOf(change.action).execute(change, opened.context)).rejects.toMatchObject({ effect: 'none' });
  });

  test('what they are for still goes through', async () => {
    for (const fields of [template({ metadata: { annotations: { note: 'x', 'prometheus.io/scrape': 'true' } } }), at('volumes/0/emptyDir/sizeLimit', '1Gi'), { type: 'merge', patch: '{"metadata":{"labels":{"app.kubernetes.io/version":"2"}}}' }]) {
      expect((await prepare({ ...samples.patch, ...fields } as Action, world())).command[0]).toContain('/metadata/uid');
    }
  });
});

describe('variables', () => {
  test.each([
    ['LD_PRELOAD', '/tmp/x.so'], ['NODE_OPTIONS', '--import=data:text/javascript,1'], ['JAVA_TOOL_OPTIONS', '-javaagent:/tmp/x.jar'], ['PYTHONPATH', '/tmp'], ['BASH_ENV', '/tmp/x'], ['PATH', '/tmp'], ['GIT_SSH_COMMAND', 'sh'], ['JAVA_TOOL_OPTIONS', '-XX:OnOutOfMemoryError=sh'],
    ['GREETING', 'http://a.example/$(DATABASE_PASSWORD)'],
  ])('%s=%s decides what runs or carries what is hidden', async (variable, value) => {
    await expect(prepare({ ...samples.setEnv, variable, value })).rejects.toThrow(RefusedError);
  });

  test.each([['NODE_OPTIONS', '--max-old-space-size=256'], ['JAVA_TOOL_OPTIONS', '-Xmx256m -XX:MaxRAMPercentage=70.0'], ['PRICE', '$$(5)']])('%s=%s does not', async (variable, value) => {
    await expect(prepare({ ...samples.setEnv, variable, value })).resolves.toBeDefined();
  });

  test.each<[Action, string]>([
    [{ ...samples.setEnv, variable: 'PAYMENTS_URL', value: 'http://evil.example/pay' }, 'evil.example'],
    [{ ...samples.configmapKey, value: 'postgres://orders.evil.example:5432/x' }, 'orders.evil.example'],
    [{ ...samples.configmapKey, value: 'upstream 192.0.2.7:80' }, '192.0.2.7'],
    [{ ...samples.setEnv, variable: 'PAYMENTS_HOST', value: 'evil.example' }, 'evil.example'], [{ ...samples.configmapKey, value: '//evil.example/x.js' }, 'evil.example'],
    [{ ...samples.configmapKey, value: 'http://2130706433/' }, '2130706433'], [{ ...samples.patch, resource: 'configmap', name: 'checkout-config', patch: '{"data":{"PAYMENTS_URL":"http://evil.example"}}' }, 'evil.example'],
    // A service of another namespace, or somebody's domain: nobody can tell.
    [{ ...samples.configmapKey, value: 'http://payments.shop:8080' }, 'payments.shop'],
  ])('$kind to a place outside the cluster that was not there before is high: %s', async (action, host) => {
    expect(await risk(action)).toMatchObject({ level: 'high', reasons: expect.arrayContaining([expect.stringContaining(host)]) as string[] });
  });

  test.each(['http://payments:8080', 'http://payments.shop.svc.cluster.local:8080', 'level 1.5 of x.y'])('a place in the cluster, or none, is not: %s', async (value) => {
    expect(await risk({ ...samples.configmapKey, value })).toMatchObject({ level: 'medium' });
  });
});

test('a value of a megabyte is looked through at once', async () => {
  const world = openFakeWorld();
  const long = ['a'.repeat(1_000_000), 'a.'.repeat(500_000), 'a-'.repeat(500_000), '://'.repeat(300_000), '$('.repeat(500_000)];
  world.fake.modify('configmap', 'checkout-config', (copy) => { copy['data'] = { PAYMENTS_URL: 'x', ...Object.fromEntries(long.map((value, index) => [`LONG${index}`, value])) }; });
  await expect(prepare({ ...samples.patch, resource: 'configmap', name: 'checkout-config', patch: '{"data":{"PAYMENTS_URL":"y"}}' }, world)).resolves.toBeDefined();
}, 20_000);

test('what is told as the familiar command is what changes, without what stays as it is', async () => {
  const decoy = { op: 'add', path: '/metadata/annotations', value: { note: 'harmless '.repeat(100) } };
  const { equivalent = '' } = await prepare({ ...samples.patch, type: 'json', patch: JSON.stringify([decoy, { op: 'remove', path: '/metadata/annotations' }, { op: 'replace', path: '/spec/replicas', value: 1 }]) });
  expect(equivalent).toContain('"path":"/spec/replicas"');
  expect(equivalent).not.toContain('harmless');
});

describe('rollbacks', () => {
  const planted = (change: (copy: Workload) => void): FakeWorld => {
    const world = openFakeWorld();
    const first = world.fake.get('replicaset', 'checkout-hash1') as Workload;
    const copy = structuredClone({ ...first, metadata: { ...first.metadata, name: 'checkout-evil', uid: 'planted', annotations: { 'deployment.kubernetes.io/revision': '7' } } }) as Workload;
    copy.spec.template.spec.containers[0]!['image'] = 'evil.example/x:1';
    change(copy);
    world.fake.put('replicaset', copy);
    return world;
  };
  const hash = (copy: Workload, value: string): void => {
    const labels = { app: 'checkout', 'pod-template-hash': value };
    Object.assign(copy.metadata, { labels });
    Object.assign(copy.spec, { selector: { matchLabels: labels } });
    Object.assign(copy.spec.template.metadata, { labels });
  };

  test.each<[string, (copy: Workload) => void]>([
    ['whose hash is that of another', () => undefined],
    ['without a hash', (copy) => { copy.metadata['labels'] = { app: 'checkout' }; }],
    ['named after another workload', (copy) => { hash(copy, 'evil'); copy.metadata['name'] = 'other-evil'; }],
    ['whose template has another hash', (copy) => { hash(copy, 'evil'); copy.spec.template.metadata['labels'] = { app: 'checkout', 'pod-template-hash': 'other' }; }],
    ['whose pods the deployment would not select', (copy) => { hash(copy, 'evil'); copy.spec.template.metadata['labels'] = { 'pod-template-hash': 'evil' }; }],
    ['that selects more than the deployment', (copy) => { hash(copy, 'evil'); copy.spec['selector'] = { matchLabels: { 'pod-template-hash': 'evil' } }; }],
    ['that is owned, but not controlled, by the deployment', (copy) => { hash(copy, 'evil'); (copy.metadata['ownerReferences'] as JsonObject[])[0]!['controller'] = false; }],
    ['of a deployment that was there before', (copy) => { hash(copy, 'evil'); (copy.metadata['ownerReferences'] as JsonObject[])[0]!['uid'] = 'the one before'; }],
  ])('a replica set %s is no revision', async (_words, change) => {
    const world = planted(change);
    await expect(prepare({ ...samples.rolloutUndo, to_revision: 7 }, world)).rejects.toThrow(/has no revision 7/);
    await expect(prepare({ ...samples.setImage, image: 'evil.example/x:1' }, world)).rejects.toThrow(RefusedError);
  });

  test('one that is like a revision in everything can not be told from one: its whole difference is shown', async () => {
    expect((await prepare({ ...samples.rolloutUndo, to_revision: 7 }, planted((copy) => hash(copy, 'evil')))).preview).toContain('+ evil.example/x:1');
  });

  test('two objects that both say to be the revision are nobody', async () => {
    const world = openFakeWorld();
    const copy = world.fake.get('replicaset', 'checkout-hash1') as Workload;
    hash(copy, 'aaa');
    world.fake.put('replicaset', { ...copy, metadata: { ...copy.metadata, name: 'checkout-aaa', uid: 'planted' } });
    await expect(prepare(samples.rolloutUndo, world)).rejects.toThrow(/more than one/);
  });

  test('one that brings rights with it is high', async () => {
    const world = openFakeWorld();
    world.fake.modify('replicaset', 'checkout-hash1', (copy) => { (copy as Workload).spec.template.spec['volumes'] = [{ name: 'root', hostPath: { path: '/' } }]; });
    expect(await risk(samples.rolloutUndo, world)).toMatchObject({ level: 'high', reasons: expect.arrayContaining([expect.stringContaining('hostPath')]) as string[] });
  });
});

describe('disruption budgets', () => {
  const budget = (selector: JsonObject): JsonObject => ({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'all', namespace: 'shop' }, spec: { selector }, status: { disruptionsAllowed: 0 } });
  test.each<JsonObject>([{}, { matchExpressions: [{ key: 'app', operator: 'In', values: ['checkout'] }] }, { matchExpressions: [{ key: 'app', operator: 'Exists' }, { key: 'tier', operator: 'DoesNotExist' }, { key: 'app', operator: 'NotIn', values: ['x'] }] }])('selecting by %j counts', async (selector) => {
    const world = openFakeWorld();
    world.fake.put('poddisruptionbudget', budget(selector));
    expect(await risk(samples.rolloutRestart, world)).toMatchObject({ level: 'medium' });
  });

  test('that can not be read count as in the way', async () => {
    const world = openFakeWorld();
    const context = { ...world.context, run: (options: Parameters<NonNullable<typeof world.context.run>>[0]) => (options.argv.includes('poddisruptionbudgets') ? Promise.resolve(ended({ exitCode: 1, stderr: 'Error from server (Forbidden): poddisruptionbudgets is forbidden' })) : world.fake.run(options)) };
    expect(riskOf(samples.rolloutRestart, await kindOf(samples.rolloutRestart).prepare(samples.rolloutRestart, context), true)).toMatchObject({ level: 'medium', reasons: expect.arrayContaining([expect.stringContaining('could not be read')]) as string[] });
  });
});

describe('nothing to see is no success, and what is gone does not come back', () => {
  test('a rollout without pods is refused', async () => {
    const world = openFakeWorld();
    edit(world, (copy) => { copy.spec['replicas'] = 0; });
    await expect(prepare(samples.setEnv, world)).rejects.toThrow(/no pods/);
  });

  test('fewer replicas of a stateful set that deletes their volumes', async () => {
    const world = openFakeWorld();
    world.fake.put('statefulset', { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'db', namespace: 'shop' }, spec: { replicas: 3, persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete' }, template: { metadata: { labels: {} }, spec: { containers: [] } } } });
    await expect(prepare({ ...samples.scale, workload: 'statefulset', name: 'db', replicas: 1 }, world)).rejects.toThrow(/volumes/);
    await expect(prepare({ ...samples.patch, resource: 'statefulset', name: 'db', patch: '{"spec":{"replicas":1}}' }, world)).rejects.toThrow(/volumes/);
  });
});

describe('secrets', () => {
  test('kubectl that dies after printing a Secret says nothing of it', async () => {
    const world = openFakeWorld();
    const run = async (options: Parameters<NonNullable<typeof world.context.run>>[0]) => ({ ...(await world.fake.run(options)), exitCode: null, signal: 'SIGKILL' });
    const error = await kindOf(samples.secretKey).prepare(samples.secretKey, { ...world.context, run }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(RefusedError);
    expect(String(error)).not.toContain(Buffer.from('old password').toString('base64'));
  });

  test.each(['kubernetes.io/service-account-token', 'helm.sh/release.v1', 'bootstrap.kubernetes.io/token'])('a Secret of type %s is no source', async (type) => {
    const world = openFakeWorld();
    world.fake.modify('secret', 'database', (copy) => { copy['type'] = type; });
    await expect(prepare(samples.secretKey, world)).rejects.toThrow(/belongs to the cluster or to helm/);
  });

  test('what is said of a value does not let people try out guesses', async () => {
    const { createHash } = await import('node:crypto');
    const seen = JSON.stringify(await prepare(samples.secretKey));
    for (const value of ['old password', 'new password']) {
      expect(seen).not.toContain(createHash('sha256').update(value).digest('hex').slice(0, 4));
      expect(seen).not.toContain(`${value.length} bytes`);
    }
  });
});
