import { monitored, page, person, toldBy } from '../kit/asks.ts';
import { holds } from '../kit/checks.ts';
import { fails, works } from '../kit/requests.ts';
import { declareComponent, deploy, planOf } from '../kit/running-components.ts';
import type { Plan, Step } from '../../shop/programs/component/plan.ts';
import type { World } from '../world.ts';
import { defineScenario } from '../scenario.ts';

type Names = { gateway: string; right: string; other: string; action: string };

const routes = ({ right, other, action }: Names, target: string): Plan['routes'] => ({
  'GET /orders/:order': [{ call: right, path: '/orders/{order}', as: 'order' }],
  [`GET /orders/:order/${action}`]: [{ call: target, path: `/orders/{order}/${action}`, as: 'order' }],
  'GET /history/:customer': [{ call: other, path: '/history/{customer}', as: 'history' }],
});

/** The gateway's table of routes was sorted by hand, and one path ended in the wrong line. */
export const scenario = defineScenario({
  id: 'gateway-misroute',
  title: 'A gateway sends one path to a backend that does not know it',
  category: 'microservices',
  difficulty: 'multi-hop',
  parameters: (random) => ({
    gateway: random.pick(['edge-gateway', 'api-gateway', 'order-gateway', 'public-api']),
    right: random.pick(['order-desk', 'order-book', 'ordering', 'order-core']),
    other: random.pick(['order-archive', 'order-history', 'ledger', 'past-orders']),
    action: random.pick(['refresh', 'track', 'invoice', 'cancel-options', 'label']),
    order: random.integer(10_000, 99_999),
    customer: random.integer(1, 20_000),
    voice: random.integer(0, 2),
  }),
  prepare: async (world, names) => {
    const { gateway, right, other, action, order, customer } = names;
    await deploy(world, [
      { name: right, calledBy: [gateway], plan: { routes: { 'GET /orders/:order': [{ answer: { order: '{order}', state: 'open', by: right } }], [`GET /orders/:order/${action}`]: [{ answer: { order: '{order}', [action]: 'done', by: right } }] } } },
      { name: other, calledBy: [gateway], plan: { routes: { 'GET /history/:customer': [{ answer: { customer: '{customer}', orders: [1, 2], by: other } }], 'GET /orders/:order': [{ answer: { order: '{order}', state: 'archived', by: other } }] } } },
      { name: gateway, upstreams: [right, other], plan: { routes: routes(names, right) } },
    ]);
    declareComponent(world, gateway, [`/orders/${order}`, `/orders/${order}/${action}`, `/history/${customer}`], { dependsOn: [right, other] });
  },
  alert: ({ gateway, action, voice }, { namespace }) => toldBy(voice, [
    monitored('HighClientErrorRate', 'warning', `${gateway} answers 404`, `A third of the requests to ${gateway} in ${namespace} were answered with 404 during the last 10 minutes.`, { namespace, service: gateway }),
    person(`the button "${action}" in the order view does nothing any more, the browser shows a 404 from ${gateway} (${namespace}). Everything else in the order view works.`),
    page(gateway, `${gateway}: synthetic check of "${action}" fails with 404`),
  ]),
  inject: (world, names) => setRoutes(world, names.gateway, routes(names, names.other)),
  symptom: (world, { gateway, order, action }) => fails(world, { service: gateway, path: `/orders/${order}/${action}`, has: /done/ }),
  oracle: async (world, names) => {
    const { gateway, right, other, action, order, customer } = names;
    const found = (await planOf(world, gateway)).routes;
    const wrong = Object.entries(routes(names, right)).filter(([route, steps]) => callOf(found[route]) !== callOf(steps)).map(([route]) => `${route} calls ${callOf(found[route]) ?? 'nobody'}`);
    return [
      holds('every route of the gateway calls its backend', wrong.length === 0 && Object.keys(found).length === 3, wrong.join('; ') || Object.keys(found).join(', ')),
      await works(world, { service: gateway, path: `/orders/${order}/${action}`, has: new RegExp(`"${action}":"done","by":"${right}"`) }),
      await works(world, { service: gateway, path: `/orders/${order}`, has: new RegExp(`"state":"open","by":"${right}"`) }),
      await works(world, { service: gateway, path: `/history/${customer}`, has: new RegExp(`"by":"${other}"`) }),
    ];
  },
  relapse: { seconds: 6 },
  allowed: ({ gateway }) => [`configmaps/${gateway}-plan`],
  forbidden: ({ right, other }) => [{ reason: 'a backend must not answer for another one', objects: [`configmaps/${other}-plan`, `configmaps/${right}-plan`, `services/${other}`, `services/${right}`] }],
  truth: ({ gateway, other }) => ({ outcome: 'repair', root: [`configmap/${gateway}-plan`, `deployment/${gateway}`], mechanisms: ['wrong-route', 'bad-configmap-value'], chain: [`configmap/${gateway}-plan`, `deployment/${gateway}`, `service/${other}`] }),
  repair: (world, names) => setRoutes(world, names.gateway, routes(names, names.right)),
  /** The wrong backend learns to answer. */
  hide: async (world, { right, other, action }) => {
    const plan = await planOf(world, other);
    await setRoutes(world, other, { ...plan.routes, [`GET /orders/:order/${action}`]: [{ answer: { order: '{order}', [action]: 'done', by: right } }] });
  },
});

const callOf = (steps: readonly Step[] | undefined): string | undefined => steps?.flatMap((step) => ('call' in step ? [`${step.call} ${step.path}`] : []))[0];

function setRoutes(world: World, name: string, changed: Plan['routes']): Promise<void> {
  return world.cluster.edit('configmaps', `${name}-plan`, (object) => void (object.data = { ...object.data, 'plan.json': `${JSON.stringify({ routes: changed }, null, 2)}\n` }));
}
