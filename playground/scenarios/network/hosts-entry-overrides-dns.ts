/** A host alias in a pod template gives an old address for a service: whoever asks the DNS finds nothing wrong. */
import { holds, isOneOf } from '../kit/checks.ts';
import { missed } from '../kit/complaints.ts';
import { service } from '../kit/services.ts';
import { failsUsers, serves, takesOrders } from '../kit/shop.ts';
import { editDeployment, deployment, environment, podSpec, replacePods, rolledOut } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';
import type { World } from '../world.ts';

const edges = [
  { caller: 'checkout', called: 'payments', variable: 'PAYMENTS_URL' },
  { caller: 'checkout', called: 'shipping', variable: 'SHIPPING_URL' },
  { caller: 'checkout', called: 'catalog', variable: 'CATALOG_URL' },
  { caller: 'frontend', called: 'checkout', variable: 'CHECKOUT_URL' },
  { caller: 'frontend', called: 'cart', variable: 'CART_URL' },
] as const;

export const scenario = defineScenario({
  id: 'hosts-entry-overrides-dns',
  title: 'A hosts entry of a pod template overrides the DNS',
  category: 'network',
  difficulty: 'misleading',
  tags: ['misleading'],
  parameters: (random) => ({ ...random.pick(edges), last: random.integer(20, 250), voice: random.integer(0, 2), share: random.integer(50, 100) / 100 }),
  alert: ({ called, voice, share }, { namespace }) => missed(called, { voice, share, namespace }),
  inject: async (world, { caller, called, variable, last }) => {
    const url = environment(await deployment(world, caller), variable) ?? `http://${called}`;
    const alias = { ip: await formerAddress(world, called, last), hostnames: [...new Set([called, new URL(url).hostname])] };
    await editDeployment(world, caller, (object) => void (podSpec(object).hostAliases = [alias]));
  },
  symptom: (world, { caller, called }) => failsUsers(world, caller, called),
  oracle: async (world, { caller, called, variable }) => {
    const object = await deployment(world, caller);
    const entries = podSpec(object).hostAliases?.flatMap(({ hostnames = [] }) => hostnames) ?? [];
    return [
      holds('no hosts entry is left', entries.length === 0, entries.join(', ') || 'none'),
      isOneOf(`${variable} names the service`, new URL(environment(object, variable) ?? 'http://none').hostname, [called, `${called}.${world.namespace}`, `${called}.${world.namespace}.svc`, `${called}.${world.namespace}.svc.cluster.local`]),
      await rolledOut(world, caller),
      await serves(world, caller, called),
      await takesOrders(world),
    ];
  },
  relapse: { provoke: (world, { caller }) => replacePods(world, caller) },
  allowed: ({ caller }) => [`deployments.apps/${caller}`],
  forbidden: ({ called }) => [{ reason: 'DNS and the called service are right', objects: [`services/${called}`, `deployments.apps/${called}`, 'configmaps/kube-system/coredns'] }],
  truth: ({ caller }) => ({
    outcome: 'repair', root: [`deployment/${caller}`], mechanisms: ['hosts-override'],
    chain: [`deployment/${caller}`, `service/${caller}`, ...(caller === 'checkout' ? ['deployment/frontend'] : [])],
  }),
  repair: (world, { caller }) => editDeployment(world, caller, (object) => void delete podSpec(object).hostAliases),
  /** Today's address in the entry: it works until the service gets another one. */
  hide: async (world, { caller, called }) => {
    const ip = (await service(world, called)).spec?.clusterIP ?? '';
    await editDeployment(world, caller, (object) => podSpec(object).hostAliases?.forEach((alias) => void (alias.ip = ip)));
  },
});

/** In the network of services, of none that is there. */
async function formerAddress(world: World, name: string, last: number): Promise<string> {
  const [first, second] = ((await service(world, name)).spec?.clusterIP ?? '10.96.0.0').split('.');
  return `${first}.${second}.255.${last}`;
}
