/** Somebody asks about a service that does not exist; one with a similar name does, and it is well. */
import { page, person, toldBy } from '../kit/asks.ts';
import { component } from '../kit/component.ts';
import { holds } from '../kit/checks.ts';
import { leftAlone } from '../kit/left-alone.ts';
import { serves } from '../kit/shop.ts';
import { rolloutRestart } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

export const scenario = defineScenario({
  id: 'no-such-service',
  title: 'The service that is said to crash does not exist',
  category: 'kubernetes',
  difficulty: 'no-fault',
  tags: ['no-fault'],
  parameters: (random) => {
    const { real, asked } = random.pick([
      { real: 'offer-validator', asked: 'personal-offers-validator' },
      { real: 'stock-sync', asked: 'warehouse-stock-syncer' },
      { real: 'mail-renderer', asked: 'mail-template-service' },
      { real: 'fraud-score', asked: 'fraud-detector' },
    ] as const);
    return { real, asked, voice: random.integer(0, 2) };
  },
  prepare: async (world, { real }) => {
    await world.cluster.apply(component({ name: real, plan: { routes: { 'GET /status': [{ answer: { ok: true } }] } } }));
    world.declare.service({ name: real, port: 8080, checks: [{ name: 'status', path: '/status' }], latencyBudgetMilliseconds: 250, dependsOn: [] });
  },
  alert: ({ asked, voice }, { namespace }) => toldBy(voice, [
    person(`why is ${asked} crashing in ${namespace}? Please restart it.`),
    page(asked, `${asked} is down`),
    person(`${asked} (${namespace}) throws errors since an hour, can you fix it?`),
  ]),
  inject: async () => undefined,
  oracle: async (world, { real, asked }) => [
    ...(await leftAlone(world, real)),
    holds(`nobody made a ${asked}`, await world.cluster.get('deployments.apps', asked) === undefined, 'looked for a deployment'),
    await serves(world, 'frontend'),
  ],
  allowed: () => [],
  truth: () => ({ outcome: 'nothing', root: [], mechanisms: [], chain: [] }),
  hide: (world, { real }) => rolloutRestart(world, real),
});
