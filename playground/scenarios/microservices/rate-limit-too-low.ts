import { errorRate, page, person, toldBy } from '../kit/asks.ts';
import { holds } from '../kit/checks.ts';
import { works } from '../kit/requests.ts';
import { configured, declareComponent, deploy, keepAsking, reconfigure } from '../kit/running-components.ts';
import { container, deployment, replacePods, rolledOut } from '../kit/workloads.ts';
import type { World } from '../world.ts';
import { defineScenario } from '../scenario.ts';

/** A digit got lost in the limit of a service, and everyday traffic is refused. */
export const scenario = defineScenario({
  id: 'rate-limit-too-low',
  title: 'The rate limit of an inner service is below everyday traffic',
  category: 'microservices',
  difficulty: 'multi-hop',
  parameters: (random) => ({
    limited: random.pick(['addresses', 'vouchers', 'tax', 'stock-levels', 'currency'] as const),
    gateway: random.pick(['checkout-api', 'order-desk', 'app-backend', 'seller-portal'] as const),
    right: random.pick([20, 30, 40, 50]),
    wrong: random.integer(1, 2),
    customer: random.integer(1, 20_000),
    voice: random.integer(0, 2),
    share: random.integer(50, 80) / 100,
  }),
  prepare: async (world, { limited, gateway, right, customer }) => {
    await deploy(world, [
      { name: limited, calledBy: [gateway], configuration: { RATE_LIMIT_RPS: String(right) }, plan: { routes: { 'GET /of/:customer': [{ answer: { customer: '{customer}', country: 'DE', rate: 19 } }] } } },
      { name: gateway, upstreams: [limited, 'shipping'], plan: { routes: { 'GET /summary/:customer': [{ call: 'shipping', path: '/rates?country=DE', as: 'shipping' }, { call: limited, path: '/of/{customer}', as: 'details' }] } } },
    ]);
    declareComponent(world, limited, [`/of/${customer}`]);
    declareComponent(world, gateway, [`/summary/${customer}`], { dependsOn: [limited, 'shipping'] });
    keepAsking(world, gateway, () => `/summary/${1 + Math.floor(Math.random() * 20_000)}`, 7);
  },
  alert: ({ gateway, voice, share }, { namespace }) => toldBy(voice, [
    errorRate(namespace, gateway, share),
    page(gateway, `${gateway}: more than half of the summaries fail`),
    person(`${gateway} in ${namespace} fails for about every second customer, at random as it seems. Traffic is the same as last week. Pods are all green.`),
  ]),
  inject: (world, { limited, wrong }) => reconfigure(world, limited, `${limited}-config`, { RATE_LIMIT_RPS: String(wrong) }),
  symptom: async (world, { gateway }) => world.services.figures().some(({ name, state }) => name === gateway && (state === 'degraded' || state === 'down')),
  oracle: async (world, { limited, gateway, right, customer }) => {
    const own = container(await deployment(world, limited)).env?.find(({ name }) => name === 'RATE_LIMIT_RPS')?.value;
    const limit = Number(own ?? await configured(world, `${limited}-config`, 'RATE_LIMIT_RPS'));
    const inForce = await limitInForce(world, limited);
    // What it was is written nowhere: whoever mends it goes by the traffic.
    const most = Math.max(200, right * 2);
    return [
      holds('the limit lets everyday traffic through and stops a flood', limit >= 15 && limit <= most, `${limit} a second; 15 to ${most}`),
      holds('it is in force', inForce >= 15 && inForce <= most, `${inForce} a second`),
      await rolledOut(world, limited, 1),
      await works(world, { service: gateway, path: `/summary/${customer}`, has: /"price_cents":\d.*"rate":19/ }, { times: 6 }),
    ];
  },
  relapse: { provoke: (world, { limited }) => replacePods(world, limited) },
  allowed: ({ limited }) => [`configmaps/${limited}-config`, `deployments.apps/${limited}`],
  forbidden: ({ gateway }) => [{ reason: `${gateway} does nothing wrong`, objects: [`deployments.apps/${gateway}`, `configmaps/${gateway}-plan`] }],
  truth: ({ limited, gateway }) => ({ outcome: 'repair', root: [`configmap/${limited}-config`, `deployment/${limited}`], mechanisms: ['rate-limit-too-low', 'bad-configmap-value', 'wrong-environment-value'], chain: [`configmap/${limited}-config`, `deployment/${limited}`, `deployment/${gateway}`] }),
  repair: (world, { limited, right }) => reconfigure(world, limited, `${limited}-config`, { RATE_LIMIT_RPS: String(right) }),
  /** No limit, no complaint. */
  hide: (world, { limited }) => reconfigure(world, limited, `${limited}-config`, { RATE_LIMIT_RPS: '0' }),
});

/** By its own account: what its process was started with. */
async function limitInForce(world: World, limited: string): Promise<number> {
  const { text } = await world.services.call(limited, '/metrics');
  return Number(/^rate_limit_requests_per_second (\d+)/m.exec(text)?.[1] ?? 0);
}
