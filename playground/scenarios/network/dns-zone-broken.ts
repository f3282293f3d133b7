/** The cluster's DNS lost its own zone: no service finds any other, and everything alerts at once. */
import { errorRate, page, person, toldBy } from '../kit/asks.ts';
import { changeCorefile, corefileIsPlain, corefileObject, withPlugin } from '../kit/corefile.ts';
import { failsUsers, serves, takesOrders } from '../kit/shop.ts';
import { deletePods, replacePods, rolledOut } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

const mistakes = {
  zone: (text: string, word: string) => text.replace('kubernetes cluster.local ', `kubernetes ${word} `),
  rewrite: (text: string, word: string) => withPlugin(text, [`rewrite name suffix .svc.cluster.local .svc.${word}`]),
  template: (text: string, _word: string) => withPlugin(text, ['template IN ANY svc.cluster.local {', '   rcode NXDOMAIN', '}']),
} as const;

export const scenario = defineScenario({
  id: 'dns-zone-broken',
  title: 'The cluster DNS does not answer for its own zone',
  category: 'network',
  difficulty: 'cascading',
  tags: ['cascade'],
  parameters: (random) => ({
    mistake: random.pick(Object.keys(mistakes) as (keyof typeof mistakes)[]),
    word: random.pick(['cluster.internal', 'cluster.locale', 'k8s.local', 'prod.local']),
    first: random.pick(['frontend', 'checkout', 'cart'] as const),
    voice: random.integer(0, 2),
    share: random.integer(60, 100) / 100,
  }),
  prepare: async (world) => world.declare.namespace('kube-system', { changes: true }),
  alert: ({ first, voice, share }, { namespace }) => toldBy(voice, [
    errorRate(namespace, first, share),
    page(first, 'Several services of the shop fail at once'),
    person(`half of ${namespace} is red, it began with ${first} and spreads. Nobody deployed anything.`),
  ]),
  inject: async (world, { mistake, word }) => {
    await changeCorefile(world, (text) => mistakes[mistake](text, word));
    for (const service of ['frontend', 'checkout', 'cart']) await deletePods(world, service);
  },
  symptom: async (world) => await failsUsers(world, 'checkout') && failsUsers(world, 'frontend'),
  oracle: async (world) => [
    ...(await corefileIsPlain(world)),
    await rolledOut(world, 'checkout'),
    await rolledOut(world, 'cart'),
    await serves(world, 'frontend'),
    await serves(world, 'cart'),
    await takesOrders(world),
  ],
  relapse: { provoke: (world) => replacePods(world, 'cart') },
  allowed: () => [corefileObject],
  forbidden: () => [{ reason: 'the programs have nothing to do with it', objects: ['deployments.apps/*', 'configmaps/orders-db-client'] }],
  truth: ({ first }) => ({
    outcome: 'repair', root: ['configmap/coredns', 'deployment/coredns'], mechanisms: ['dns-misconfigured'],
    chain: ['configmap/coredns', 'deployment/checkout', 'deployment/cart', 'deployment/frontend'].filter((one) => one !== `deployment/${first}`).concat(`deployment/${first}`),
  }),
  repair: (world) => changeCorefile(world, (text) => text
    .replace(/kubernetes \S+ in-addr/, 'kubernetes cluster.local in-addr')
    .replace(/^ +rewrite name suffix .*\n/m, '')
    .replace(/^ +template IN ANY svc\.cluster\.local \{\n +rcode NXDOMAIN\n +\}\n/m, '')),
  hide: (world) => replacePods(world, 'checkout'),
});
