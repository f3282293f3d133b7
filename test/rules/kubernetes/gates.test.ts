import { describe, expect, test } from 'vitest';
import type { FindingBody } from '../../../src/incident/types.ts';
import { ago, configMap, crashing, deployment, event, findings, pod, well } from './objects.ts';

type Json = Record<string, unknown>;
const note = 'kubectl.kubernetes.io/last-applied-configuration';
const of = (found: readonly FindingBody[], resource: string): FindingBody | undefined => found.find((one) => one.resource === resource);

function applied(object: Json, asApplied: Json, { fields, manager = 'kubectl-edit', seconds = 60 }: { fields: Json; manager?: string; seconds?: number }): Json {
  const metadata = object['metadata'] as Json;
  const managed = [{ manager: 'kubectl-client-side-apply', operation: 'Update', time: ago(86_400), fieldsV1: { 'f:metadata': { 'f:annotations': { [`f:${note}`]: {} } } } }, { manager, operation: 'Update', time: ago(seconds), fieldsV1: fields }];
  return { ...object, metadata: { ...metadata, annotations: { [note]: JSON.stringify({ ...asApplied, metadata: { name: metadata['name'] } }) }, managedFields: managed } };
}

const inContainer = (fields: Json): Json => ({ 'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"main"}': fields } } } } });
const container = (fields: Json): Json => ({ spec: { template: { spec: { containers: [{ name: 'main', ...fields }] } } } });

describe('what was last applied goes back', () => {
  const probe = (path: string): Json => container({ readinessProbe: { httpGet: { path, port: 8080 } } });
  const fields = inContainer({ 'f:readinessProbe': { 'f:httpGet': { 'f:path': {} } } });
  const found = async (more: { manager?: string; seconds?: number }): Promise<FindingBody | undefined> => {
    const [object, ...sets] = deployment('ship', [{ probe: '/ready' }]);
    const notReady = pod('ship', { parts: { probe: '/ready' }, state: { running: { startedAt: ago(90) } } });
    return of(await findings([applied(object ?? {}, probe('/readyz'), { fields, ...more }), ...sets, notReady], { events: [event('Pod', 'ship-r1-abcde', 'Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 404')] }), 'deployment/shop/ship');
  };

  test('after a hand that wrote lately', async () => {
    expect(await found({})).toMatchObject({ remedy: { kind: 'kubectl.patch' } });
    expect(await found({ manager: 'k9s', seconds: 3600 })).toHaveProperty('remedy');
  });
  test('not against a program that would write it again', async () => {
    for (const manager of ['argocd-controller', 'my-operator', 'terraform']) expect(await found({ manager })).not.toHaveProperty('remedy');
  });
  test('not what was written long before it hurt', async () => {
    expect(await found({ seconds: 7 * 3600 })).not.toHaveProperty('remedy');
  });
  test('an old ConfigMap goes back only where pods that read it have begun since', async () => {
    const settings = applied(configMap('ship-config', { PORT: 'eighty' }), { data: { PORT: '80' } }, { fields: { 'f:data': { 'f:PORT': {} } }, seconds: 10 * 3600 });
    const logs = { 'ship-r1-abcde': ['Error: PORT must be a number, got "eighty"'] };
    const remedy = async (seconds: number): Promise<unknown> => of(await findings([settings, ...deployment('ship', [{ from: ['ship-config'] }]), crashing('ship', { parts: { from: ['ship-config'] }, seconds })], { logs }), 'configmap/shop/ship-config')?.remedy;
    expect(await remedy(300)).toMatchObject({ kind: 'kubectl.configmap_key', key: 'PORT', value: '80' });
    expect(await remedy(9 * 3600)).toBeUndefined();
  });
});

describe('where images are set without applying, the note is stale', () => {
  const fields = inContainer({ 'f:image': {} });
  const failing = pod('pay', { revision: 3, phase: 'Pending', state: { waiting: { reason: 'ImagePullBackOff', message: 'app:9: not found' } }, parts: { image: 'app:9' } });
  // The first was applied; the second was set and served; the third does not come.
  const found = async (noted: string): Promise<FindingBody | undefined> => {
    const [object, ...sets] = deployment('pay', [{ image: 'app:1' }, { image: 'app:2' }, { image: 'app:9' }], { available: [0, 1, 0] });
    return of(await findings([applied(object ?? {}, container({ image: noted }), { fields, manager: 'kubectl-set' }), ...sets, well('pay', { revision: 2, parts: { image: 'app:2' } }), failing]), 'deployment/shop/pay');
  };
  test('the way back is the revision that served, not the note', async () => {
    expect(await found('app:1')).toMatchObject({ remedy: { kind: 'kubectl.rollout_undo', to_revision: 2 } });
    expect(await found('app:2')).toMatchObject({ remedy: { kind: 'kubectl.rollout_undo', to_revision: 2 } });
  });
  test('the remark about the drift offers it only where the note is what stood last', async () => {
    const remark = async (noted: string): Promise<FindingBody | undefined> => {
      const [object, ...sets] = deployment('pay', [{ image: 'app:1' }, { image: 'app:2' }, { image: 'app:3' }], { available: [0, 0, 1] });
      return of(await findings([applied(object ?? {}, container({ image: noted }), { fields, manager: 'kubectl-set' }), ...sets, well('pay', { revision: 3, parts: { image: 'app:3' } })]), 'deployment/shop/pay');
    };
    expect(await remark('app:1')).not.toHaveProperty('remedy');
    expect(await remark('app:2')).toMatchObject({ remedy: { kind: 'kubectl.set_image', image: 'app:2' } });
  });
});

describe('a rollout is taken back', () => {
  const aged = (objects: Json[], seconds: number): Json[] => objects.map((one) => ((one['metadata'] as Json)['name'] === 'pay-r2' ? { ...one, metadata: { ...(one['metadata'] as Json), creationTimestamp: ago(seconds) } } : one));
  const rollout = (available: [number, number], seconds: number): Json[] => aged(deployment('pay', [{ image: 'app:1' }, { image: 'app:2' }], { available }), seconds);
  const crash = crashing('pay', { revision: 2, parts: { image: 'app:2' }, seconds: 3000 });
  const days = 3 * 86_400;

  test('while it is new', async () => {
    expect(of(await findings([...rollout([0, 0], 1800), crash]), 'deployment/shop/pay')).toMatchObject({ remedy: { kind: 'kubectl.rollout_undo', to_revision: 1 } });
  });
  test('not after it served for days', async () => {
    const found = of(await findings([...rollout([0, 0], days), crash]), 'deployment/shop/pay');
    expect(found).toMatchObject({ mechanism: 'crash-loop' });
    expect(found).not.toHaveProperty('remedy');
  });
  test('however old, where pods of the one before it still serve', async () => {
    expect(of(await findings([...rollout([1, 0], days), well('pay', { parts: { image: 'app:1' } }), crash]), 'deployment/shop/pay')).toMatchObject({ remedy: { kind: 'kubectl.rollout_undo', to_revision: 1 } });
  });
  test('however old, where its image is nowhere to be had', async () => {
    const pulling = pod('pay', { revision: 2, phase: 'Pending', state: { waiting: { reason: 'ErrImagePull', message: 'app:2: not found' } }, parts: { image: 'app:2' } });
    expect(of(await findings([...rollout([0, 0], days), pulling]), 'deployment/shop/pay')).toMatchObject({ remedy: { kind: 'kubectl.rollout_undo', to_revision: 1 } });
  });
  test('a leak may show within a day', async () => {
    const killed = crashing('pay', { revision: 2, parts: { image: 'app:2' }, last: { exitCode: 137, reason: 'OOMKilled', finishedAt: ago(5) } });
    expect(of(await findings([...rollout([0, 0], 20 * 3600), killed]), 'deployment/shop/pay')).toMatchObject({ remedy: { kind: 'kubectl.rollout_undo' } });
    expect(of(await findings([...rollout([0, 0], 30 * 3600), killed]), 'deployment/shop/pay')?.remedy?.kind).not.toBe('kubectl.rollout_undo');
  });
});
