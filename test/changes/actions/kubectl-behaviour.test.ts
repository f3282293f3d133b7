/** What the Kubernetes kinds refuse, warn of and count, and how they end when kubectl does not. */
import { describe, expect, test } from 'vitest';
import type { Action } from '../../../src/changes/action.ts';
import type { JsonObject } from '../../../src/changes/actions/kubectl/json-patch.ts';
import { kindOf } from '../../../src/changes/actions/kinds.ts';
import type { Change } from '../../../src/changes/change.ts';
import { canonicalJson } from '../../../src/changes/canonical-json.ts';
import { createRedactor } from '../../../src/redaction/redactor.ts';
import { changeFrom, riskOf } from '../../support/changes.ts';
import type { FakeWorld } from './cluster-world.ts';
import { openFakeWorld } from './cluster-world.ts';
import { samples } from './kubectl-samples.ts';

const prepare = (action: Action, world: FakeWorld = openFakeWorld()) => kindOf(action).prepare(action, world.context);
const risk = async (action: Action, world?: FakeWorld) => riskOf(action, await prepare(action, world), true);

const autoscaler: JsonObject = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'checkout-scaler', namespace: 'shop' }, spec: { scaleTargetRef: { kind: 'Deployment', name: 'checkout' } } };
const budget: JsonObject = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'checkout-budget', namespace: 'shop' }, spec: { selector: { matchLabels: { app: 'checkout' } } }, status: { disruptionsAllowed: 0 } };

describe('who else has a say', () => {
  test('an autoscaler owns the replicas: scaling is refused with the remedy, whatever the door', async () => {
    const world = openFakeWorld();
    world.fake.put('horizontalpodautoscaler', autoscaler);
    await expect(prepare(samples.scale, world)).rejects.toThrow(/autoscaler checkout-scaler sets the replicas[\s\S]*minReplicas/);
    await expect(prepare({ ...samples.patch, patch: '{"spec":{"replicas":5}}' }, world)).rejects.toThrow(/belong to the autoscaler checkout-scaler/);
    await expect(prepare(samples.setEnv, world)).resolves.toMatchObject({ facts: { pods: 2 } });
  });

  test.each([
    [{ annotations: { 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:shop/checkout' } }, 'the Argo CD application shop'],
    [{ labels: { 'argocd.argoproj.io/instance': 'shop' } }, 'the Argo CD application shop'],
    [{ labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps', 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' } }, 'the Flux Kustomization flux-system/apps'],
    [{ ownerReferences: [{ kind: 'Shop', name: 'main', uid: 'u', controller: true }] }, 'Shop main, which controls it'],
  ])('drift is said and raises the risk: %j', async (metadata, words) => {
    const world = openFakeWorld();
    const before = await risk(samples.setImage, world);
    world.fake.modify('deployment', 'checkout', (copy) => Object.assign(copy.metadata, metadata));
    const after = await risk(samples.setImage, world);
    expect([before.level, after.level]).toEqual(['medium', 'high']);
    expect(after.reasons.join()).toContain(words);
    expect((await prepare(samples.setImage, world)).preview).toMatch(/put (?:this )?back/);
  });

  test('a disruption budget that allows nothing raises a restart', async () => {
    const world = openFakeWorld();
    expect(await risk(samples.rolloutRestart, world)).toMatchObject({ level: 'low' });
    world.fake.put('poddisruptionbudget', budget);
    expect(await risk(samples.rolloutRestart, world)).toMatchObject({ level: 'medium', reasons: [expect.any(String), 'the disruption budget allows no pod away now'] });
  });
});

test.each([{ automountServiceAccountToken: false }, { imagePullSecrets: [{ name: 'registry' }] }, { volumes: [{ name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 3600 } }] } }] }])('what is bound of a template with %j does not look like a secret', async (pods) => {
  const world = openFakeWorld();
  world.fake.modify('deployment', 'checkout', (copy) => Object.assign((copy['spec'] as { template: { spec: object } }).template.spec, pods));
  const { command, undo, resolved } = await prepare(samples.setEnv, world);
  const bound = [...command, ...undo.command, undo.description, canonicalJson(resolved)].join('\n');
  expect(bound).toContain(Object.keys(pods)[0]);
  expect(createRedactor({ knownSecrets: () => [] }).redactSync(bound)).toBe(bound);
});

describe('risk', () => {
  test.each<[string, Action, string]>([
    ['more replicas', samples.scale, 'low'], ['fewer', { ...samples.scale, replicas: 1 }, 'medium'], ['none', { ...samples.scale, replicas: 0 }, 'high'],
    ['a rollback', samples.rolloutUndo, 'medium'], ['a variable', samples.setEnv, 'medium'], ['a key', samples.configmapKey, 'medium'], ['a secret', samples.secretKey, 'high'],
    ['a pod with others ready', samples.deletePod, 'low'], ['a node', samples.uncordon, 'low'], ['an open node', samples.cordon, 'medium'], ['all ready pods of a workload', samples.drain, 'high'], ['work done twice', samples.rerunJob, 'high'],
  ])('of %s', async (_words, action, level) => {
    expect((await risk(action)).level).toBe(level);
  });

  test('of the last open node', async () => {
    const world = openFakeWorld();
    world.fake.modify('node', 'node3', (copy) => { copy['spec'] = { unschedulable: true }; });
    expect(await risk(samples.cordon, world)).toMatchObject({ level: 'high' });
  });

  test('a patch to no replicas is as bad as scaling to none; a volume that grows has no way back', async () => {
    expect(await risk({ ...samples.patch, patch: '{"spec":{"replicas":0}}' })).toMatchObject({ level: 'high', reasons: [expect.any(String), 'nothing answers any more'] });
    const world = openFakeWorld();
    world.fake.put('persistentvolumeclaim', { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data', namespace: 'shop' }, spec: { resources: { requests: { storage: '1Gi' } } } });
    const action = { ...samples.patch, resource: 'persistentvolumeclaim', name: 'data', patch: '{"spec":{"resources":{"requests":{"storage":"2Gi"}}}}' } as const;
    expect((await prepare(action, world)).undo).toEqual({ kind: 'impossible', command: [], description: 'A volume that grew does not shrink again.' });
    expect(await risk(action, world)).toMatchObject({ level: 'high' });
    await expect(kindOf(action).undo(changeFrom(action, await prepare(action, world)), world.context)).rejects.toThrow(/does not shrink/);
  });

  test.each(['{"spec":{"type":"LoadBalancer"}}', '{"spec":{"type":"NodePort"}}', '{"spec":{"externalIPs":["192.0.2.1"]}}', '{"spec":{"externalName":"evil.example"}}', '{"spec":{"clusterIP":"None"}}'])('a service is not opened by a patch: %s', async (patch) => {
    const world = openFakeWorld();
    world.fake.put('service', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'checkout', namespace: 'shop' }, spec: { type: 'ClusterIP', clusterIP: '10.0.0.1', selector: { app: 'checkout' } } });
    await expect(prepare({ ...samples.patch, resource: 'service', patch }, world)).rejects.toThrow(/change it by hand/);
    expect(await risk({ ...samples.patch, resource: 'service', patch: '{"spec":{"selector":{"app":"checkout2"}}}' }, world)).toMatchObject({ level: 'medium' });
  });

  test('a pod that is the only ready one', async () => {
    const world = openFakeWorld();
    world.fake.modify('pod', 'checkout-def', (copy) => { copy['status'] = { conditions: [] }; });
    expect(await risk(samples.deletePod, world)).toMatchObject({ level: 'medium' });
  });
});

describe('refused before anything runs', () => {
  const edited = (change: (copy: JsonObject & { spec: JsonObject }) => void): FakeWorld => {
    const world = openFakeWorld();
    world.fake.modify('deployment', 'checkout', (copy) => change(copy as JsonObject & { metadata: JsonObject; spec: JsonObject }));
    return world;
  };
  test.each<[string, Action, FakeWorld | undefined, RegExp]>([
    ['what is so already', { ...samples.scale, replicas: 2 }, undefined, /nothing would change/],
    ['a revision that is there already', { ...samples.rolloutUndo, to_revision: 2 }, undefined, /has the pod template of revision 2 already/],
    ['a revision that is gone', { ...samples.rolloutUndo, to_revision: 7 }, undefined, /no revision 7; its history holds 1, 2/],
    ['a paused deployment', samples.setEnv, edited((copy) => { copy.spec['paused'] = true; }), /is paused/],
    ['another repository', { ...samples.setImage, image: 'evil.example/shop/checkout:v2' }, undefined, /another repository .* no earlier revision used it/],
    ['a container that is not there', { ...samples.setEnv, container: 'sidecar' }, undefined, /no container sidecar; it has checkout/],
    ['a pod nobody replaces', { ...samples.deletePod, name: 'alone' }, undefined, /Nothing would replace pod alone/],
    ['a key that is not there', { ...samples.configmapKey, key: 'NOPE', value: null }, undefined, /has no key NOPE/],
    ['a node that is open', { ...samples.uncordon, name: 'node1' }, undefined, /open for new pods already/],
    ['an object that is being deleted', samples.setEnv, edited((copy) => { (copy['metadata'] as JsonObject)['deletionTimestamp'] = '2026-11-22T12:00:00Z'; }), /is being deleted/],
  ])('%s', async (_words, action, world, words) => {
    await expect(prepare(action, world)).rejects.toThrow(words);
  });

  test('an image of another repository that an earlier revision used', async () => {
    const world = openFakeWorld();
    world.fake.modify('replicaset', 'checkout-hash1', (copy) => {
      (copy['spec'] as { template: { spec: { containers: { image: string }[] } } }).template.spec.containers[0]!.image = 'mirror.local/shop/checkout:v1';
    });
    await expect(prepare({ ...samples.setImage, image: 'mirror.local/shop/checkout:v1' }, world)).resolves.toBeDefined();
  });
});

describe('the preview', () => {
  test('reads like this', async () => {
    const { preview, command, equivalent, undo } = await prepare(samples.setImage);
    expect(equivalent).toBe('kubectl -n shop set image deployment/checkout checkout=registry.local/shop/checkout:v1');
    expect(preview).toMatch(/^spec\.template\.spec\.containers\[checkout\]\.image\n- registry\.local\/shop\/checkout:v2\n\+ registry\.local\/shop\/checkout:v1\n\nThe API server refuses it if deployment /);
    expect(command[0]).toMatch(/^kubectl -n shop patch deployment checkout --type=json -p '\[\n {2}\{"op":"test","path":"\/metadata\/uid","value":"[0-9a-f-]{36}"\},\n {2}\{"op":"test","path":"\/metadata\/generation","value":1\},\n {2}\{"op":"replace","path":"\/spec\/template\/spec\/containers\/0\/image","value":"registry\.local\/shop\/checkout:v1"\}\n\]'$/);
    expect(undo.command[0]).toContain('{"op":"test","path":"/spec/template/spec/containers/0/image","value":"registry.local/shop/checkout:v1"}');
  });

  test('says whether a value is new or has been there', async () => {
    expect(await risk(samples.setEnv)).toMatchObject({ reasons: [expect.any(String), 'no earlier revision had this value'] });
    const world = openFakeWorld();
    world.fake.modify('deployment', 'checkout', (copy) => {
      (copy['spec'] as { template: { spec: { containers: { env: { value: string }[] }[] } } }).template.spec.containers[0]!.env[0]!.value = 'wrong';
    });
    expect((await prepare({ ...samples.setEnv, value: 'slow' }, world)).preview).toContain('Revision 2 had it so.');
    expect(await risk({ ...samples.setEnv, value: 'slow' }, world)).toMatchObject({ level: 'medium', reasons: [expect.any(String)] });
  });

  test('says who reads a ConfigMap, and that running pods keep the old value', async () => {
    const world = openFakeWorld();
    world.fake.modify('deployment', 'checkout', (copy) => {
      (copy['spec'] as { template: { spec: { containers: JsonObject[] } } }).template.spec.containers[0]!['envFrom'] = [{ configMapRef: { name: 'checkout-config' } }];
    });
    expect((await prepare(samples.configmapKey, world)).preview).toContain('Read at start only, so running pods keep the old value until they are restarted: deployment/checkout.');
  });
});

describe('when kubectl ends badly', () => {
  const run = async (action: Action, when: 'before' | 'after', result: object): Promise<unknown> => {
    const world = openFakeWorld();
    const change: Change = changeFrom(action, await prepare(action, world));
    world.fake.interfere = { when, result };
    return kindOf(action).execute(change, world.context).catch((error: unknown) => error);
  };
  const lost = { exitCode: null, signal: 'SIGKILL', timedOut: true };
  const writes: Action[] = [samples.setEnv, samples.configmapKey, samples.secretKey, samples.deletePod, samples.cordon];

  test.each(writes)('$kind: a timeout after the write was stored is a success that says so', async (action) => {
    const outcome = await run(action, 'after', lost);
    expect(outcome).not.toBeInstanceOf(Error);
  });

  test.each(writes)('$kind: a timeout with nothing to be seen is unknown: a person looks', async (action) => {
    expect(await run(action, 'before', lost)).toMatchObject({ name: 'ExecutionError', effect: 'unknown' });
  });

  test.each([
    'Error from server (Forbidden): deployments.apps "checkout" is forbidden: User "x" cannot patch resource',
    'Error from server (Conflict): Operation cannot be fulfilled',
    'The Deployment "checkout" is invalid: spec.replicas: Invalid value',
    'The connection to the server 127.0.0.1:9 was refused - did you specify the right host or port?\nconnection refused',
  ])('an answer that says no: nothing was changed (%s)', async (stderr) => {
    for (const action of writes) expect(await run(action, 'before', { exitCode: 1, stderr })).toMatchObject({ name: 'ExecutionError', effect: 'none' });
  });

  test.each(['Error from server (InternalError): an error on the server', 'Error from server (Timeout): request did not complete', 'Unable to connect to the server: EOF', ''])('an answer that leaves it open is unknown (%s)', async (stderr) => {
    for (const action of writes) expect(await run(action, 'before', { exitCode: 1, stderr })).toMatchObject({ name: 'ExecutionError', effect: 'unknown' });
  });
});
