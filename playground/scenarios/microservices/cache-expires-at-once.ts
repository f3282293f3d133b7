import { errorRate, page, person, toldBy } from '../kit/asks.ts';
import { holds } from '../kit/checks.ts';
import { works } from '../kit/requests.ts';
import { configured, declareComponent, deploy, keepAsking, reconfigure } from '../kit/running-components.ts';
import { container, deployment, editDeployment, replacePods, rolledOut } from '../kit/workloads.ts';
import type { Check } from '../scenario.ts';
import type { World } from '../world.ts';
import { defineScenario } from '../scenario.ts';

const products = 12;

/** A lifetime of no more than a few milliseconds: nothing is kept, and a slow engine behind the cache gets every request. */
export const scenario = defineScenario({
  id: 'cache-expires-at-once',
  title: 'A cache keeps nothing since a configuration push; the engine behind it drowns and the gateway fails',
  category: 'microservices',
  difficulty: 'cascading',
  tags: ['cascade', 'misleading'],
  parameters: (random) => ({
    engine: random.pick(['pricing-engine', 'tax-engine', 'discount-engine', 'quota-engine'] as const),
    cached: random.pick(['offers', 'price-list', 'terms', 'deals'] as const),
    gateway: random.pick(['web-bff', 'storefront-api', 'kiosk-api', 'partner-gateway'] as const),
    right: String(random.integer(60, 600) * 1000),
    wrong: String(random.pick([0, random.integer(1, 9) * 10])),
    workers: 2,
    replicas: 1,
    voice: random.integer(0, 3),
    share: random.integer(40, 90) / 100,
  }),
  prepare: async (world, { engine, cached, gateway, right, workers }) => {
    await deploy(world, [
      { name: engine, calledBy: [cached], configuration: { CONCURRENCY: String(workers), QUEUE_LENGTH: '40' }, plan: { routes: { 'GET /calculate/:product': [{ wait: 420 }, { answer: { product: '{product}', factor: 97 } }] } } },
      { name: cached, calledBy: [gateway], upstreams: [engine], configuration: { CACHE_TTL_MS: right, CACHE_ENTRIES: '5000', UPSTREAM_TIMEOUT_MS: '3000', UPSTREAM_RETRIES: '0' }, plan: { routes: { 'GET /terms/:product': [{ call: engine, path: '/calculate/{product}', cached: true, as: 'terms' }] } } },
      { name: gateway, upstreams: [cached, 'catalog'], configuration: { UPSTREAM_TIMEOUT_MS: '4000' }, plan: { routes: { 'GET /offers/:product': [{ call: 'catalog', path: '/products/{product}', as: 'details' }, { call: cached, path: '/terms/{product}', as: 'offer' }] } } },
    ]);
    declareComponent(world, gateway, ['/offers/7', '/offers/11'], { dependsOn: [cached, 'catalog'], latencyBudgetMilliseconds: 500 });
    declareComponent(world, cached, ['/terms/7'], { dependsOn: [engine], latencyBudgetMilliseconds: 500 });
    keepAsking(world, gateway, () => `/offers/${1 + Math.floor(Math.random() * products)}`, 5);
  },
  alert: ({ gateway, engine, voice, share }, { namespace }) => toldBy(voice, [
    errorRate(namespace, gateway, share),
    page(engine, `${engine}: all workers busy, queue full`),
    person(`${engine} in ${namespace} is drowning in requests, customers see errors on offers. There is no campaign running. Do we need a bigger engine?`),
    page(gateway, `${gateway}: slow and failing since the morning`),
  ]),
  inject: (world, { cached, wrong }) => reconfigure(world, cached, `${cached}-config`, { CACHE_TTL_MS: wrong }),
  symptom: async (world, { gateway }) => world.services.figures().some(({ name, state }) => name === gateway && (state === 'degraded' || state === 'down')),
  oracle: async (world, { engine, cached, gateway, workers, replicas }) => {
    const own = container(await deployment(world, cached)).env?.find(({ name }) => name === 'CACHE_TTL_MS')?.value;
    const kept = Number(own ?? await configured(world, `${cached}-config`, 'CACHE_TTL_MS'));
    return [
      holds('entries are kept for at least 20 seconds', kept >= 20_000, `${kept} ms`),
      holds(`${engine} is as it was`, await configured(world, `${engine}-config`, 'CONCURRENCY') === String(workers), `CONCURRENCY ${await configured(world, `${engine}-config`, 'CONCURRENCY')}`),
      await rolledOut(world, engine, replicas),
      await rolledOut(world, cached, replicas),
      await works(world, { service: gateway, path: '/offers/7', has: /"price_cents":\d.*"factor":97/ }, { times: 5, milliseconds: 1500 }),
      await mostlyHits(world, cached),
    ];
  },
  relapse: { provoke: (world, { cached }) => replacePods(world, cached) },
  allowed: ({ cached }) => [`configmaps/${cached}-config`, `deployments.apps/${cached}`],
  forbidden: ({ engine }) => [{ reason: `${engine} is sized for what a working cache lets through`, objects: [`deployments.apps/${engine}`, `configmaps/${engine}-config`] }],
  truth: ({ engine, cached, gateway }) => ({ outcome: 'repair', root: [`configmap/${cached}-config`, `deployment/${cached}`], mechanisms: ['cache-ineffective', 'bad-configmap-value', 'wrong-environment-value'], chain: [`configmap/${cached}-config`, `deployment/${cached}`, `deployment/${engine}`, `deployment/${gateway}`] }),
  repair: async (world, { engine, cached, right, replicas }) => {
    await editDeployment(world, engine, ({ spec }) => void (spec && (spec.replicas = replicas)));
    await reconfigure(world, cached, `${cached}-config`, { CACHE_TTL_MS: right });
  },
  /** What the engine's alert asks for. */
  hide: (world, { engine }) => editDeployment(world, engine, ({ spec }) => void (spec && (spec.replicas = 4))),
});

/** Of a few requests for the same, by the cache's own count. */
async function mostlyHits(world: World, cached: string): Promise<Check> {
  const count = async (outcome: string): Promise<number> => {
    const { text } = await world.services.call(cached, '/metrics');
    return Number(new RegExp(String.raw`^cache_lookups_total\{outcome="${outcome}"\} (\d+)`, 'm').exec(text)?.[1] ?? 0);
  };
  await world.services.call(cached, '/terms/7');
  await world.services.call(cached, '/terms/7');
  const [hits, misses] = [await count('hit'), await count('miss')];
  for (let time = 0; time < 5; time += 1) await world.services.call(cached, '/terms/7');
  const [more, moreMisses] = [await count('hit') - hits, await count('miss') - misses];
  return holds(`${cached} answers from its cache`, more >= 5 && more > 2 * moreMisses, `${more} hits, ${moreMisses} misses`);
}
