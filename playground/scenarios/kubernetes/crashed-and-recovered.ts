/** A pod crashed a few times over a wrong setting; somebody put it right, and it has run since. */
import { crashLooping, page, person, toldBy } from '../kit/asks.ts';
import { answers, holds } from '../kit/checks.ts';
import { leftAlone } from '../kit/left-alone.ts';
import { configure, configured, declareComponent, deploy } from '../kit/running-components.ts';
import { deletePods, podsOf, rolloutRestart, rolloutTrouble } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

const setting = 'CONCURRENCY';

export const scenario = defineScenario({
  id: 'crashed-and-recovered',
  title: 'A pod restarted a few times and has recovered',
  category: 'kubernetes',
  difficulty: 'no-fault',
  tags: ['no-fault'],
  parameters: (random) => ({
    name: random.pick(['coupon-book', 'size-guide', 'wish-list', 'store-map', 'banner-server']),
    right: String(random.integer(20, 90)),
    wrong: random.pick(['unlimited', '-1', 'auto', '20x', '64 ', 'ten']),
    voice: random.integer(0, 2),
  }),
  prepare: async (world, { name, right }) => {
    await deploy(world, [{ name, strategy: 'Recreate', configuration: { [setting]: right }, plan: { routes: { 'GET /entry': [{ answer: { entry: '{id}' } }] } } }]);
    declareComponent(world, name, ['/entry?id=4']);
  },
  alert: ({ name, voice }, { namespace }) => toldBy(voice, [
    crashLooping(namespace, name),
    page(name, `${name}: container restarts`),
    person(`${name} in ${namespace} has restarts on its counter. What happened, and is there something to do?`),
  ]),
  inject: async (world, { name, right, wrong }) => {
    await configure(world, `${name}-config`, { [setting]: wrong });
    await deletePods(world, name);
    await world.until('a restart', async () => (await podsOf(world, name)).some(({ status }) => (status?.containerStatuses?.[0]?.restartCount ?? 0) > 0), 90);
    await configure(world, `${name}-config`, { [setting]: right });
    await world.until(`${name} to be back`, async () => await rolloutTrouble(world, name) === undefined, 120);
  },
  symptom: async (world, { name }) => world.services.figures().every((one) => one.name !== name || one.state === 'healthy'),
  oracle: async (world, { name, right }) => [
    ...(await leftAlone(world, name)),
    holds('the setting is as it was', await configured(world, `${name}-config`, setting) === right, setting),
    await answers(world, name, '/entry?id=9', /"entry":"9"/),
  ],
  allowed: () => [],
  truth: ({ name }) => ({
    outcome: 'recovered', root: [`configmap/${name}-config`, `deployment/${name}`], mechanisms: ['bad-configmap-value', 'wrong-environment-value'],
    chain: [`configmap/${name}-config`, `deployment/${name}`],
  }),
  hide: (world, { name }) => rolloutRestart(world, name),
});
