/** A program listens on 127.0.0.1: its pod is ready, everybody else is refused. */
import { component } from '../kit/component.ts';
import { errorRate, page, person, toldBy } from '../kit/asks.ts';
import { answers, isOneOf, unwell } from '../kit/checks.ts';
import { editDeployment, deployment, environment, replacePods, rolledOut, rolloutRestart, setEnvironment } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';
import type { World } from '../world.ts';

const variable = 'LISTEN_ADDRESS';

export const scenario = defineScenario({
  id: 'listens-on-loopback',
  title: 'A program listens on the loopback address only',
  category: 'network',
  difficulty: 'single-signal',
  parameters: (random) => ({
    name: random.pick(['exchange-rates', 'tax-rates', 'store-hours', 'size-charts', 'gift-cards']),
    place: random.pick(['deployment', 'configmap'] as const),
    address: random.pick(['127.0.0.1', 'localhost']),
    factor: random.integer(101, 199),
    voice: random.integer(0, 2),
  }),
  prepare: async (world, { name, place, factor }) => {
    await world.cluster.apply(component({
      name,
      plan: { routes: { 'GET /lookup': [{ answer: { key: '{key}', factor } }] } },
      ...(place === 'deployment' ? { environment: { [variable]: '0.0.0.0' } } : { configuration: { [variable]: '0.0.0.0', CACHE_ENTRIES: '500' } }),
      // Its team never wrote probes.
      container: { startupProbe: undefined, readinessProbe: undefined, livenessProbe: undefined },
    }));
    world.declare.service({ name, port: 8080, checks: [{ name: 'lookup', path: '/lookup?key=DE' }], latencyBudgetMilliseconds: 250, dependsOn: [] });
  },
  alert: ({ name, voice }, { namespace }) => toldBy(voice, [
    errorRate(namespace, name, 1),
    page(name, `${name} is not reachable`),
    person(`${name} in ${namespace}: connections fail since this morning, but its pods are all Ready. What is it?`),
  ]),
  inject: async (world, { name, place, address }) => {
    await setAddress(world, { name, place }, address);
    if (place === 'configmap') await rolloutRestart(world, name);
  },
  symptom: async (world, { name, factor }) => unwell(world, [name]) && !(await answers(world, name, '/lookup?key=FR', new RegExp(`"factor":${factor}`))).ok,
  oracle: async (world, { name, place, factor }) => [
    isOneOf(variable, await addressOf(world, { name, place }), ['0.0.0.0', '::', '', undefined]),
    isOneOf('nothing overrides it', environment(await deployment(world, name), variable), ['0.0.0.0', '::', '', undefined]),
    await rolledOut(world, name, 1),
    await answers(world, name, '/lookup?key=FR', new RegExp(`"factor":${factor}`)),
  ],
  relapse: { provoke: (world, { name }) => replacePods(world, name) },
  allowed: ({ name, place }) => (place === 'deployment' ? [`deployments.apps/${name}`] : [`configmaps/${name}-config`, `deployments.apps/${name}`]),
  forbidden: ({ name }) => [{ reason: 'the service is right', objects: [`services/${name}`, 'networkpolicies.networking.k8s.io/*'] }],
  truth: ({ name, place }) => ({ outcome: 'repair', root: [`deployment/${name}`, ...(place === 'configmap' ? [`configmap/${name}-config`] : [])], mechanisms: ['listens-on-loopback', 'wrong-environment-value', ...(place === 'configmap' ? ['bad-configmap-value'] : [])], chain: [...(place === 'configmap' ? [`configmap/${name}-config`] : []), `deployment/${name}`, `service/${name}`] }),
  repair: async (world, { name, place }) => {
    await setAddress(world, { name, place }, '0.0.0.0');
    if (place === 'configmap') await rolloutRestart(world, name);
  },
  hide: (world, { name }) => replacePods(world, name),
});

interface Place {
  name: string;
  place: 'deployment' | 'configmap';
}

async function setAddress(world: World, { name, place }: Place, address: string): Promise<void> {
  if (place === 'deployment') await editDeployment(world, name, (object) => setEnvironment(object, variable, address));
  else await world.cluster.edit('configmaps', `${name}-config`, (map) => void (map.data = { ...map.data, [variable]: address }));
}

async function addressOf(world: World, { name, place }: Place): Promise<string | undefined> {
  if (place === 'deployment') return environment(await deployment(world, name), variable);
  return (await world.cluster.get('configmaps', `${name}-config`))?.data?.[variable];
}
