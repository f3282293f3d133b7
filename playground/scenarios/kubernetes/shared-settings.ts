import { crashLooping, errorRate, page, person, podNotReady, toldBy } from '../kit/asks.ts';
import { holds, unwell } from '../kit/checks.ts';
import { serves, takesOrders } from '../kit/shop.ts';
import { deletePods, deployment, editDeployment, environment, replacePods, rolledOut, setEnvironment } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';
import type { World } from '../world.ts';

const shared = 'shop-common';
const restartable = ['cart', 'catalog', 'payments', 'shipping'] as const;

/** What every service reads at its start, and what it must be. */
const settings = {
  SLOW_REQUEST_MS: { usual: '400', isRight: (value: string | undefined) => value === undefined || (/^\d+$/.test(value) && Number(value) >= 1 && Number(value) <= 60_000) },
  PORT: { usual: undefined, isRight: (value: string | undefined) => value === undefined || value === '8080' },
} as const;

type Key = keyof typeof settings;

/** A shared ConfigMap got a value no service can start with. Nobody felt it until pods were moved off a node, so that looks like the cause. */
export const scenario = defineScenario({
  id: 'shared-settings',
  title: 'A shared ConfigMap breaks every service at its next restart',
  category: 'kubernetes',
  difficulty: 'cascading',
  tags: ['cascade', 'misleading'],
  parameters: (random) => {
    const [later, ...restarted] = random.shuffle(restartable);
    const [key, value] = random.pick([['SLOW_REQUEST_MS', `${random.integer(2, 9)}00ms`], ['SLOW_REQUEST_MS', 'auto'], ['SLOW_REQUEST_MS', `0.${random.integer(2, 8)}`], ['SLOW_REQUEST_MS', '0'], ['PORT', `${random.integer(8081, 9090)}`]] as [Key, string][]);
    return { key, value, restarted: restarted.slice(0, random.integer(2, 3)), later: later ?? 'cart', voice: random.integer(0, 3) };
  },
  alert: ({ key, restarted, voice }, { namespace }) => toldBy(voice, [
    person(`several services of ${namespace} (${restarted.join(', ')}) are down since we moved pods off a node for maintenance. bad node?`),
    page('frontend', 'Checkout and product pages failing, several backends unavailable'),
    errorRate(namespace, 'frontend', 0.8),
    // On another port it runs, and is not ready.
    (key === 'PORT' ? podNotReady : crashLooping)(namespace, restarted[0] ?? 'cart'),
  ]),
  inject: async (world, { key, value, restarted }) => {
    await setShared(world, key, value);
    for (const service of restarted) await deletePods(world, service);
  },
  symptom: async (world, { restarted }) => unwell(world, restarted) && unwell(world, ['frontend', 'checkout']),
  oracle: async (world, { key, restarted }) => {
    const value = (await world.cluster.get('configmaps', shared))?.data?.[key];
    const overridden = (await Promise.all(restartable.map(async (service) => ({ service, own: environment(await deployment(world, service), key) })))).filter(({ own }) => own !== undefined);
    return [
      holds(`${shared} holds what services can start with`, settings[key].isRight(value), `${key} is ${value ?? 'not there'}`),
      holds('no service has its own patch over it', overridden.length === 0, overridden.map(({ service, own }) => `${service}: ${own}`).join(', ') || 'none'),
      ...(await Promise.all(restarted.map((service) => rolledOut(world, service, 1)))),
      ...(await Promise.all(restarted.map((service) => serves(world, service)))),
      await takesOrders(world),
    ];
  },
  // One that had kept its old settings.
  relapse: { seconds: 8, provoke: (world, { later }) => replacePods(world, later) },
  allowed: ({ restarted }) => [`configmaps/${shared}`, ...restarted.map((service) => `deployments.apps/${service}`)],
  truth: ({ restarted }) => ({
    outcome: 'repair', root: [`configmap/${shared}`], mechanisms: ['bad-configmap-value', 'wrong-environment-value'],
    chain: [`configmap/${shared}`, ...restarted.map((service) => `deployment/${service}`), 'service/checkout', 'service/frontend'],
  }),
  hide: async (world, { key, restarted }) => {
    for (const service of restarted) await editDeployment(world, service, (object) => setEnvironment(object, key, settings[key].usual ?? '8080'));
  },
  repair: async (world, { key, restarted }) => {
    await setShared(world, key, settings[key].usual);
    for (const service of restarted) {
      await editDeployment(world, service, (object) => setEnvironment(object, key, undefined));
      await deletePods(world, service);
    }
  },
});

function setShared(world: World, key: Key, value: string | undefined): Promise<void> {
  return world.cluster.edit('configmaps', shared, (object) => {
    const { [key]: _before, ...others } = object.data ?? {};
    object.data = { ...others, ...(value === undefined ? {} : { [key]: value }) };
  });
}
