/** Evictions, drains, labels and reruns in front of somebody who wants more from them than what is approved. */
import { describe, expect, test } from 'vitest';
import type { Action } from '../../../src/changes/action.ts';
import { actionSchema } from '../../../src/changes/action.ts';
import type { JsonObject } from '../../../src/changes/actions/kubectl/json-patch.ts';
import { kindOf } from '../../../src/changes/actions/kinds.ts';
import type { Change } from '../../../src/changes/change.ts';
import { RefusedError } from '../../../src/changes/errors.ts';
import { StoppedError } from '../../../src/incident/stopped-error.ts';
import { ended } from '../../tools/kubectl/support.ts';
import { changeFrom, riskOf } from '../../support/changes.ts';
import type { FakeWorld } from './cluster-world.ts';
import { openFakeWorld, sentBy } from './cluster-world.ts';
import { job, node, pod, samples } from './kubectl-samples.ts';

const prepare = (action: Action, world: FakeWorld = openFakeWorld()) => kindOf(action).prepare(action, world.context);
const prepared = async (action: Action, world: FakeWorld): Promise<Change> => changeFrom(action, await prepare(action, world));
const risk = async (action: Action, world?: FakeWorld) => riskOf(action, await prepare(action, world), true);
const budget = (name: string, allowed: number, labels: JsonObject = { app: 'checkout' }): JsonObject => ({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name, namespace: 'shop' }, spec: { selector: { matchLabels: labels } }, status: { disruptionsAllowed: allowed, currentHealthy: 2, desiredHealthy: 2 - allowed } });
const controlled = (kind: string, name = 'x', uid = 'u'): JsonObject => ({ apiVersion: 'apps/v1', kind, name, uid, controller: true });
const withPod = (name: string, owner: JsonObject | undefined, change: (copy: JsonObject & { metadata: JsonObject }) => void = () => undefined): FakeWorld => {
  const world = openFakeWorld();
  world.fake.put('pod', pod(name, owner));
  world.fake.modify('pod', name, change);
  return world;
};
/** Somebody acts just before the nth write that is not a dry run. */
const before = (world: FakeWorld, write: number, act: () => void): FakeWorld => {
  let count = 0;
  return { ...world, context: { ...world.context, run: async (options) => {
    if (!options.argv.includes('get') && !options.argv.some((argument) => /dry-?run/i.test(argument)) && (count += 1) === write) act();
    return world.fake.run(options);
  } } };
};

describe('names that go into a path', () => {
  test.each(['a/../../nodes/n', 'x?dryRun=All', 'x%2f..', '..', 'x/eviction', '-f', '--raw=/api', 'X', 'x y', 'x\n'])('%j', (name) => {
    for (const sample of [samples.evict, samples.drain, samples.metadata, samples.rerunJob]) expect(actionSchema.safeParse({ ...sample, name }).success).toBe(false);
    expect(actionSchema.safeParse({ ...samples.evict, namespace: name }).success).toBe(false);
  });
});

describe('eviction', () => {
  test('a budget in the way is named, with how many it allows', async () => {
    const world = openFakeWorld();
    world.fake.put('poddisruptionbudget', budget('tight', 0));
    await expect(prepare(samples.evict, world)).rejects.toThrow(/disruption budget tight allows 0 away now \(2 pods are healthy, it wants 2\)/);
  });

  test('a budget that closes after the approval stops it', async () => {
    const world = openFakeWorld();
    const change = await prepared(samples.evict, world);
    world.fake.put('poddisruptionbudget', budget('tight', 0));
    await expect(kindOf(change.action).execute(change, world.context)).rejects.toMatchObject({ effect: 'none', message: expect.stringContaining('disruption budget tight allows 0') as string });
    expect(world.fake.get('pod', 'checkout-abc')).toBeDefined();
  });

  test.each([[undefined], [controlled('Job')], [controlled('ReplicaSet', 'checkout-hash2', 'made up')], [controlled('ReplicaSet', '--all')], [controlled('Evil', 'x')]])('a pod of %j is not evicted', async (owner) => {
    await expect(prepare({ ...samples.evict, name: 'aaa' }, withPod('aaa', owner))).rejects.toThrow(/Nothing would replace/);
  });

  test('no answer: it looks, and is sure or says that it is not', async () => {
    for (const [when, outcome] of [['after', { output: expect.stringContaining('No answer came') as string }], ['before', { effect: 'unknown' }]] as const) {
      const world = openFakeWorld();
      const change = await prepared(samples.evict, world);
      world.fake.interfere = { when, result: { exitCode: null, timedOut: true } };
      expect(await kindOf(change.action).execute(change, world.context).catch((error: unknown) => error)).toMatchObject(outcome);
    }
  });
});

describe('drain', () => {
  test.each<[string, FakeWorld, RegExp]>([
    ['a pod that nothing replaces', withPod('bare', undefined), /shop\/bare \(no controller owns it\)/],
    ['a running pod of a Job', withPod('work', controlled('Job')), /shop\/work \(of a Job, whose work would start over/],
    ['a pod whose controller is only said to be there', withPod('forged', controlled('ReplicaSet', 'checkout-hash2')), /which it names, is not there/],
    ['a pod of another namespace', withPod('system', controlled('ReplicaSet'), (copy) => { copy.metadata['namespace'] = 'kube-system'; }), /kube-system is not among those/],
  ])('%s refuses all of it', async (_words, world, why) => {
    const writes = () => world.fake.started.filter(({ argv }) => !argv.includes('get') && !argv.some((argument) => /dry-?run/i.test(argument)));
    await expect(prepare(samples.drain, world)).rejects.toThrow(why);
    expect(writes()).toEqual([]);
  });

  test.each<[string, (world: FakeWorld) => void, RegExp]>([
    ['a budget that allows fewer than would go', ({ fake }) => fake.put('poddisruptionbudget', budget('tight', 1)), /2 ready pods of namespace shop would go, but disruption budget tight allows 1/],
    ['two budgets over one pod', ({ fake }) => { fake.put('poddisruptionbudget', budget('one', 5)); fake.put('poddisruptionbudget', budget('two', 5)); }, /has 2 disruption budgets \(one, two\)/],
    ['no other open node', ({ fake }) => fake.modify('node', 'node3', (copy) => { copy['spec'] = { unschedulable: true }; }), /nowhere to go/],
    ['no other ready node', ({ fake }) => fake.put('node', { ...node('node3'), status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } }), /nowhere to go/],
    ['nothing to evict', ({ fake }) => { for (const name of ['checkout-abc', 'checkout-def']) fake.modify('pod', name, (copy) => { copy['status'] = { phase: 'Succeeded' }; }); }, /cordon it instead/],
  ])('%s refuses it', async (_words, arrange, why) => {
    const world = openFakeWorld();
    arrange(world);
    await expect(prepare(samples.drain, world)).rejects.toThrow(why);
  });

  test('what stays is said, and what is lost', async () => {
    const world = withPod('daemon', controlled('DaemonSet'));
    world.fake.put('pod', { ...pod('static', undefined), metadata: { name: 'static', namespace: 'shop', annotations: { 'kubernetes.io/config.mirror': 'x' } } });
    world.fake.put('pod', { ...pod('done', controlled('Job')), status: { phase: 'Succeeded' } });
    world.fake.modify('pod', 'checkout-abc', (copy) => { copy['spec'] = { nodeName: 'node1', volumes: [{ name: 'a', emptyDir: {} }, { name: 'b', persistentVolumeClaim: { claimName: 'data' } }] }; });
    const { preview, command } = await prepare(samples.drain, world);
    for (const line of [/shop\/daemon: of a DaemonSet/, /shop\/static: a mirror pod/, /shop\/done: it has ended/, /checkout-abc: ReplicaSet checkout-hash2 .*emptyDir volumes are lost; it starts elsewhere only if data can follow/]) expect(preview).toMatch(line);
    expect(command).toHaveLength(3);
    for (const name of ['daemon', 'static', 'done', 'alone']) expect(command.join()).not.toContain(name);
  });

  test('stopped between two pods: a part of it ran, and its undo opens the node', async () => {
    const world = openFakeWorld();
    const change = await prepared(samples.drain, world);
    let asked = 0;
    const context = { ...world.context, checkpoint: async () => { if ((asked += 1) === 2) throw new StoppedError('INC-1'); } };
    const error = await kindOf(change.action).execute(change, context).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'ExecutionError', effect: 'partial', written: { evicted: [expect.any(String)] } });
    expect([world.fake.get('pod', 'checkout-abc'), world.fake.get('pod', 'checkout-def') === undefined]).toEqual([undefined, false]);
    await kindOf(change.action).undo(change, world.context);
    expect(world.fake.get('node', 'node1')?.['spec']).toEqual({});
  });

  test('the next pod of a controller goes only when it is as ready as before, also without a budget', async () => {
    const world = openFakeWorld();
    world.fake.modify('replicaset', 'checkout-hash2', (copy) => { (copy['spec'] as JsonObject)['replicas'] = 2; });
    const change = await prepared(samples.drain, world);
    const ready = (status: string) => world.fake.modify('pod', 'checkout-abcx', (copy) => { copy['status'] = { phase: 'Running', conditions: [{ type: 'Ready', status }] }; });
    const evicted = () => world.fake.started.filter(({ argv }) => argv.some((argument) => argument.endsWith('/eviction'))).length;
    const seen: number[] = [];
    const checkpoint = async () => {
      seen.push(evicted());
      if (seen.length === 2) ready('False');
      if (seen.length === 3) ready('True');
    };
    await kindOf(change.action).execute(change, { ...world.context, checkpoint });
    expect([...seen, evicted()]).toEqual([0, 1, 1, 2]);
  });

  test('a budget that closes on the way stops it, and says how far it came', async () => {
    const world = openFakeWorld();
    world.fake.put('poddisruptionbudget', budget('closing', 2));
    const change = await prepared(samples.drain, world);
    const meddled = before(world, 3, () => world.fake.put('poddisruptionbudget', budget('closing', 0)));
    await expect(kindOf(change.action).execute(change, meddled.context)).rejects.toMatchObject({ effect: 'partial', message: expect.stringMatching(/Stopped at pod shop\/checkout-def: disruption budget closing allows 0 away now .* 1 of 2 pods were evicted/) as string });
  });

  test('another pod of the same name is left alone', async () => {
    const world = openFakeWorld();
    const change = await prepared(samples.drain, world);
    const meddled = before(world, 3, () => world.fake.modify('pod', 'checkout-def', (copy) => { copy.metadata['uid'] = 'another'; }));
    await expect(kindOf(change.action).execute(change, meddled.context)).rejects.toMatchObject({ effect: 'partial' });
    expect(world.fake.get('pod', 'checkout-def')?.metadata['uid']).toBe('another');
  });

  test('another list of pods than the one that was shown is not run', async () => {
    const world = openFakeWorld();
    const change = await prepared(samples.drain, world);
    const [first] = change.resolved['pods'] as JsonObject[];
    for (const pods of [[first], [], [first, { ...first, name: 'alone', uid: String(world.fake.get('pod', 'alone')?.metadata['uid']) }]]) {
      await expect(kindOf(change.action).execute({ ...change, resolved: { ...change.resolved, pods } }, world.context)).rejects.toMatchObject({ effect: 'none' });
    }
    expect(world.fake.get('node', 'node1')?.['spec']).toEqual({});
  });

  test('of a node that was cordoned before, nothing is opened by an undo', async () => {
    const world = openFakeWorld();
    world.fake.modify('node', 'node1', (copy) => { copy['spec'] = { unschedulable: true }; });
    const change = await prepared(samples.drain, world);
    expect(change).toMatchObject({ undo: { kind: 'not_needed', command: [] } });
    await kindOf(change.action).execute(change, world.context);
    expect(sentBy(world.fake.started)).not.toContain('patch node');
    await expect(kindOf(change.action).undo(change, world.context)).rejects.toThrow(/cordoned before/);
  });
});

describe('labels and annotations', () => {
  test.each([
    'pod-template-hash', 'controller-revision-hash', 'job-name', 'controller-uid', 'app.kubernetes.io/managed-by', 'app.kubernetes.io/instance', 'kubectl.kubernetes.io/restartedAt', 'helm.sh/chart', 'meta.helm.sh/release-name',
    'argocd.argoproj.io/instance', 'kustomize.toolkit.fluxcd.io/name', 'sidecar.istio.io/inject', 'iam.amazonaws.com/role', 'pod-security.kubernetes.io/enforce', 'cluster-autoscaler.kubernetes.io/safe-to-evict', 'batch.kubernetes.io/job-name', 'konghq.com/plugins', 'kubernetes.io/config.mirror',
  ])('%s belongs to a controller', async (key) => {
    for (const field of ['label', 'annotation'] as const) await expect(prepare({ ...samples.metadata, field, key, value: 'x' })).rejects.toThrow(/belongs to a controller/);
  });

  test.each(['', '-x', '/x', 'a/b/c', 'a b', '__proto__', 'x=y', 'x,y', 'A.example/x', `${'x'.repeat(64)}`])('%j is no key', (key) => {
    expect(actionSchema.safeParse({ ...samples.metadata, key }).success).toBe(false);
  });

  const world = (kind: string, spec: JsonObject): FakeWorld => {
    const opened = openFakeWorld();
    opened.fake.put(kind.toLowerCase(), { apiVersion: 'v1', kind, metadata: { name: 'other', namespace: 'shop' }, spec });
    return opened;
  };
  const label = (key: string, value: string | null): Action => ({ ...samples.metadata, key, value });

  test.each<[string, JsonObject, Action]>([
    ['Service', { selector: { team: 'orders' } }, samples.metadata],
    ['Service', { selector: { app: 'checkout', tier: 'web' } }, label('tier', 'web')],
    ['Deployment', { selector: { matchLabels: { team: 'orders' } } }, samples.metadata],
    ['ReplicaSet', { selector: { matchExpressions: [{ key: 'team', operator: 'Exists' }] } }, samples.metadata],
    ['StatefulSet', { selector: { matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] } }, label('app', null)],
    ['ReplicationController', { selector: { team: 'orders' } }, samples.metadata],
    ['NetworkPolicy', { podSelector: { matchLabels: { role: 'db' } }, ingress: [{ from: [{ podSelector: { matchLabels: { team: 'orders' } } }] }] }, samples.metadata],
    ['NetworkPolicy', { podSelector: { matchLabels: { role: 'db' } }, ingress: [{ from: [{ namespaceSelector: {}, podSelector: { matchExpressions: [{ key: 'team', operator: 'In', values: ['orders'] }] } }] }] }, samples.metadata],
  ])('a pod does not get behind %s %j', async (kind, spec, action) => {
    await expect(prepare(action, world(kind, spec))).rejects.toThrow(/would select pod checkout-abc/);
  });

  test('a pod does not get out of a policy that confines it', async () => {
    await expect(prepare(label('app', null), world('NetworkPolicy', { podSelector: { matchLabels: { app: 'checkout' } } }))).rejects.toThrow(/no longer limit the connections/);
  });

  test.each<[string, JsonObject, Action, string]>([
    ['Service', { selector: { app: 'checkout' } }, label('app', 'quarantined'), 'service/other no longer selects it (sends requests to it)'],
    ['Service', { selector: { team: 'orders', tier: 'none' } }, samples.metadata, 'service/other selects by the label team (sends requests to it)'],
    ['ReplicaSet', { selector: { matchLabels: { app: 'checkout' } } }, label('app', null), 'replicaset/other no longer selects it (owns it)'],
    ['PodDisruptionBudget', { selector: { matchLabels: { team: 'orders' } } }, samples.metadata, 'poddisruptionbudget/other selects it (guards it from eviction)'],
  ])('what %s %j sees of it is high, and said', async (kind, spec, action, words) => {
    expect(await risk(action, world(kind, spec))).toMatchObject({ level: 'high', reasons: expect.arrayContaining([expect.stringContaining(words)]) as string[] });
    expect((await prepare(action, world(kind, spec))).blastRadius).toContain(words);
  });

  test('a service without a selector selects nothing; a label that nobody knows is medium, an annotation low', async () => {
    expect(await risk(samples.metadata, world('Service', {}))).toMatchObject({ level: 'medium' });
    expect(await risk({ ...samples.metadata, resource: 'configmap', name: 'checkout-config', field: 'annotation' })).toMatchObject({ level: 'low' });
  });

  test('selectors that can not be read refuse it', async () => {
    const opened = openFakeWorld();
    const run = (options: Parameters<typeof opened.fake.run>[0]) => (options.argv.some((argument) => argument.startsWith('services,')) ? Promise.resolve(ended({ exitCode: 1, stderr: 'Error from server (Forbidden): networkpolicies is forbidden' })) : opened.fake.run(options));
    await expect(kindOf(samples.metadata).prepare(samples.metadata, { ...opened.context, run })).rejects.toThrow(/could not be read/);
  });

  test('another label since the approval stops it: together they might select', async () => {
    const opened = openFakeWorld();
    const change = await prepared(samples.metadata, opened);
    opened.fake.modify('pod', 'checkout-abc', (copy) => { copy.metadata['labels'] = { app: 'checkout', tier: 'web' }; });
    await expect(kindOf(change.action).execute(change, opened.context)).rejects.toMatchObject({ effect: 'none' });
  });

  test.each<Partial<Action & { kind: 'kubectl.metadata' }>>([{ value: 'not a label!' }, { value: 'x'.repeat(64) }, { field: 'annotation', key: 'api-token', value: 'hunter2' }, { field: 'annotation', key: 'nothing', value: null }])('%j is refused', async (fields) => {
    await expect(prepare({ ...samples.metadata, ...fields } as Action)).rejects.toThrow(RefusedError);
  });

  test('an annotation that names a place outside the cluster is high', async () => {
    expect(await risk({ ...samples.metadata, field: 'annotation', key: 'upstream', value: 'https://evil.example/x' })).toMatchObject({ level: 'high' });
  });
});

describe('a Job again', () => {
  type Job = JsonObject & { metadata: JsonObject; spec: JsonObject & { template: { metadata: JsonObject; spec: JsonObject & { containers: JsonObject[] } } } };
  const world = (change: (copy: Job) => void = () => undefined): FakeWorld => {
    const opened = openFakeWorld();
    opened.fake.modify('job', 'migrate', (copy) => change(copy as Job));
    return opened;
  };
  const container = (fields: JsonObject) => (copy: Job): void => void Object.assign(copy.spec.template.spec.containers[0] as JsonObject, fields);

  test('what tied the old one to its run is not copied, and everything is shown', async () => {
    const { command, resolved, undo, facts } = await prepare(samples.rerunJob, world((copy) => { copy.metadata['ownerReferences'] = [controlled('CronJob')]; }));
    const manifest = JSON.parse(String(resolved['manifest'])) as Job;
    expect(manifest.metadata).toEqual({ name: 'migrate-rerun-1', namespace: 'shop', labels: { team: 'orders' }, annotations: { 'sre-agent/rerun-of': resolved['source'] } });
    expect(manifest.spec).toEqual({ backoffLimit: 2, template: { metadata: { labels: { app: 'migrate' } }, spec: { restartPolicy: 'Never', containers: [{ name: 'migrate', image: 'registry.local/shop/migrate:v1', command: ['migrate', 'up'] }] } } });
    expect(command).toEqual([`kubectl -n shop create -f - <<'EOF'\n${String(resolved['manifest'])}\nEOF`]);
    expect([undo.kind, facts.reversible]).toEqual(['impossible', false]);
  });

  test.each<[string, (copy: Job) => void, RegExp]>([
    ['that still runs', (copy) => { copy['status'] = { active: 1 }; }, /has not ended yet/],
    ['whose end is only told', (copy) => { copy['status'] = { succeeded: 1, conditions: [{ type: 'Complete', status: 'False' }] }; }, /has not ended yet/],
    ['that another controller runs', (copy) => { copy.spec['managedBy'] = 'evil.example/queue'; }, /Another controller/],
    ['with a secret in a variable', container({ env: [{ name: 'DATABASE_PASSWORD', value: 'hunter2' }] }), /DATABASE_PASSWORD, which looks like a secret/],
    ['with a secret in an argument', container({ args: ['--db-password=hunter2'] }), /looks like a secret/],
    ['with a secret in an address', container({ args: ['postgres://app:hunter2@db/shop'] }), /looks like a secret/],
    ['that is being deleted', (copy) => { copy.metadata['deletionTimestamp'] = '2026-01-01T00:00:00Z'; }, /being deleted/],
  ])('one %s is refused', async (_words, change, why) => {
    await expect(prepare(samples.rerunJob, world(change))).rejects.toThrow(why);
    await expect(prepare(samples.rerunJob, world(change))).rejects.not.toThrow(/hunter2/);
  });

  test('the same work twice at a time is refused', async () => {
    const running = (owner: JsonObject | undefined, annotations: JsonObject): JsonObject => ({ ...job('now'), metadata: { name: 'now', namespace: 'shop', annotations, ...(owner && { ownerReferences: [owner] }) }, status: { active: 1 } });
    const again = world();
    again.fake.put('job', running(undefined, { 'sre-agent/rerun-of': String(again.fake.get('job', 'migrate')?.metadata['uid']) }));
    await expect(prepare(samples.rerunJob, again)).rejects.toThrow(/runs already, as job now/);
    const scheduled = world((copy) => { copy.metadata['ownerReferences'] = [controlled('CronJob', 'nightly', 'schedule')]; });
    scheduled.fake.put('job', running(controlled('CronJob', 'nightly', 'schedule'), {}));
    await expect(prepare(samples.rerunJob, scheduled)).rejects.toThrow(/runs already, as job now/);
  });

  test('what runs before its containers is named like them', async () => {
    const { preview } = await prepare(samples.rerunJob, world((copy) => { copy.spec.template.spec['initContainers'] = [{ name: 'first', image: 'registry.local/evil:1', command: ['sh', '-c', 'send'] }]; }));
    expect(preview).toContain('- before it, first: registry.local/evil:1 sh -c send\n');
  });

  test('text that looks like other text is spelled out', async () => {
    const { command } = await prepare(samples.rerunJob, world(container({ args: ['safe\u202e\u200bevil', "'\nEOF\nrm"] })));
    expect(command[0]).toContain(String.raw`safe\u202e\u200bevil`);
    expect(command[0]?.match(/^EOF$/gm)).toHaveLength(1);
  });

  test('one that reaches the host is said to; a name that is long stays a name', async () => {
    expect(await risk(samples.rerunJob, world((copy) => { copy.spec.template.spec['volumes'] = [{ name: 'root', hostPath: { path: '/' } }]; }))).toMatchObject({ level: 'high', reasons: expect.arrayContaining([expect.stringContaining('hostPath')]) as string[] });
    const opened = openFakeWorld();
    const name = `${'a'.repeat(49)}.${'b'.repeat(13)}`;
    opened.fake.put('job', job(name));
    expect(JSON.parse(String((await prepare({ ...samples.rerunJob, name }, opened)).resolved['manifest']))).toMatchObject({ metadata: { name: `${'a'.repeat(49)}-rerun-1` } });
  });

  test('a name that is taken meanwhile, and a second rerun', async () => {
    const opened = world();
    const change = await prepared(samples.rerunJob, opened);
    await kindOf(change.action).execute(change, opened.context);
    await expect(kindOf(change.action).execute(change, opened.context)).rejects.toMatchObject({ effect: 'none' });
    expect(kindOf(change.action).drift(change, await prepare(samples.rerunJob, opened))).toMatch(/^manifest was/);
  });

  test('no answer: it is there or nobody knows, and never made twice', async () => {
    for (const [when, outcome] of [['after', { output: expect.any(String) as string }], ['before', { effect: 'unknown' }]] as const) {
      const opened = world();
      const change = await prepared(samples.rerunJob, opened);
      opened.fake.interfere = { when, result: { exitCode: null, timedOut: true } };
      expect(await kindOf(change.action).execute(change, opened.context).catch((error: unknown) => error)).toMatchObject(outcome);
      expect(opened.fake.started.filter(({ argv }) => argv.includes('create') && !argv.includes('--dry-run=server'))).toHaveLength(1);
    }
  });

  test('admission that changes its pods raises the risk; one that does so only when it counts is for a person', async () => {
    const opened = world();
    const meddling = (dryRun: boolean) => ({ ...opened.context, run: async (options: Parameters<typeof opened.fake.run>[0]) => {
      const answer = await opened.fake.run(options);
      if (!options.argv.includes('create') || options.argv.includes('--dry-run=server') !== dryRun) return answer;
      const created = JSON.parse(answer.stdout) as Job;
      if (dryRun) created.spec.template.spec['hostNetwork'] = true;
      else created.spec['parallelism'] = 50;
      return { ...answer, stdout: JSON.stringify(created) };
    } });
    const fresh = await kindOf(samples.rerunJob).prepare(samples.rerunJob, meddling(true));
    expect(fresh.preview.split('\n')[0]).toContain('spec.template.spec.hostNetwork');
    const change = await prepared(samples.rerunJob, opened);
    await expect(kindOf(change.action).execute(change, meddling(false))).rejects.toMatchObject({ effect: 'unknown', message: expect.stringContaining('something else than its dry run showed') as string });
  });

  test('one that failed, runs, or is another is not complete', async () => {
    const opened = world();
    const change = await prepared(samples.rerunJob, opened);
    const { written } = await kindOf(change.action).execute(change, opened.context);
    const look = async () => (await kindOf(change.action).check({ ...change, ...(written && { written }) }, opened.context)).details.join();
    for (const [status, words] of [[{ active: 1, failed: 1 }, 'has not ended yet: 1 running, 0 succeeded, 1 failed'], [{ failed: 3, conditions: [{ type: 'Failed', status: 'True', message: 'too\nmany' }] }, 'failed, too many']] as const) {
      opened.fake.modify('job', 'migrate-rerun-1', (copy) => { copy['status'] = structuredClone(status) as unknown as JsonObject; });
      expect(await look()).toContain(words);
    }
    opened.fake.modify('job', 'migrate-rerun-1', (copy) => { copy.metadata['uid'] = 'another'; });
    expect(await look()).toContain('is another one');
  });
});
