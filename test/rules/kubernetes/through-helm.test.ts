import { describe, expect, test } from 'vitest';
import type { FindingBody } from '../../../src/incident/types.ts';
import { broken, service as serviceReading, times } from '../readings-support.ts';
import { ago, configMap, deployment, findings, pod, service, well } from './objects.ts';

type Json = Record<string, unknown>;
const byHelm = (object: Json | undefined, manager = 'helm', fields: Json = {}): Json => {
  const metadata = object?.['metadata'] as Json;
  return { ...object, metadata: { ...metadata, labels: { ...(metadata['labels'] as Json | undefined), 'app.kubernetes.io/managed-by': 'Helm' }, annotations: { 'meta.helm.sh/release-name': 'feed' }, managedFields: [{ manager, operation: 'Update', time: ago(60), fieldsV1: fields }] } };
};
const parts = [{ from: ['feed-settings'], image: 'feed:1' }, { from: ['feed-settings'], image: 'feed:2' }];
const objects = (map: Json, manager = 'helm'): Json[] => {
  const [object, ...sets] = deployment('feed', parts, { available: [0, 1] });
  return [byHelm(object, manager), ...sets, well('feed', { revision: 2, parts: parts[1] }), ...service('feed'), map, ...deployment('stock', [{}], { available: [1] }), well('stock'), ...service('stock')];
};
const services = [serviceReading('feed', { samples: times(6, broken('stocks unreachable: getaddrinfo ENOTFOUND stocks', 502)) })];
const seen = async (all: Json[]): Promise<FindingBody[]> => (await findings(all, { services, logs: { 'feed-r2-abcde': ['Error: getaddrinfo ENOTFOUND stocks'] } }, [{ name: 'feed' }])).filter(({ severity, remedy }) => severity !== 'info' && remedy !== undefined);
const settings = configMap('feed-settings', { STOCK_URL: 'http://stocks:8080' });

describe('what the newest upgrade of a Helm release broke', () => {
  test('goes back with the release, once, whatever it would be by hand', async () => {
    const found = await seen(objects(byHelm(settings)));
    expect(found.map(({ resource }) => resource)).toEqual(['configmap/shop/feed-settings']);
    expect(found[0]).toMatchObject({ mechanism: 'upstream-service-missing', remedy: { kind: 'helm.rollback', target: 'main', namespace: 'shop', release: 'feed' }, explanation: expect.stringContaining('goes back with the release') as string });
    expect(found[0]?.remedy).not.toHaveProperty('to_revision');
  });
  test('a release image that can not be pulled as well', async () => {
    const [object, ...sets] = deployment('feed', parts);
    const waiting = pod('feed', { revision: 2, phase: 'Pending', state: { waiting: { reason: 'ImagePullBackOff', message: 'feed:2: not found' } }, parts: parts[1] ?? {} });
    expect(await seen([byHelm(object), ...sets, waiting])).toMatchObject([{ remedy: { kind: 'helm.rollback', release: 'feed' } }]);
  });
  test('and so does a rollout of it since which its service is unwell', async () => {
    const found = await findings(objects(byHelm(configMap('feed-settings', { SHAPE: 'round' }))), { services: [serviceReading('feed', { samples: times(6, broken('no', 500)) })] }, [{ name: 'feed' }]);
    expect(found.find(({ resource }) => resource === 'deployment/shop/feed')).toMatchObject({ mechanism: 'unwell-since-helm-upgrade', remedy: { kind: 'helm.rollback', release: 'feed' } });
  });
  test('stays a change by hand where a hand did it', async () => {
    const found = await seen(objects(byHelm(configMap('feed-settings', { STOCK_URL: 'http://stock:9090' }), 'kubectl-edit', { 'f:data': { 'f:STOCK_URL': {} } })));
    expect(found).toMatchObject([{ remedy: { kind: 'kubectl.configmap_key', value: 'http://stock:8080' } }]);
  });
});
