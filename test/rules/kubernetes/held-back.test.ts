import { describe, expect, test } from 'vitest';
import type { FindingBody } from '../../../src/incident/types.ts';
import { broken, service as serviceReading, times } from '../readings-support.ts';
import { ago, configMap, crashing, deployment, findings, pod, service, well } from './objects.ts';

type Json = Record<string, unknown>;
const of = (found: readonly FindingBody[], resource: string): FindingBody | undefined => found.find((one) => one.resource === resource);
const withMetadata = ([first, ...rest]: Json[], more: Json): Json[] => [{ ...first, metadata: { ...(first?.['metadata'] as Json), ...more } }, ...rest];

describe('what a tool keeps as its source says is not changed by hand', () => {
  const failing = pod('pay', { revision: 2, phase: 'Pending', state: { waiting: { reason: 'ImagePullBackOff', message: 'registry.local/app:9: not found' } } });
  const rollout = (metadata: Json): Json[] => [...withMetadata(deployment('pay', [{}, { image: 'registry.local/app:9' }], { available: [1, 0] }), metadata), well('pay'), failing];

  test.each([
    [{ labels: { app: 'pay', 'argocd.argoproj.io/instance': 'webshop' } }, 'Argo CD keeps pay (application webshop)'],
    [{ annotations: { 'argocd.argoproj.io/tracking-id': 'webshop:apps/Deployment:shop/pay' } }, 'Argo CD keeps pay (application webshop)'],
    [{ labels: { app: 'pay', 'kustomize.toolkit.fluxcd.io/name': 'apps' } }, 'Flux keeps pay (Kustomization apps)'],
    [{ labels: { app: 'pay', 'app.kubernetes.io/managed-by': 'Helm', 'helm.toolkit.fluxcd.io/name': 'pay' } }, 'Flux keeps pay (HelmRelease pay)'],
    [{ labels: { app: 'pay', 'app.kubernetes.io/managed-by': 'pulumi' } }, 'pulumi keeps pay as its source says'],
  ])('%j', async (metadata, words) => {
    const found = of(await findings(rollout(metadata)), 'deployment/shop/pay');
    expect(found).toMatchObject({ mechanism: 'image-not-found', explanation: expect.stringContaining(words) as string });
    expect(found).not.toHaveProperty('remedy');
  });

  test('Helm and kubectl keep nothing, and a Flux that was suspended neither', async () => {
    for (const manager of ['Helm', 'kubectl', 'kustomize']) expect(of(await findings(rollout({ labels: { app: 'pay', 'app.kubernetes.io/managed-by': manager } })), 'deployment/shop/pay')).toHaveProperty('remedy');
    const suspended = { kind: 'Kustomization', apiVersion: 'kustomize.toolkit.fluxcd.io/v1', metadata: { name: 'apps' }, spec: { suspend: true } };
    expect(of(await findings(rollout({ labels: { app: 'pay', 'kustomize.toolkit.fluxcd.io/name': 'apps' } }), { custom: [suspended] }), 'deployment/shop/pay')).toHaveProperty('remedy');
  });

  test('what an operator makes is changed in its resource', async () => {
    const found = of(await findings(rollout({ ownerReferences: [{ kind: 'StoreCluster', name: 'main', controller: true }] })), 'deployment/shop/pay');
    expect(found).toMatchObject({ explanation: expect.stringContaining('storecluster main makes pay') as string });
    expect(found).not.toHaveProperty('remedy');
  });
});

describe('switches that people turn', () => {
  const saying = (body: string): { services: ReturnType<typeof serviceReading>[] } => ({ services: [serviceReading('pay', { samples: times(6, broken(body, 503)) })] });
  const sick = saying('{"error":"not now"}');
  const reads = (data: Record<string, string>, applied: Record<string, string>, changed: string[], seconds = 60): Json[] => [...service('pay'), ...deployment('pay', [{ from: ['pay-config'] }], { available: [1] }), well('pay', { parts: { from: ['pay-config'] } }), configMap('pay-config', data, { changed, applied, seconds })];

  test('a maintenance mode is told with who and when, and left alone', async () => {
    const found = of(await findings(reads({ MAINTENANCE_MODE: 'true' }, { MAINTENANCE_MODE: 'false' }, ['MAINTENANCE_MODE']), sick, [{ name: 'pay' }]), 'configmap/shop/pay-config');
    expect(found).toMatchObject({ explanation: expect.stringMatching(/MAINTENANCE_MODE is a switch that people turn on purpose, written \S+ by kubectl-edit: ask/) as string });
    expect(found).not.toHaveProperty('remedy');
  });
  test('one that was turned by hand just now, in the words of who suffers, may be turned back: with the question', async () => {
    const found = async (seconds: number): Promise<FindingBody | undefined> => of(await findings(reads({ MAINTENANCE_MODE: 'true' }, { MAINTENANCE_MODE: 'false' }, ['MAINTENANCE_MODE'], seconds), saying('Down for maintenance'), [{ name: 'pay' }]), 'configmap/shop/pay-config');
    expect(await found(60)).toMatchObject({ remedy: { kind: 'kubectl.configmap_key', value: 'false' }, explanation: expect.stringContaining('ask who did whether it is still wanted') as string });
    expect(await found(5_000)).not.toHaveProperty('remedy');
  });
  test('inside of a file as well; another setting of the same file goes back', async () => {
    const file = (more: object): string => JSON.stringify({ checkout: { discount: 'on', ...more } });
    const found = async (now: object, then: object): Promise<FindingBody | undefined> => of(await findings(reads({ 'flags.json': file(now) }, { 'flags.json': file(then) }, ['flags.json']), sick, [{ name: 'pay' }]), 'configmap/shop/pay-config');
    expect(await found({ readOnly: true }, { readOnly: false })).not.toHaveProperty('remedy');
    expect(await found({ discount: 'off' }, {})).toHaveProperty('remedy');
  });
  test('a rollout that turned one is not undone', async () => {
    const found = of(await findings([...deployment('pay', [{ environment: { READ_ONLY: 'false' } }, { environment: { READ_ONLY: 'true' } }], { available: [0, 0] }), crashing('pay', { revision: 2 })]), 'deployment/shop/pay');
    expect(found).not.toHaveProperty('remedy');
    expect(found?.explanation).toContain(`READ_ONLY is a switch that people turn on purpose, written ${ago(1800)}`);
  });
});
