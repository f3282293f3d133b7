/** The doors through which other people's words enter an incident. */
import { expect, test } from 'vitest';
import { clearAlert, clearFinding } from '../../src/incident/clear-of-secrets.ts';
import { createRedactor } from '../../src/redaction/redactor.ts';
import { storyFinding } from '../support/story.ts';
import { testAlert } from '../support/store.ts';

const { redact } = createRedactor({ knownSecrets: () => ['known-secret-of-ours'] });
const planted = ['pl4n', 'ted-Hunter2'].join('');

test('an alert keeps its words and loses secrets, in every field', async () => {
  const alert = await clearAlert(testAlert({ title: `login with password=${planted} fails`, description: `dsn postgres://app:${planted}@db/shop\nknown-secret-of-ours`, service: 'checkout', url: `https://grafana.example/d/1?token=${planted}`, labels: { severity: 'critical', api_key: planted } }), redact);
  expect(JSON.stringify(alert)).not.toContain(planted);
  expect(JSON.stringify(alert)).not.toContain('known-secret-of-ours');
  expect(alert).toMatchObject({ fingerprint: 'checkout-5xx', service: 'checkout', labels: { severity: 'critical', api_key: '[redacted]' }, startedAt: '2026-01-01T00:00:00.000Z' });
  expect(await clearAlert(testAlert(), redact)).toEqual(testAlert());
});

test.each([
  ['by its name', { kind: 'kubectl.configmap_key' as const, target: 'main', namespace: 'shop', name: 'checkout-config', key: 'DB_PASSWORD', value: planted }],
  ['by its form', { kind: 'kubectl.configmap_key' as const, target: 'main', namespace: 'shop', name: 'checkout-config', key: 'UPSTREAM', value: `https://u:${planted}@host/` }],
  ['of an operation', { kind: 'http.operation' as const, operation: 'set', parameters: { service: 'checkout', variable: 'API_TOKEN', value: planted } }],
])('a remedy that holds a secret %s is for a person', async (_how, remedy) => {
  const finding = await clearFinding(storyFinding({ remedy }), redact);
  expect(finding.remedy).toBeUndefined();
  expect(JSON.stringify(finding)).not.toContain(planted);
  expect(finding.explanation).toMatch(/a person must make it/);
});

test.each([
  { kind: 'kubectl.configmap_key' as const, target: 'main', namespace: 'shop', name: 'checkout-config', key: 'PAYMENTS_URL', value: 'http://payments:8080' },
  { kind: 'kubectl.rollout_undo' as const, target: 'main', namespace: 'shop', workload: 'deployment' as const, name: 'token-service', to_revision: 3 },
  { kind: 'postgres.create_index' as const, target: 'shop', schema: 'public', table: 'tokens', columns: ['token', 'password'] },
  { kind: 'http.operation' as const, operation: 'set', parameters: { service: 'checkout', variable: 'POOL_SIZE', value: '12' } },
  { kind: 'kubectl.patch' as const, target: 'main', namespace: 'shop', resource: 'networkpolicy' as const, name: 'secrets-in', type: 'merge' as const, patch: '{"spec":{"ingress":[{"from":[{"podSelector":{"matchLabels":{"app":"checkout"}}}]}]}}' },
])('an ordinary remedy stays: $kind', async (remedy) => {
  expect((await clearFinding(storyFinding({ remedy }), redact)).remedy).toEqual(remedy);
});
