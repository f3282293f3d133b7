/** A service was away for a moment and is back; the alert still stands. */
import { errorRate, page, person, toldBy } from '../kit/asks.ts';
import { unwell } from '../kit/checks.ts';
import { leftAlone } from '../kit/left-alone.ts';
import { serves, takesOrders } from '../kit/shop.ts';
import { editDeployment, rolloutRestart, rolloutTrouble } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';
import type { World } from '../world.ts';

const replicas = { cart: 1, payments: 1, shipping: 1, catalog: 1 } as const;

export const scenario = defineScenario({
  id: 'spike-that-passed',
  title: 'A service was scaled away for a moment; it is back',
  category: 'microservices',
  difficulty: 'no-fault',
  tags: ['no-fault'],
  parameters: (random) => ({ service: random.pick(Object.keys(replicas) as (keyof typeof replicas)[]), share: random.integer(5, 40) / 100, voice: random.integer(0, 2) }),
  alert: ({ service, share, voice }, { namespace }) => toldBy(voice, [
    errorRate(namespace, service, share),
    page(service, `${service}: errors above ${Math.round(share * 100)} %`),
    person(`we had a burst of errors from ${service} (${namespace}) a moment ago. Is it still going on, do we have to act?`),
  ]),
  inject: async (world, { service }) => {
    await scale(world, service, 0);
    await world.until('users to feel it', () => unwell(world, [service]));
    await scale(world, service, replicas[service]);
    await world.until(`${service} to be back`, async () => await rolloutTrouble(world, service) === undefined, 90);
  },
  symptom: async (world) => !unwell(world),
  oracle: async (world, { service }) => [...(await leftAlone(world, service)), await serves(world, service), await takesOrders(world)],
  allowed: () => [],
  truth: ({ service }) => ({ outcome: 'recovered', root: [`deployment/${service}`], mechanisms: ['scaled-to-zero'], chain: [`deployment/${service}`, `service/${service}`] }),
  hide: (world, { service }) => rolloutRestart(world, service),
});

function scale(world: World, name: string, count: number): Promise<void> {
  return editDeployment(world, name, ({ spec }) => spec && void (spec.replicas = count));
}
