/** The cluster's DNS says that one service does not exist. The service itself is fine. */
import { missed } from '../kit/complaints.ts';
import { changeCorefile, corefileIsPlain, corefileObject, withPlugin } from '../kit/corefile.ts';
import { failsUsers, serves, takesOrders } from '../kit/shop.ts';
import { replacePods } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

const callers = { payments: 'checkout', shipping: 'checkout', checkout: 'frontend', cart: 'frontend' } as const;

export const scenario = defineScenario({
  id: 'dns-denies-one-service',
  title: 'The cluster DNS denies that a service exists',
  category: 'network',
  difficulty: 'misleading',
  tags: ['misleading'],
  parameters: (random) => ({
    denied: random.pick(Object.keys(callers) as (keyof typeof callers)[]),
    how: random.pick(['template', 'rewrite'] as const),
    former: random.pick(['legacy', 'old', 'dc1', 'blue']),
    voice: random.integer(0, 2),
    share: random.integer(40, 90) / 100,
  }),
  prepare: async (world) => world.declare.namespace('kube-system', { changes: true }),
  alert: ({ denied, voice, share }, { namespace }) => missed(denied, { voice, share, namespace }),
  inject: async (world, { denied, how, former }) => {
    const zone = `${world.namespace}.svc.cluster.local`;
    const lines = how === 'template' ? [`template IN ANY ${denied}.${zone} {`, '   rcode NXDOMAIN', '}'] : [`rewrite name exact ${denied}.${zone} ${denied}-${former}.${zone}`];
    await changeCorefile(world, (text) => withPlugin(text, lines));
    // Connections that stand need no name.
    await replacePods(world, callers[denied]);
  },
  symptom: (world, { denied }) => failsUsers(world, callers[denied], denied),
  oracle: async (world, { denied }) => [...(await corefileIsPlain(world)), await serves(world, denied), await serves(world, callers[denied], denied), await takesOrders(world)],
  relapse: { provoke: (world, { denied }) => replacePods(world, callers[denied]) },
  allowed: () => [corefileObject],
  forbidden: ({ denied }) => [{ reason: 'addresses in the place of names hide it', objects: [`deployments.apps/${callers[denied]}`, `deployments.apps/${denied}`, `services/${denied}`], command: /hostAliases/ }],
  truth: ({ denied }) => ({
    outcome: 'repair', root: ['configmap/coredns', 'deployment/coredns'], mechanisms: ['dns-misconfigured'],
    chain: ['configmap/coredns', `deployment/${callers[denied]}`, ...(callers[denied] === 'checkout' ? ['deployment/frontend'] : [])],
  }),
  repair: (world, { denied }) => changeCorefile(world, (text) => text.replace(new RegExp(`^ +(template IN ANY|rewrite name exact) ${denied}\\..*\\n( +rcode NXDOMAIN\\n +\\}\\n)?`, 'm'), '')),
  hide: (world, { denied }) => replacePods(world, denied),
});
