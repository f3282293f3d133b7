import { monitored, page, person, toldBy } from '../kit/asks.ts';
import { holds, isOneOf } from '../kit/checks.ts';
import { works } from '../kit/requests.ts';
import { declareComponent, deploy, settled } from '../kit/running-components.ts';
import { container, deployment, editDeployment, replacePods, rolledOut } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

const image = (tag: string): string => `registry.shop.local/component:${tag}`;

/** A new version takes seconds where the last one took milliseconds; more of it would not be faster. */
export const scenario = defineScenario({
  id: 'slow-release',
  title: 'The new release of a service behind a gateway is slow for every request',
  category: 'microservices',
  difficulty: 'multi-hop',
  parameters: (random) => {
    const slow = random.pick(['pricing', 'offers', 'ranking', 'availability', 'tax-rates'] as const);
    return {
      slow,
      gateway: random.pick(['store-gateway', 'mobile-api', 'partner-api', 'web-bff']),
      good: random.pick(['1.0.0', '1.0.1', '1.1.0']),
      product: random.integer(1, 60),
      replicas: random.integer(1, 2),
      voice: random.integer(0, 2),
      minutes: random.integer(10, 50),
    };
  },
  prepare: async (world, { slow, gateway, good, product, replicas }) => {
    const price = { product: '{product}', unit: 'EUR', factor: 100, source: slow };
    await deploy(world, [
      { name: slow, tag: good, replicas, plan: { routes: { 'GET /v1/products/:product': [{ wait: 15 }, { answer: price }] } }, calledBy: [gateway] },
      {
        name: gateway, upstreams: [slow, 'catalog'],
        plan: { routes: { 'GET /products/:product': [{ call: 'catalog', path: '/products/{product}', as: 'details' }, { call: slow, path: '/v1/products/{product}', as: 'terms' }] } },
      },
    ]);
    declareComponent(world, gateway, [`/products/${product}`], { dependsOn: [slow, 'catalog'] });
  },
  alert: ({ gateway, voice, minutes }, { namespace }) => toldBy(voice, [
    monitored('ServiceLatencyHigh', 'critical', `${gateway} is slow`, `The 95th percentile of ${gateway} in ${namespace} has been above 1 s for ${minutes} minutes.`, { namespace, service: gateway }),
    page(gateway, `${gateway}: p95 latency over objective`),
    person(`${gateway} in ${namespace} feels like treacle since about ${minutes} minutes. CPU looks normal to me. Should we scale it up?`),
  ]),
  inject: async (world, { slow }) => {
    await editDeployment(world, slow, (object) => {
      container(object).image = image('1.2.0');
      object.metadata.annotations = { ...object.metadata.annotations, 'kubernetes.io/change-cause': 'release 1.2.0' };
    });
    await settled(world, slow);
  },
  symptom: async (world, { gateway, product }) => (await world.services.call(gateway, `/products/${product}`)).milliseconds > 900,
  oracle: async (world, { slow, gateway, good, product, replicas }) => {
    const now = await deployment(world, slow);
    return [
      isOneOf(`image of ${slow}`, container(now).image, ['1.0.0', '1.0.1', '1.1.0'].map(image)),
      isOneOf(`image of ${gateway}`, container(await deployment(world, gateway)).image, [image('1.0.0')]),
      holds(`no variable of ${slow} overrides its release`, container(now).env?.length === 2, `${container(now).env?.map(({ name }) => name).join(', ')} (released as ${good})`),
      await rolledOut(world, slow, replicas),
      await works(world, { service: gateway, path: `/products/${product}`, has: /"price_cents":\d.*"factor":100/ }, { times: 5, milliseconds: 800 }),
    ];
  },
  relapse: { provoke: (world, { slow }) => replacePods(world, slow) },
  allowed: ({ slow }) => [`deployments.apps/${slow}`],
  forbidden: ({ gateway }) => [{ reason: `${gateway} only waits: it needs no change`, objects: [`deployments.apps/${gateway}`, `configmaps/${gateway}-plan`] }, { reason: 'more of a slow release is no faster', kinds: ['kubectl.scale'] }],
  truth: ({ slow, gateway }) => ({ outcome: 'repair', root: [`deployment/${slow}`], mechanisms: ['bad-release'], chain: [`deployment/${slow}`, `service/${slow}`, `deployment/${gateway}`] }),
  repair: (world, { slow, good, replicas }) => editDeployment(world, slow, (object) => {
    container(object).image = image(good);
    if (object.spec) object.spec.replicas = replicas;
  }),
  hide: async (world, { slow }) => {
    await editDeployment(world, slow, ({ spec }) => void (spec && (spec.replicas = 4)));
    await settled(world, slow);
  },
});
