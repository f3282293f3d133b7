import { describe, expect, test } from 'vitest';
import type { NetworkPolicy, PolicyPeer, PolicyRule } from '../../../src/rules/cluster-readings.ts';
import { judge } from '../../../src/tools/kubectl/policy-verdict.ts';
import type { Party } from '../../../src/tools/kubectl/policy-verdict.ts';

const party = (name: string, more: Partial<Party> = {}): Party => ({ title: name, labels: { app: name }, namespace: 'shop', addresses: ['10.0.0.7'], ...more });
const selector = (labels: Record<string, string>, expressions: { key: string; operator: string; values: string[] }[] = []): { labels: Record<string, string>; expressions: typeof expressions } => ({ labels, expressions });
const policy = (name: string, rules: PolicyRule[], pods = selector({ app: 'store' })): NetworkPolicy => ({ name, pods, ingress: rules, changes: [] });
const from = (...peers: PolicyPeer[]): PolicyRule => ({ peers, ports: [] });
const http = { number: 8080, name: 'http', protocol: 'TCP' };
const ask = (policies: NetworkPolicy[], other = party('front'), port = http): boolean | undefined => judge('ingress', policies, party('store'), other, port).allowed;

describe('ingress', () => {
  test.each<[string, NetworkPolicy[], boolean | undefined]>([
    ['no policy', [], true],
    ['a policy of other pods', [policy('p', [], selector({ app: 'other' }))], true],
    ['a policy of egress alone', [{ name: 'p', pods: selector({}), egress: [], changes: [] }], true],
    ['an empty one', [policy('p', [], selector({}))], false],
    ['anybody', [policy('p', [{ peers: [], ports: [] }])], true],
    ['its label', [policy('p', [from({ pods: selector({ app: 'front' }) })])], true],
    ['another label', [policy('p', [from({ pods: selector({ app: 'frnt' }) })])], false],
    ['one of two that allows', [policy('deny', [], selector({})), policy('allow', [from({ pods: selector({}) })])], true],
    ['an expression', [policy('p', [from({ pods: selector({}, [{ key: 'app', operator: 'In', values: ['cart', 'front'] }]) })])], true],
    ['another port', [policy('p', [{ peers: [], ports: [{ port: 80, protocol: 'TCP' }] }])], false],
    ['a named port', [policy('p', [{ peers: [], ports: [{ port: 'http', protocol: 'TCP' }] }])], true],
    ['a range of ports', [policy('p', [{ peers: [], ports: [{ port: 8000, endPort: 8100, protocol: 'TCP' }] }])], true],
    ['another protocol', [policy('p', [{ peers: [], ports: [{ port: 8080, protocol: 'UDP' }] }])], false],
    ['its namespace by name', [policy('p', [from({ namespaces: selector({ 'kubernetes.io/metadata.name': 'shop' }) })])], true],
    ['another namespace, same label', [policy('p', [from({ namespaces: selector({ 'kubernetes.io/metadata.name': 'lab' }), pods: selector({ app: 'front' }) })])], false],
    ['a label of the namespace that was not read', [policy('p', [from({ namespaces: selector({ team: 'shop' }) })])], undefined],
    ['a label of the namespace, and another label of the pod', [policy('p', [from({ namespaces: selector({ team: 'shop' }), pods: selector({ app: 'cart' }) })])], false],
    ['its address', [policy('p', [from({ addresses: '10.0.0.0/24' })])], true],
    ['its address left out', [policy('p', [from({ addresses: '10.0.0.0/24', except: ['10.0.0.7/32'] })])], false],
    ['nonsense for addresses', [policy('p', [from({ addresses: 'x/99' })])], false],
  ])('%s', (_what, policies, allowed) => expect(ask(policies)).toBe(allowed));

  test('pods of another namespace are meant only when the rule says so', () => {
    const other = party('front', { namespace: 'lab' });
    expect(ask([policy('p', [from({ pods: selector({ app: 'front' }) })])], other)).toBe(false);
    expect(ask([policy('p', [from({ pods: selector({ app: 'front' }), namespaces: selector({}) })])], other)).toBe(true);
  });

  test('says what each policy allows instead', () => {
    expect(judge('ingress', [policy('p', [from({ pods: selector({ app: 'frnt' }) })])], party('store'), party('front'), http).lines)
      .toEqual(['the one policy on ingress of store does not allow front on TCP 8080 (http):', 'p (for pods app=store) allows pods app=frnt on any port']);
  });
});
