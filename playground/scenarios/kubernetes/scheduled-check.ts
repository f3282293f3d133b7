/** Somebody asks for a routine look at a service. All is well. */
import { monitored, person, toldBy } from '../kit/asks.ts';
import { leftAlone } from '../kit/left-alone.ts';
import { serves } from '../kit/shop.ts';
import { rolloutRestart } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

export const scenario = defineScenario({
  id: 'scheduled-check',
  title: 'A scheduled verification of a healthy service',
  category: 'kubernetes',
  difficulty: 'no-fault',
  tags: ['no-fault'],
  parameters: (random) => ({ service: random.pick(['payments', 'catalog', 'cart', 'checkout', 'shipping', 'frontend'] as const), voice: random.integer(0, 2) }),
  alert: ({ service, voice }, { namespace }) => toldBy(voice, [
    person(`weekly verification of ${service} in ${namespace}: is it healthy? Anything we should do before the weekend?`),
    monitored('ScheduledVerification', 'info', `Scheduled verification of ${service}.`, `Routine check of ${namespace}/${service}, run every Monday.`, { namespace, service }),
    person(`a customer says ${service} felt slow yesterday. Is something wrong with it right now? (${namespace})`),
  ]),
  inject: async () => undefined,
  oracle: async (world, { service }) => [...(await leftAlone(world, service)), await serves(world, service)],
  allowed: () => [],
  truth: () => ({ outcome: 'nothing', root: [], mechanisms: [], chain: [] }),
  hide: (world, { service }) => rolloutRestart(world, service),
});
