import { describe, expect, test } from 'vitest';
import type { FindingBody } from '../../../src/incident/types.ts';
import { broken, ok, service as serviceReading, times } from '../readings-support.ts';
import { configMap, deployment, findings, service, well } from './objects.ts';

const gateway = { environment: { PRICES_URL: 'http://prices:8080' } };
const prices = { from: ['prices-settings'] };
const objects = [
  ...deployment('gateway', [gateway], { available: [1] }), well('gateway', { parts: gateway }), ...service('gateway'),
  ...deployment('prices', [prices], { available: [1] }), well('prices', { parts: prices }), ...service('prices'),
  ...deployment('other', [{ from: ['other-settings'] }], { available: [1] }), well('other', { parts: { from: ['other-settings'] } }),
];
const edited = (name: string, seconds = 600): Record<string, unknown> => configMap(name, { SHAPE: 'round' }, { changed: ['SHAPE'], applied: { SHAPE: 'square' }, seconds });
const slow = [serviceReading('gateway', { samples: times(6, ok(2_500)) })];
const seen = async (maps: Record<string, unknown>[], services = slow): Promise<FindingBody[]> => findings([...objects, ...maps], { services }, [{ name: 'gateway' }]);
const of = (found: readonly FindingBody[], resource: string): FindingBody | undefined => found.find((one) => one.resource === resource);

describe('a slow service, whose own objects are as they were', () => {
  test('is explained by the one thing that was changed on the way of its requests', async () => {
    const found = await seen([edited('prices-settings'), edited('other-settings')]);
    expect(of(found, 'service/gateway')).toMatchObject({ blames: 'configmap/shop/prices-settings' });
    expect(of(found, 'configmap/shop/prices-settings')).toMatchObject({ severity: 'warning', remedy: { kind: 'kubectl.configmap_key', value: 'square' } });
    expect(of(found, 'configmap/shop/other-settings')).toMatchObject({ severity: 'info' });
  });
  test('is not explained by what was changed elsewhere, or long ago, or by one of two changes', async () => {
    const gatewayMap = { ...gateway, from: ['gateway-settings'] };
    const two = [...objects.slice(4), ...deployment('gateway', [gatewayMap], { available: [1] }), well('gateway', { parts: gatewayMap }), ...service('gateway')];
    for (const maps of [[edited('other-settings')], [edited('prices-settings', 8 * 3600)]]) expect(of(await seen(maps), 'service/gateway')).not.toHaveProperty('blames');
    const open = await findings([...two, edited('prices-settings'), edited('third-settings')], { services: [serviceReading('gateway', { samples: times(6, broken('no', 500)) })] }, [{ name: 'gateway' }]);
    expect(of(open, 'service/gateway')?.blames).not.toBe('configmap/shop/third-settings');
  });
});
