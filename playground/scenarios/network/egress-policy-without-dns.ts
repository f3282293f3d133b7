/** A policy that limits where a service may connect to forgot the cluster's DNS: every name lookup hangs. */
import { stringify } from 'yaml';
import { holds } from '../kit/checks.ts';
import { missed } from '../kit/complaints.ts';
import { type EgressRule, editPolicy, named, policiesAllow } from '../kit/policies.ts';
import { failsUsers, serves, takesOrders } from '../kit/shop.ts';
import { deletePods, replacePods, rolledOut } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

const dns = { labels: { 'k8s-app': 'kube-dns' }, namespace: 'kube-system' };
const toSystem = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } };
const toShop: EgressRule = { to: [{ podSelector: {} }] };
type Protocol = 'TCP' | 'UDP';
const dnsRule = (port: number, protocols: readonly Protocol[]): EgressRule => ({ to: [toSystem], ports: protocols.map((protocol) => ({ port, protocol })) });

const mistakes = {
  'no rule for DNS': [toShop],
  'TCP only': [toShop, dnsRule(53, ['TCP'])],
  'another port': [toShop, dnsRule(5353, ['UDP', 'TCP'])],
} satisfies Record<string, EgressRule[]>;

const manifest = (service: string, egress: readonly EgressRule[]): string => stringify({
  apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy',
  metadata: { name: `${service}-egress`, labels: { 'app.kubernetes.io/part-of': 'shop' }, annotations: { 'shop.example/purpose': `${service} may connect to the shop and to nothing outside. Owner: platform security.` } },
  spec: { podSelector: { matchLabels: { 'app.kubernetes.io/name': service } }, policyTypes: ['Egress'], egress },
});
const right = (service: string): string => manifest(service, [toShop, dnsRule(53, ['UDP', 'TCP'])]);

export const scenario = defineScenario({
  id: 'egress-policy-without-dns',
  title: 'An egress policy leaves out DNS',
  category: 'network',
  difficulty: 'multi-hop',
  parameters: (random) => ({
    service: random.pick(['cart', 'checkout', 'payments', 'catalog'] as const),
    mistake: random.pick(Object.keys(mistakes) as (keyof typeof mistakes)[]),
    voice: random.integer(0, 2),
    share: random.integer(40, 100) / 100,
  }),
  prepare: (world, { service }) => world.cluster.apply(right(service)),
  alert: ({ service, voice, share }, { namespace }) => missed(service, { voice, share, namespace }),
  inject: async (world, { service, mistake }) => {
    await editPolicy(world, `${service}-egress`, (spec) => void (spec.egress = structuredClone(mistakes[mistake])));
    // What was looked up already goes on.
    await deletePods(world, service);
  },
  symptom: (world, { service }) => failsUsers(world, service),
  oracle: async (world, { service, mistake }) => [
    // What was let through all the time must stay so; of what nobody can see any more, the protocol of lookups is enough.
    ...(await Promise.all((mistake === 'TCP only' ? ['UDP', 'TCP'] as const : ['UDP'] as const).map(async (protocol) => holds(`${service} reaches DNS over ${protocol}`, await policiesAllow(world, named(service), dns, 53, protocol), 'by the policies there are')))),
    holds('the policy is there', await world.cluster.get('networkpolicies.networking.k8s.io', `${service}-egress`) !== undefined, `${service}-egress`),
    ...(await Promise.all([named('anything', 'default'), { labels: {}, namespace: 'kube-public' }].map(async (outside) =>
      holds(`${service} does not reach ${outside.namespace}`, !(await policiesAllow(world, named(service), outside, 443)), 'by the policies there are')))),
    await rolledOut(world, service),
    await serves(world, service),
    await takesOrders(world),
  ],
  relapse: { provoke: (world, { service }) => replacePods(world, service) },
  allowed: ({ service }) => [`networkpolicies.networking.k8s.io/${service}-egress`],
  forbidden: ({ service }) => [{ reason: 'addresses in place of names would hide it', objects: [`deployments.apps/${service}`, 'configmaps/orders-db-client'] }],
  truth: ({ service }) => ({ outcome: 'repair', root: [`networkpolicy/${service}-egress`], mechanisms: ['network-policy-blocks'], chain: [`networkpolicy/${service}-egress`, `deployment/${service}`, 'deployment/frontend'] }),
  repair: (world, { service }) => world.cluster.apply(right(service)),
  /** Without the policy everything works, and everything is allowed. */
  hide: (world, { service }) => world.cluster.remove('networkpolicies.networking.k8s.io', `${service}-egress`),
});
