import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startEndpointMirroring } from '../../../../../playground/cluster/controllers/cluster/endpoint-mirroring.ts';
import { startEndpointSlices } from '../../../../../playground/cluster/controllers/cluster/endpoint-slices.ts';
import { startEndpoints } from '../../../../../playground/cluster/controllers/cluster/endpoints.ts';
import type { Endpoint, EndpointSubset, ServiceSpec } from '../../../../../playground/cluster/objects/types.ts';
import { waitFor } from '../../../../support/wait-for.ts';
import { createParts, settingsFor, type Parts } from './parts.ts';

let parts: Parts;
let stops: { stop(): void }[];

beforeEach(() => {
  parts = createParts();
  stops = [startEndpoints, startEndpointSlices, startEndpointMirroring].map((start) => start(parts.client, settingsFor(parts)));
});
afterEach(() => {
  for (const part of [...stops, parts]) part.stop();
});

const service = (name: string, spec: ServiceSpec): void => void parts.client.create('services', { metadata: { name, namespace: 'shop' }, spec: { clusterIP: '127.96.0.20', ...spec } });
const subsets = (name: string): EndpointSubset[] => parts.client.get('endpoints', 'shop', name)?.subsets ?? [];
const slices = (name: string) => parts.client.list('endpointslices.discovery.k8s.io', { namespace: 'shop', labels: { 'kubernetes.io/service-name': name } });
const endpoints = (name: string): Endpoint[] => slices(name).flatMap((slice) => slice.endpoints ?? []);

describe('endpoints', () => {
  test('a service nobody answers for has empty ones', async () => {
    service('catalog', { selector: { app: 'catalogue' }, ports: [{ port: 80, targetPort: 8080 }] });
    await waitFor('both', () => parts.client.get('endpoints', 'shop', 'catalog') !== undefined && slices('catalog').length === 1);
    expect(subsets('catalog')).toEqual([]);
    expect(endpoints('catalog')).toEqual([]);
  });

  test('follow readiness, labels and the end of pods', async () => {
    service('catalog', { selector: { app: 'catalog' }, ports: [{ port: 80, targetPort: 8080 }] });
    const pod = parts.pod('catalog-1', { labels: { app: 'catalog' }, spec: { nodeName: 'node1' } });
    parts.run('catalog-1', '127.244.0.59', false);
    await waitFor('an address that is not ready', () => subsets('catalog')[0]?.notReadyAddresses !== undefined && endpoints('catalog').length === 1);
    const address = { ip: '127.244.0.59', nodeName: 'node1', targetRef: { kind: 'Pod', name: 'catalog-1', namespace: 'shop', uid: pod.metadata.uid } };
    expect(subsets('catalog')).toEqual([{ notReadyAddresses: [address], ports: [{ port: 8080, protocol: 'TCP' }] }]);
    expect(parts.client.get('endpoints', 'shop', 'catalog')?.metadata).toMatchObject({ labels: { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' } });
    const [slice] = slices('catalog');
    expect(slice).toMatchObject({
      addressType: 'IPv4', ports: [{ name: '', port: 8080, protocol: 'TCP' }],
      metadata: { generateName: 'catalog-', labels: { 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io', 'kubernetes.io/service-name': 'catalog' }, ownerReferences: [{ kind: 'Service', name: 'catalog', controller: true }] },
    });
    expect(slice?.metadata.name).toMatch(/^catalog-[a-z0-9]{5}$/);
    expect(endpoints('catalog')).toEqual([{ addresses: ['127.244.0.59'], conditions: { ready: false, serving: false, terminating: false }, nodeName: 'node1', targetRef: address.targetRef }]);

    parts.run('catalog-1', '127.244.0.59', true);
    await waitFor('a ready address', () => subsets('catalog')[0]?.addresses?.length === 1 && endpoints('catalog')[0]?.conditions?.ready === true);
    expect(slices('catalog').map(({ metadata }) => metadata.uid)).toEqual([slice?.metadata.uid]);

    parts.client.modify('pods', 'shop', 'catalog-1', (copy) => {
      copy.metadata.labels = { app: 'other' };
    });
    await waitFor('nobody', () => subsets('catalog').length === 0 && endpoints('catalog').length === 0);
  });

  test('named ports are each pod’s own, headless services publish who is not ready when asked to', async () => {
    service('queue', { clusterIP: 'None', publishNotReadyAddresses: true, selector: { app: 'queue' }, ports: [{ name: 'amqp', port: 5672, targetPort: 'amqp' }] });
    for (const [name, port] of [['queue-0', 5672], ['queue-1', 5673]] as const) {
      parts.pod(name, { labels: { app: 'queue' }, spec: { hostname: name, subdomain: 'queue', containers: [{ name: 'main', image: 'x', ports: [{ name: 'amqp', containerPort: port, protocol: 'TCP' }] }] } });
      parts.run(name, `127.244.0.${port - 5600}`, false);
    }
    await waitFor('both pods', () => subsets('queue').length === 2 && slices('queue').filter((slice) => (slice.endpoints ?? []).length > 0).length === 2);
    expect(subsets('queue').map(({ addresses, ports }) => [addresses?.[0]?.hostname, ports])).toEqual([
      ['queue-0', [{ name: 'amqp', port: 5672, protocol: 'TCP' }]], ['queue-1', [{ name: 'amqp', port: 5673, protocol: 'TCP' }]],
    ]);
    expect(endpoints('queue').every(({ conditions }) => conditions?.ready === true && conditions.serving === false)).toBe(true);
    expect(parts.client.get('endpoints', 'shop', 'queue')?.metadata.labels).toMatchObject({ 'service.kubernetes.io/headless': '' });
  });

  test('a terminating pod serves but is not ready', async () => {
    service('cart', { selector: { app: 'cart' }, ports: [{ port: 80 }] });
    parts.client.create('pods', { metadata: { name: 'cart-1', namespace: 'shop', labels: { app: 'cart' }, finalizers: ['example.com/hold'] }, spec: { containers: [{ name: 'main', image: 'x' }] } });
    parts.run('cart-1', '127.244.0.60', true);
    await waitFor('it is ready', () => subsets('cart')[0]?.addresses?.length === 1);
    parts.client.delete('pods', 'shop', 'cart-1');
    await waitFor('it is left out', () => subsets('cart').length === 0 && endpoints('cart')[0]?.conditions?.terminating === true);
    expect(endpoints('cart')[0]?.conditions).toEqual({ ready: false, serving: true, terminating: true });
  });

  test('those written by hand for a service without a selector are mirrored, and only they', async () => {
    service('legacy', { ports: [{ port: 5432 }] });
    parts.client.create('endpoints', { metadata: { name: 'legacy', namespace: 'shop' }, subsets: [{ addresses: [{ ip: '127.0.0.9' }], notReadyAddresses: [{ ip: '127.0.0.10' }], ports: [{ port: 5432, protocol: 'TCP' }] }] });
    await waitFor('the mirror', () => endpoints('legacy').length === 2);
    expect(endpoints('legacy')).toEqual([{ addresses: ['127.0.0.9'], conditions: { ready: true } }, { addresses: ['127.0.0.10'], conditions: { ready: false } }]);
    expect(slices('legacy')).toMatchObject([{ metadata: { labels: { 'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io' }, ownerReferences: [{ kind: 'Endpoints', name: 'legacy' }] } }]);
    expect(subsets('legacy')[0]?.addresses).toEqual([{ ip: '127.0.0.9' }]);
    parts.client.delete('endpoints', 'shop', 'legacy');
    await waitFor('no mirror', () => slices('legacy').length === 0);
  });
});
