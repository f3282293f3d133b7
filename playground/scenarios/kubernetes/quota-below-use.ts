import { quantityValue } from '../../cluster/objects/quantity.ts';
import { errorRate, person, replicasMismatch, targetDown, toldBy } from '../kit/asks.ts';
import { holds, unwell } from '../kit/checks.ts';
import { serves } from '../kit/shop.ts';
import { deletePods, editDeployment, replacePods, rolledOut } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';
import type { World } from '../world.ts';

/** What the shop's quota grants when all is well, and how far below use it is cut. */
const limits = {
  pods: { granted: '40', cut: (used: number) => `${used - 1}` },
  'requests.memory': { granted: '6Gi', cut: (used: number) => `${Math.floor(used / 2 ** 20) - 40}Mi` },
  'requests.cpu': { granted: '4', cut: (used: number) => `${Math.round(used * 1000) - 15}m` },
} as const;

type Limit = keyof typeof limits;

/** A quota is lowered below what runs; the next pod that dies does not come back, and there is no pod to look at. */
export const scenario = defineScenario({
  id: 'quota-below-use',
  title: 'The namespace\'s quota is below what runs: a lost pod can not come back',
  category: 'kubernetes',
  difficulty: 'multi-hop',
  parameters: (random) => ({
    limit: random.pick(Object.keys(limits) as Limit[]),
    service: random.pick(['shipping', 'payments', 'cart', 'catalog'] as const),
    voice: random.integer(0, 3),
  }),
  alert: ({ service, voice }, { namespace }) => toldBy(voice, [
    targetDown(namespace, service),
    person(`${service} has no pods at all in ${namespace}, and nothing is crashing. what is going on?`),
    errorRate(namespace, service, 1),
    replicasMismatch(namespace, service),
  ]),
  inject: async (world, { limit, service }) => {
    const used = await usedOf(world, limit);
    await grant(world, limit, limits[limit].cut(used));
    await deletePods(world, service);
  },
  symptom: async (world, { service }) => unwell(world, [service]),
  oracle: async (world, { limit, service }) => {
    const hard = (await world.cluster.get('resourcequotas', 'shop'))?.spec?.hard ?? {};
    const used = await usedOf(world, limit);
    const granted = quantityValue(hard[limit]);
    return [
      holds('the quota leaves room for a rollout and no more than twice what it granted', granted >= used * 1.1 && granted <= 2 * quantityValue(limits[limit].granted), `${limit} is ${hard[limit] ?? 'not limited'}, ${used} is in use`),
      holds('the quota limits everything else as before', (Object.keys(limits) as Limit[]).every((other) => other === limit || quantityValue(hard[other]) === quantityValue(limits[other].granted)), JSON.stringify(hard)),
      await rolledOut(world, service, 1),
      await serves(world, service),
    ];
  },
  relapse: { seconds: 8, provoke: (world, { service }) => replacePods(world, service) },
  allowed: () => ['resourcequotas/shop'],
  forbidden: () => [{ reason: 'the quota is agreed; it is not ours to remove', command: /delete (resourcequota|quota)/ }],
  truth: ({ service }) => ({ outcome: 'repair', root: ['resourcequota/shop'], mechanisms: ['quota-exceeded'], chain: ['resourcequota/shop', `deployment/${service}`, `service/${service}`] }),
  // Something nobody misses makes room for the pod.
  hide: (world) => editDeployment(world, 'notifier', ({ spec }) => void (spec && (spec.replicas = 0))),
  repair: async (world, { limit }) => {
    await grant(world, limit, limits[limit].granted);
    await editDeployment(world, 'notifier', ({ spec }) => void (spec && (spec.replicas = 1)));
  },
});

async function usedOf(world: World, limit: Limit): Promise<number> {
  return quantityValue((await world.cluster.get('resourcequotas', 'shop'))?.status?.used?.[limit]);
}

function grant(world: World, limit: Limit, amount: string): Promise<void> {
  return world.cluster.edit('resourcequotas', 'shop', ({ spec }) => void (spec && (spec.hard = { ...spec.hard, [limit]: amount })));
}
