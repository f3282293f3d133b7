import { monitored, page, person, toldBy } from '../kit/asks.ts';
import { holds } from '../kit/checks.ts';
import { fails, works, type Request } from '../kit/requests.ts';
import { configure, configured, settled } from '../kit/running-components.ts';
import { container, deletePods, deployment, editDeployment, podsOf, replacePods, rolledOut, rolloutRestart, setEnvironment } from '../kit/workloads.ts';
import type { World } from '../world.ts';
import type { Check } from '../scenario.ts';
import { defineScenario } from '../scenario.ts';

interface Push {
  victim: string;
  key: string;
  values: readonly string[];
  /** With which it would be well again, key and all. */
  own: string;
  request: Request;
}

/** Keys that somebody meant for one program and wrote where all of them read; a single other one understands them, too. */
const pushes: readonly Push[] = [
  { victim: 'catalog', key: 'POPULAR_AMONG_ORDERS', values: ['last-30-days', '30d', '5000000', '0'], own: '20000', request: { service: 'catalog', path: '/products?sort=popular', has: /"sold":/ } },
  { victim: 'checkout', key: 'INVENTORY_URL', values: ['http://warehouse:8080', 'http://inventory.logistics:8080', 'http://stock:8080'], own: '', request: { service: 'frontend', path: '/checkout', body: { customer: 71, product: 12 }, has: /"order":\d/ } },
  { victim: 'recommender', key: 'MODEL_CACHE_KIB', values: ['16384', '32768', '24576'], own: '0', request: { service: 'recommender', path: '/recommendations?customer=17', has: /"products":\[\{/ } },
];

export const scenario = defineScenario({
  id: 'shared-configuration',
  title: 'A key in the ConfigMap that all services share hurts a single one of them',
  category: 'microservices',
  difficulty: 'misleading',
  tags: ['misleading'],
  parameters: (random) => {
    const push = random.pick(pushes);
    return { ...push, value: random.pick(push.values), voice: random.integer(0, 2) };
  },
  alert: ({ victim, request: { service }, voice }, { namespace }) => toldBy(voice, [
    monitored('HighErrorRate', 'critical', `${service} misses its objective`, `${service} in ${namespace} has missed its objective for 10 minutes, since pods of ${victim} were moved to another node.`, { namespace, service }),
    page(service, `${service}: failing since the node was drained`),
    person(`after we drained a node this noon, ${victim} (${namespace}) never got well again. Its image and its own configuration were not touched for weeks. Bad node?`),
  ]),
  inject: async (world, { victim, key, value }) => {
    await configure(world, 'shop-common', { [key]: value });
    // As a drained node does.
    await deletePods(world, victim);
  },
  symptom: async (world, { victim, request }) => (await restarts(world, victim)) > 0 || fails(world, request),
  oracle: async (world, { victim, key, request }) => {
    const variables = container(await deployment(world, victim)).env?.map(({ name }) => name) ?? [];
    const shared = await configured(world, 'shop-common', key);
    return [
      holds(`${key} is not in shop-common`, shared === undefined, `is ${shared ?? 'absent'}`),
      holds(`${victim} needs no ${key} of its own`, !variables.includes(key), variables.join(', ') || 'no variables'),
      await staysUp(world, victim),
      await rolledOut(world, victim),
      await works(world, request),
    ];
  },
  relapse: { provoke: (world, { victim }) => replacePods(world, victim), seconds: 10 },
  allowed: ({ victim }) => ['configmaps/shop-common', `deployments.apps/${victim}`],
  forbidden: () => [{ reason: 'the nodes are fine', objects: ['nodes//*'] }],
  truth: ({ victim, request }) => ({ outcome: 'repair', root: ['configmap/shop-common'], mechanisms: ['bad-configmap-value', 'wrong-environment-value'], chain: ['configmap/shop-common', `deployment/${victim}`, `service/${request.service}`] }),
  repair: async (world, { victim, key }) => {
    await configure(world, 'shop-common', { [key]: undefined });
    await editDeployment(world, victim, (object) => setEnvironment(object, key, undefined));
    await rolloutRestart(world, victim);
    await settled(world, victim);
  },
  /** A value of its own for this one; whoever learns to read the key next is hurt again. */
  hide: (world, { victim, key, own }) => editDeployment(world, victim, (object) => setEnvironment(object, key, own)),
});

/** A container that began anew by itself once the key was gone is as good as a new pod. */
async function staysUp(world: World, name: string): Promise<Check> {
  const statuses = (await podsOf(world, name)).flatMap(({ status }) => status?.containerStatuses ?? []);
  const ran = statuses.map(({ restartCount, state }) => (restartCount === 0 ? Infinity : (Date.now() - Date.parse(String(state?.running?.startedAt ?? ''))) / 1000));
  return holds(`no container of ${name} ended lately`, ran.every((seconds) => seconds >= 6), `${await restarts(world, name)} restarts, running for ${ran.map((seconds) => (seconds === Infinity ? 'ever' : Number.isNaN(seconds) ? '0 s' : `${Math.round(seconds)} s`)).join(', ')}`);
}

async function restarts(world: World, name: string): Promise<number> {
  return (await podsOf(world, name)).flatMap(({ status }) => status?.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0);
}
