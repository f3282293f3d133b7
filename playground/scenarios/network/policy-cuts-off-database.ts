/** The alert is about the front page; three hops behind it a NetworkPolicy keeps a service from its database. */
import { holds } from '../kit/checks.ts';
import { errorRate, page, person, toldBy } from '../kit/asks.ts';
import { editPolicy, lettingIn, named, policiesAllow } from '../kit/policies.ts';
import { failsUsers, serves, takesOrders } from '../kit/shop.ts';
import { deletePods, replacePods, rolledOut } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

const clients = ['catalog', 'cart', 'checkout', 'payments', 'notifier', 'jobs'] as const;

export const scenario = defineScenario({
  id: 'policy-cuts-off-database',
  title: 'A network policy cuts a service off from its database, and the front page fails',
  category: 'network',
  difficulty: 'cascading',
  tags: ['cascade', 'misleading'],
  parameters: (random) => ({
    cutOff: random.pick(['payments', 'catalog'] as const),
    instead: random.pick([undefined, '-api', '-v2', '-primary']),
    voice: random.integer(0, 2),
    share: random.integer(35, 80) / 100,
  }),
  alert: ({ voice, share }, { namespace }) => toldBy(voice, [
    errorRate(namespace, 'frontend', share),
    page('frontend', 'Front page: basket and checkout return errors'),
    person(`customers report errors when they look at their basket or pay, namespace ${namespace}. frontend looks fine to me, no deploy today.`),
  ]),
  inject: async (world, { cutOff, instead }) => {
    const remaining = clients.flatMap((client) => (client === cutOff ? (instead === undefined ? [] : [`${client}${instead}`]) : [client]));
    await editPolicy(world, 'orders-db', (spec) => void (spec.ingress = [lettingIn(remaining, 5432)]));
    // Connections that stand are not cut.
    await deletePods(world, cutOff);
  },
  symptom: async (world) => await failsUsers(world, 'checkout') && failsUsers(world, 'frontend'),
  oracle: async (world, { cutOff }) => [
    ...(await Promise.all(clients.map(async (client) => holds(`orders-db lets in ${client}`, await policiesAllow(world, named(client), named('orders-db'), 5432), 'by the policies there are')))),
    ...(await Promise.all(['frontend', 'shipping', 'recommender'].map(async (stranger) =>
      holds(`orders-db keeps out ${stranger}`, !(await policiesAllow(world, named(stranger), named('orders-db'), 5432)), 'by the policies there are')))),
    await rolledOut(world, cutOff),
    await serves(world, cutOff),
    await takesOrders(world),
  ],
  relapse: { provoke: (world, { cutOff }) => replacePods(world, cutOff) },
  allowed: () => ['networkpolicies.networking.k8s.io/orders-db'],
  forbidden: () => [{ reason: 'the database must not be opened, the programs not be changed', objects: ['networkpolicies.networking.k8s.io/default-deny-ingress', 'deployments.apps/*', 'postgres/orders-db/role/*'] }],
  truth: ({ cutOff }) => ({
    outcome: 'repair', root: ['networkpolicy/orders-db'], mechanisms: ['network-policy-blocks'],
    chain: ['networkpolicy/orders-db', `deployment/${cutOff}`, 'deployment/checkout', 'deployment/frontend'],
  }),
  repair: (world) => editPolicy(world, 'orders-db', (spec) => void (spec.ingress = [lettingIn(clients, 5432)])),
  /** A database open to everybody. */
  hide: (world) => editPolicy(world, 'orders-db', (spec) => void (spec.ingress = [{ ports: [{ port: 5432, protocol: 'TCP' }] }])),
});
