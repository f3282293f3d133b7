import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClusterClient } from '../../../../playground/cluster/client.ts';
import { inNetwork } from '../../../../playground/cluster/network/in-network.ts';
import { createNetworkPolicies } from '../../../../playground/cluster/network/policies.ts';
import { servicePorts } from '../../../../playground/cluster/network/services/service-ports.ts';
import type { ObjectOf } from '../../../../playground/cluster/objects/object.ts';

type Pod = ObjectOf<'pods'>;
type Policy = ObjectOf<'networkpolicies.networking.k8s.io'>;

const meta = (name: string, namespace: string, labels: Record<string, string> = {}) => ({ name, namespace, labels, uid: name, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' });
const pod = (name: string, namespace: string, labels: Record<string, string>, podIP = '127.208.0.30'): Pod => ({
  apiVersion: 'v1', kind: 'Pod', metadata: meta(name, namespace, labels), spec: { containers: [{ name, ports: [{ name: 'web', containerPort: 8080 }] }] }, status: { podIP },
});
const policy = (spec: NonNullable<Policy['spec']>, namespace = 'shop'): Policy => ({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: meta('policy', namespace), spec });

function policiesOf(policies: Policy[]) {
  const client = {
    list: (_resource: string, { namespace }: { namespace?: string } = {}) => policies.filter(({ metadata }) => metadata.namespace === namespace),
    get: (_resource: string, _namespace: string | undefined, name: string) => ({ metadata: { labels: { 'kubernetes.io/metadata.name': name } } }),
  };
  return createNetworkPolicies(client as unknown as ClusterClient);
}

const cart = pod('cart', 'shop', { app: 'cart' });
const payments = pod('payments', 'shop', { app: 'payments' }, '127.208.0.31');
const stranger = pod('stranger', 'other', { app: 'cart' }, '127.208.0.32');
const to = (port: number, from: Pod | undefined = cart, target: Pod | undefined = payments) => ({ from, to: target, toAddress: target?.status?.podIP ?? '127.0.0.1', port, protocol: 'TCP' as const });

describe('network policies', () => {
  it('let everything through that no policy selects', () => {
    expect(policiesOf([]).allows(to(8080))).toBe(true);
    expect(policiesOf([policy({ podSelector: { matchLabels: { app: 'other' } }, policyTypes: ['Ingress'] })]).allows(to(8080))).toBe(true);
  });

  it('close what they select, but for what a rule names', () => {
    const ingress = policiesOf([
      policy({ podSelector: {}, policyTypes: ['Ingress'] }),
      policy({ podSelector: { matchLabels: { app: 'payments' } }, policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: { matchLabels: { app: 'cart' } } }], ports: [{ port: 'web' }] }] }),
    ]);
    expect(ingress.allows(to(8080))).toBe(true);
    expect(ingress.allows(to(9090))).toBe(false);
    expect(ingress.allows(to(8080, stranger))).toBe(false);
    expect(ingress.allows(to(8080, payments, cart))).toBe(false);
  });

  it('choose namespaces by label, and addresses by block', () => {
    const byNamespace = policiesOf([policy({ podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'other' } } }] }] })]);
    expect(byNamespace.allows(to(1, stranger))).toBe(true);
    expect(byNamespace.allows(to(1))).toBe(false);
    const byBlock = policiesOf([policy({ podSelector: {}, policyTypes: ['Egress'], egress: [{ to: [{ ipBlock: { cidr: '127.208.0.0/16', except: ['127.208.0.31/32'] } }] }] })]);
    expect(byBlock.allows(to(1))).toBe(false);
    expect(byBlock.allows(to(1, cart, stranger))).toBe(true);
  });

  it('never stop what comes from outside the pods', () => {
    const deny = policiesOf([policy({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] })]);
    expect(deny.allows({ ...to(8080), from: undefined })).toBe(true);
    expect(deny.allows(to(8080))).toBe(false);
  });

  it('a rule more never closes anything', () => {
    const labels = fc.record({ app: fc.constantFrom('cart', 'payments') });
    const rule = fc.record({ from: fc.array(fc.record({ podSelector: fc.record({ matchLabels: labels }) }), { maxLength: 2 }), ports: fc.array(fc.record({ port: fc.integer({ min: 1, max: 3 }) }), { maxLength: 2 }) });
    fc.assert(fc.property(fc.array(rule, { maxLength: 3 }), rule, fc.integer({ min: 1, max: 3 }), (rules, more, port) => {
      const before = policiesOf([policy({ podSelector: {}, policyTypes: ['Ingress'], ingress: rules })]).allows(to(port));
      const after = policiesOf([policy({ podSelector: {}, policyTypes: ['Ingress'], ingress: [...rules, more] })]).allows(to(port));
      expect(!before || after).toBe(true);
    }));
  });
});

it('knows what is inside a network', () => {
  expect(inNetwork('10.1.2.3', '10.1.0.0/16')).toBe(true);
  expect(inNetwork('10.2.2.3', '10.1.0.0/16')).toBe(false);
  expect(inNetwork('200.1.2.3', '0.0.0.0/0')).toBe(true);
  expect(inNetwork('10.1.2.3', '10.1.2.3')).toBe(true);
  expect(inNetwork('nonsense', '10.0.0.0/8')).toBe(false);
});

it('offers ready endpoints, those that end when none is ready, and nothing for headless services', () => {
  const service = (clusterIP: string) => ({ apiVersion: 'v1', kind: 'Service', metadata: meta('cart', 'shop'), spec: { clusterIP, ports: [{ name: 'http', port: 80, protocol: 'TCP' }] } });
  const slice = (ready: boolean) => ({
    apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: meta('cart-x', 'shop', { 'kubernetes.io/service-name': 'cart' }), addressType: 'IPv4', ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: [{ addresses: ['127.208.0.40'], conditions: { ready, serving: ready, terminating: false } }, { addresses: ['127.208.0.41'], conditions: { ready: false, serving: true, terminating: true } }],
  });
  expect(servicePorts([service('127.96.0.9')], [slice(true)], [])).toMatchObject([{ key: '127.96.0.9:80/TCP', backends: [{ address: '127.208.0.40', port: 8080 }] }]);
  expect(servicePorts([service('127.96.0.9')], [slice(false)], [])[0]?.backends).toEqual([{ address: '127.208.0.41', port: 8080 }]);
  expect(servicePorts([service('None')], [slice(true)], [])).toEqual([]);
});
