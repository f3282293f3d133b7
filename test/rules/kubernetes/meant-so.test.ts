import { describe, expect, test } from 'vitest';
import { detectAll } from '../../../src/rules/detect-all.ts';
import type { FindingBody } from '../../../src/incident/types.ts';
import { targets } from '../readings-support.ts';
import { deployment, findings, read, service, well } from './objects.ts';

type Json = Record<string, unknown>;

describe('a workload at zero that nothing counts on', () => {
  const stopped = (annotations: Json): Json[] => deployment('gifts', [{}], { replicas: 0, available: [0] }).map((one) => (one['kind'] === 'Deployment' ? { ...one, metadata: { ...(one['metadata'] as Json), annotations } } : one));

  test('is told with the words that somebody left on it, and is not started', async () => {
    const [only, ...others] = await findings(stopped({ 'ops.example/maintenance': 'scaled to 0 on purpose until Monday: moving', 'ops.example/owner': '@kim' }));
    expect(others).toEqual([]);
    expect(only).toMatchObject({ severity: 'info', mechanism: 'scaled-to-zero-on-purpose', title: expect.stringContaining('until Monday: moving') as string, explanation: expect.stringContaining('@kim') as string });
    expect(only).not.toHaveProperty('remedy');
    expect(only?.quotes.length).toBeGreaterThan(1);
  });
  test('without such words it is nobody\'s business', async () => {
    expect(await findings(stopped({ 'ops.example/owner': '@kim' }))).toEqual([]);
  });
});

describe('a caller of another namespace', () => {
  const policy = (from: Json[], more: { annotations?: Json; noted?: Json[] } = {}): Json => ({
    kind: 'NetworkPolicy',
    metadata: { name: 'ledger', annotations: { ...more.annotations, ...(more.noted === undefined ? {} : { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ spec: { ingress: [{ from: more.noted }] } }) }) } },
    spec: { podSelector: { matchLabels: { app: 'ledger' } }, ingress: [{ from }] },
  });
  const own = { podSelector: { matchLabels: { app: 'web' } } };
  const guests = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'reports' } } };
  const seen = async (rule: Json): Promise<FindingBody[]> => {
    const parts = { environment: { LEDGER_URL: 'http://ledger.shop.svc.cluster.local:8080' } };
    const [shop, other] = await Promise.all([read([...deployment('ledger', [{}], { available: [1] }), well('ledger'), ...service('ledger'), rule]), read([...deployment('export', [parts], { available: [1] }), well('export', { parts })])]);
    const [cluster, space] = [shop.clusters?.[0], other.clusters?.[0]?.namespaces[0]];
    if (cluster === undefined || space === undefined) throw new Error('no cluster was read');
    cluster.namespaces.push({ ...space, namespace: 'reports' });
    return detectAll(shop, targets()).map(({ finding }) => finding).filter(({ mechanism }) => mechanism === 'network-policy-keeps-out');
  };

  test('whom no policy lets in is told so, with what the policy says of itself, and nothing is opened', async () => {
    const [only, ...others] = await seen(policy([own], { annotations: { 'sec.example/intent': 'card data: only web may call' } }));
    expect(others).toEqual([]);
    expect(only).toMatchObject({ severity: 'info', resource: 'networkpolicy/shop/ledger', title: 'NetworkPolicy ledger keeps export of namespace reports out of ledger', explanation: expect.stringContaining('"card data: only web may call"') as string });
    expect(only).not.toHaveProperty('remedy');
    expect(only?.quotes).toHaveLength(2);
  });
  test.each([
    ['its namespace is let in', policy([own, guests])],
    ['everybody is', policy([])],
    ['some namespaces are, by labels that are not read', policy([{ namespaceSelector: { matchLabels: { team: 'data' } } }])],
    ['it was, as last applied: that is a change, not a decision', policy([own], { noted: [own, guests] })],
  ])('is no matter where %s', async (_, rule) => {
    expect(await seen(rule)).toEqual([]);
  });
});
