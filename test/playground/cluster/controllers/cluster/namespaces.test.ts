import { afterEach, beforeEach, expect, test } from 'vitest';
import { startRootCertificates, startServiceAccounts } from '../../../../../playground/cluster/controllers/cluster/namespace-basics.ts';
import { startNamespaces } from '../../../../../playground/cluster/controllers/cluster/namespaces.ts';
import { waitFor } from '../../../../support/wait-for.ts';
import { createParts, settingsFor, type Parts } from './parts.ts';

let parts: Parts;
let stops: { stop(): void }[];

beforeEach(() => {
  parts = createParts();
  const settings = settingsFor(parts);
  stops = [startNamespaces(parts.client, settings), startServiceAccounts(parts.client, settings), startRootCertificates(parts.client, settings)];
});
afterEach(() => {
  for (const part of [...stops, parts]) part.stop();
});

const certificate = (namespace: string): string | undefined => parts.client.get('configmaps', namespace, 'kube-root-ca.crt')?.data?.['ca.crt'];

test('every namespace has a service account and the root certificate, also after somebody took them away', async () => {
  parts.client.create('namespaces', { metadata: { name: 'fresh' } });
  await waitFor('both', () => certificate('fresh') === 'PEM' && parts.client.get('serviceaccounts', 'fresh', 'default'));
  parts.client.delete('serviceaccounts', 'fresh', 'default');
  parts.client.modify('configmaps', 'fresh', 'kube-root-ca.crt', (copy) => {
    copy.data = {};
  });
  await waitFor('both again', () => certificate('fresh') === 'PEM' && parts.client.get('serviceaccounts', 'fresh', 'default'));
  expect(parts.lines).toEqual([]);
});

test('a namespace that ends waits for what holds on, says what, and takes everything along', async () => {
  await waitFor('the certificate', () => certificate('shop'));
  parts.client.create('configmaps', { metadata: { name: 'held', namespace: 'shop', finalizers: ['example.com/hold'] } });
  parts.client.create('secrets', { metadata: { name: 'plain', namespace: 'shop' } });
  parts.client.delete('namespaces', undefined, 'shop');
  const conditions = () => parts.client.get('namespaces', undefined, 'shop')?.status?.conditions ?? [];
  await waitFor('what remains', () => conditions().some(({ type, status }) => type === 'NamespaceFinalizersRemaining' && status === 'True'));
  expect(parts.client.get('namespaces', undefined, 'shop')?.status?.phase).toBe('Terminating');
  expect(parts.client.get('secrets', 'shop', 'plain')).toBeUndefined();
  expect(conditions().map(({ type, status, reason, message }) => [type, status, reason, message])).toEqual([
    ['NamespaceDeletionDiscoveryFailure', 'False', 'ResourcesDiscovered', 'All resources successfully discovered'],
    ['NamespaceDeletionGroupVersionParsingFailure', 'False', 'ParsedGroupVersions', 'All legacy kube types successfully parsed'],
    ['NamespaceDeletionContentFailure', 'False', 'ContentDeleted', 'All content successfully deleted, may be waiting on finalization'],
    ['NamespaceContentRemaining', 'True', 'SomeResourcesRemain', 'Some resources are remaining: configmaps. has 1 resource instances'],
    ['NamespaceFinalizersRemaining', 'True', 'SomeFinalizersRemain', 'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances'],
  ]);
  parts.client.modify('configmaps', 'shop', 'held', ({ metadata }) => {
    metadata.finalizers = [];
  });
  await waitFor('it is gone', () => parts.client.get('namespaces', undefined, 'shop') === undefined);
  expect(parts.client.list('configmaps', { namespace: 'shop' })).toEqual([]);
});
