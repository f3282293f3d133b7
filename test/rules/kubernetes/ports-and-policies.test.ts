import { expect, test } from 'vitest';
import type { FindingBody } from '../../../src/incident/types.ts';
import { broken, service as serviceReading, silent, times } from '../readings-support.ts';
import { ago, deployment, findings, service, well } from './objects.ts';

const parts = { port: { name: 'http', port: 8080 } };
const edited = [{ manager: 'kubectl-edit', operation: 'Update', time: ago(60), fieldsV1: { 'f:spec': { 'f:ports': { 'k:{"port":8080,"protocol":"TCP"}': { 'f:targetPort': {} } } } } }];
const objects = (target: string | number, lets: Record<string, unknown> = { port: 8080, protocol: 'TCP' }): Record<string, unknown>[] => [
  ...deployment('web', [{ environment: { API_URL: 'http://api:8080' } }], { available: [1] }), well('web', { parts: { environment: { API_URL: 'http://api:8080' } } }), ...service('web'),
  ...deployment('api', [parts], { available: [1] }), well('api', { parts }), ...service('api', { target }).map((one) => (one['kind'] === 'Service' ? { ...one, metadata: { name: 'api', managedFields: edited } } : one)),
  { kind: 'NetworkPolicy', metadata: { name: 'api' }, spec: { podSelector: { matchLabels: { app: 'api' } }, ingress: [{ from: [{ podSelector: { matchLabels: { app: 'web' } } }], ports: [lets] }] } },
];
const services = [serviceReading('web', { samples: times(6, broken('api did not answer within 2000 ms', 502)), dependsOn: ['api'] }), serviceReading('api', { samples: times(6, silent()) })];
const causes = (found: readonly FindingBody[]): string[] => found.filter(({ severity, blames, mechanism }) => severity !== 'info' && blames === undefined && !mechanism.startsWith('checks-')).map(({ resource, mechanism }) => `${resource} ${mechanism}`);

test.each(['grpc', 9090])('a Service that sends to %s, where its pods offer http 8080 and their policy lets callers in at that, is the odd one out', async (target) => {
  const found = await findings(objects(target), { services }, [{ name: 'web', dependsOn: ['api'] }, { name: 'api' }]);
  expect(causes(found)).toEqual(['kube-service/shop/api target-port-missing']);
  expect(found.find(({ resource }) => resource === 'kube-service/shop/api')).toMatchObject({ remedy: { kind: 'kubectl.patch', patch: expect.stringContaining('"value":"http"') as string } });
});
test('a policy that lets callers in at another port than the pods offer blocks them', async () => {
  expect(causes(await findings(objects('http', { port: 9090, protocol: 'TCP' }), { services }, [{ name: 'web', dependsOn: ['api'] }, { name: 'api' }]))).toEqual(['networkpolicy/shop/api network-policy-blocks-caller']);
});
test('a port that no container names is nobody\'s fault while everything answers', async () => {
  const calm = [serviceReading('web', { dependsOn: ['api'] }), serviceReading('api')];
  expect(causes(await findings(objects(9090), { services: calm }, [{ name: 'web', dependsOn: ['api'] }, { name: 'api' }]))).toEqual([]);
});
