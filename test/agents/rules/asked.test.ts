import { describe, expect, test } from 'vitest';
import { createRulesOrchestrator } from '../../../src/agents/rules/orchestrator.ts';
import type { Conclusion } from '../../../src/agents/agents.ts';
import type { Readings } from '../../../src/rules/readings.ts';
import { broken, ok, service as serviceReading, targets, times } from '../../rules/readings-support.ts';
import { configMap, deployment, read, service, well } from '../../rules/kubernetes/objects.ts';
import { investigationOf } from './investigation-support.ts';

type Json = Record<string, unknown>;

async function concluded(readings: Readings, alert: { title: string; service?: string }): Promise<Conclusion> {
  const { investigation } = await investigationOf(readings, targets([{ name: 'shopfront' }]), alert);
  return createRulesOrchestrator({ collect: async () => readings, wait: async () => undefined }).run(investigation);
}

describe('an alert about what only it sees', () => {
  const sender = { from: ['sender-settings'] };
  const objects = [...deployment('sender', [sender], { available: [1] }), well('sender', { seconds: 30, parts: sender }), ...deployment('other', [{ from: ['other-settings'] }], { available: [1] }), well('other', { parts: { from: ['other-settings'] } })];
  const edited = (name: string, seconds = 60): Json => configMap(name, { PACE: '1' }, { changed: ['PACE'], applied: { PACE: '50' }, seconds });
  const seen = (maps: Json[]): Promise<Readings> => read([...objects, ...maps], { services: [serviceReading('shopfront', { samples: times(6, ok(20)) })] });

  test('is explained by the one thing that was changed of what it names; what has begun with it begins again', async () => {
    const { diagnosis, drafts } = await concluded(await seen([edited('sender-settings'), edited('other-settings')]), { title: 'sender falls behind: its oldest message waits for 12 minutes' });
    expect(diagnosis.rootCause).toMatchObject({ resource: 'configmap/shop/sender-settings', confidence: 0.6 });
    expect(drafts.map(({ action }) => action)).toMatchObject([{ kind: 'kubectl.configmap_key', value: '50' }, { kind: 'kubectl.rollout_restart', name: 'sender' }]);
  });
  test('is not explained by a change of what it does not name, one of two, or one of long ago', async () => {
    const about = { title: 'sender falls behind' };
    for (const maps of [[edited('other-settings')], [edited('sender-settings', 8 * 3600)]]) expect(await concluded(await seen(maps), about)).toMatchObject({ diagnosis: { rootCause: null }, drafts: [] });
    expect(await concluded(await seen([edited('sender-settings')]), { title: 'something is wrong' })).toMatchObject({ diagnosis: { rootCause: null }, drafts: [] });
  });
  test('finds nothing wrong with a service that answers well, whatever was changed of it', async () => {
    const parts = { from: ['front-settings'] };
    const readings = await read([...deployment('shopfront', [parts], { available: [1] }), well('shopfront', { parts }), ...service('shopfront'), edited('front-settings')], { services: [serviceReading('shopfront')] });
    expect(await concluded(readings, { title: 'shopfront was slow', service: 'shopfront' })).toMatchObject({ diagnosis: { rootCause: null }, drafts: [] });
  });
  test('that asks for what is off on purpose gets that for an answer, and no change', async () => {
    const gifts = deployment('gifts', [{}], { replicas: 0, available: [0] }).map((one) => (one['kind'] === 'Deployment' ? { ...one, metadata: { ...(one['metadata'] as Json), annotations: { 'ops.example/maintenance': 'off on purpose until Monday' } } } : one));
    const asked = await concluded(await read(gifts), { title: 'gifts has no pods at all, bring it back' });
    expect(asked).toMatchObject({ diagnosis: { rootCause: { resource: 'deployment/shop/gifts', mechanism: 'scaled-to-zero-on-purpose' } }, drafts: [] });
    expect(await concluded(await read(gifts), { title: 'shopfront is slow' })).toMatchObject({ diagnosis: { rootCause: null } });
  });
  test('does not outweigh a cause that is seen', async () => {
    const readings = await read([...objects, edited('sender-settings'), ...deployment('api', [{ environment: { STORE_URL: 'http://stor:80' } }], { available: [1] }), well('api', { parts: { environment: { STORE_URL: 'http://stor:80' } } }), ...service('api'), ...service('store')], { services: [serviceReading('api', { samples: times(6, broken('getaddrinfo ENOTFOUND stor', 502)) })] });
    expect((await concluded(readings, { title: 'sender falls behind' })).diagnosis.rootCause?.resource).toBe('deployment/shop/api');
  });
});
