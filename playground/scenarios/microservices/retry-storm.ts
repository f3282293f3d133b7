import { errorRate, page, person, toldBy } from '../kit/asks.ts';
import { holds } from '../kit/checks.ts';
import { works } from '../kit/requests.ts';
import { configured, declareComponent, deploy, keepAsking, reconfigure, settled } from '../kit/running-components.ts';
import { container, deployment, replacePods, rolledOut } from '../kit/workloads.ts';
import type { World } from '../world.ts';
import { defineScenario } from '../scenario.ts';

interface Names {
  caller: string;
  called: string;
}

/** What one may ask of it at most: the burst that starts the storm, over in two seconds. */
async function burst(world: World, { caller }: Names, requests: number): Promise<void> {
  await Promise.all(Array.from({ length: requests }, () => world.services.call(caller, '/search?q=lamp', { timeoutMilliseconds: 2000 })));
}

/**
 * A short deadline and many tries. One burst, long over, filled the queue behind; since then every answer comes after its
 * deadline, and the tries keep the queue full at everyday traffic.
 */
export const scenario = defineScenario({
  id: 'retry-storm',
  title: 'Retries with a short deadline keep a queue full long after the burst that filled it',
  category: 'microservices',
  difficulty: 'cascading',
  tags: ['cascade', 'misleading'],
  parameters: (random) => ({
    called: random.pick(['rates', 'availability', 'scoring', 'geo', 'quotes'] as const),
    caller: random.pick(['search', 'finder', 'listing', 'explore'] as const),
    edge: random.pick(['storefront', 'app-gateway', 'partner-api'] as const),
    deadline: random.integer(12, 20) * 10,
    retries: random.integer(4, 5),
    right: { UPSTREAM_TIMEOUT_MS: String(random.integer(16, 25) * 100), UPSTREAM_RETRIES: String(random.integer(0, 1)) },
    workers: 2,
    queue: random.integer(50, 80),
    voice: random.integer(0, 2),
    share: random.integer(60, 95) / 100,
  }),
  prepare: async (world, { called, caller, edge, right, workers, queue }) => {
    await deploy(world, [
      { name: called, calledBy: [caller], plan: { routes: { 'GET /lookup': [{ wait: 110 }, { answer: { rate: 12 } }] } }, configuration: { CONCURRENCY: String(workers), QUEUE_LENGTH: String(queue) } },
      { name: caller, upstreams: [called], configuration: right, plan: { routes: { 'GET /search': [{ call: called, path: '/lookup', as: 'rates' }, { answer: { hits: ['{q}'], rates: '{rates.rate}' } }] } } },
      { name: edge, upstreams: [caller], configuration: { UPSTREAM_TIMEOUT_MS: '5000', UPSTREAM_RETRIES: '0' }, plan: { routes: { 'GET /find': [{ call: caller, path: '/search?q=lamp', as: 'found' }] } } },
    ]);
    declareComponent(world, caller, ['/search?q=lamp'], { dependsOn: [called], latencyBudgetMilliseconds: 600 });
    declareComponent(world, edge, ['/find'], { dependsOn: [caller], latencyBudgetMilliseconds: 800 });
    keepAsking(world, edge, () => '/find', 3);
  },
  alert: ({ edge, caller, voice, share }, { namespace }) => toldBy(voice, [
    errorRate(namespace, edge, share),
    page(edge, `${edge}: searches fail, traffic is back to normal since the campaign mail`),
    person(`after the campaign mail this noon searches broke. The mail's traffic has been gone for a long time, ${caller} and ${edge} (${namespace}) still fail most of the time. Why does it not recover?`),
  ]),
  inject: async (world, { called, caller, deadline, retries, queue }) => {
    await reconfigure(world, caller, `${caller}-config`, { UPSTREAM_TIMEOUT_MS: String(deadline), UPSTREAM_RETRIES: String(retries) });
    await settled(world, caller);
    await burst(world, { caller, called }, queue + 20);
  },
  symptom: async (world, { caller }) => world.services.figures().some(({ name, successRate, requests }) => name === caller && requests > 5 && successRate < 0.6),
  oracle: async (world, { called, caller, edge, workers, queue }) => {
    const timeout = Number(await effective(world, caller, 'UPSTREAM_TIMEOUT_MS'));
    const retries = Number(await effective(world, caller, 'UPSTREAM_RETRIES'));
    return [
      holds('the caller waits longer than a busy answer takes', timeout >= 800 && timeout <= 10_000, `${timeout} ms; at least 800`),
      holds('the caller tries few times', retries <= 2, `${retries} retries; at most 2`),
      holds(`${called} still bounds what it takes on`, await effective(world, called, 'CONCURRENCY') === String(workers) && await effective(world, called, 'QUEUE_LENGTH') === String(queue), `CONCURRENCY ${await effective(world, called, 'CONCURRENCY')}, QUEUE_LENGTH ${await effective(world, called, 'QUEUE_LENGTH')}`),
      await rolledOut(world, caller, 1),
      await rolledOut(world, called, 1),
      await works(world, { service: edge, path: '/find', has: /"hits":/ }, { times: 6, milliseconds: 1500 }),
    ];
  },
  relapse: { seconds: 8, provoke: (world, { called, caller, queue }) => burst(world, { called, caller }, queue + 20) },
  allowed: ({ caller }) => [`configmaps/${caller}-config`, `deployments.apps/${caller}`],
  forbidden: ({ called }) => [{ reason: `${called}'s limits protect it`, objects: [`configmaps/${called}-config`, `deployments.apps/${called}`] }],
  truth: ({ called, caller, edge }) => ({ outcome: 'repair', root: [`configmap/${caller}-config`, `deployment/${caller}`], mechanisms: ['retry-storm', 'timeout-too-short', 'bad-configmap-value', 'wrong-environment-value'], chain: [`configmap/${caller}-config`, `deployment/${caller}`, `deployment/${called}`, `deployment/${edge}`] }),
  repair: (world, { caller, right }) => reconfigure(world, caller, `${caller}-config`, right),
  /** Empties the queue: all is well until the next burst. */
  hide: (world, { called }) => replacePods(world, called),
});

/** What the container gets: its own variable, else its ConfigMap's. */
async function effective(world: World, name: string, variable: string): Promise<string | undefined> {
  return container(await deployment(world, name)).env?.find((one) => one.name === variable)?.value ?? configured(world, `${name}-config`, variable);
}
