import { errorRate, page, person, toldBy } from '../kit/asks.ts';
import { holds } from '../kit/checks.ts';
import { works } from '../kit/requests.ts';
import { configured, declareComponent, deploy, keepAsking, reconfigure } from '../kit/running-components.ts';
import { container, deployment, editDeployment, replacePods, rolledOut } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

/** The called service is quick and idle; its caller may hold one connection to it, and its requests wait for that one. */
export const scenario = defineScenario({
  id: 'connection-pool-of-one',
  title: 'A service may open one connection to the next; its requests wait in line and time out',
  category: 'microservices',
  difficulty: 'multi-hop',
  parameters: (random) => ({
    caller: random.pick(['risk', 'order-review', 'credit', 'approvals'] as const),
    called: random.pick(['fraud-check', 'score-card', 'address-check', 'sanctions'] as const),
    right: random.integer(12, 24),
    wrong: 1,
    takes: random.integer(36, 44) * 10,
    customer: random.integer(1, 20_000),
    voice: random.integer(0, 2),
    share: random.integer(40, 80) / 100,
  }),
  prepare: async (world, { caller, called, right, takes, customer }) => {
    await deploy(world, [
      { name: called, calledBy: [caller], plan: { routes: { 'GET /score/:customer': [{ wait: takes }, { answer: { customer: '{customer}', score: 71 } }] } } },
      { name: caller, upstreams: [called, 'payments'], configuration: { UPSTREAM_CONNECTIONS: String(right), UPSTREAM_TIMEOUT_MS: '2000', UPSTREAM_RETRIES: '0' }, plan: { routes: { 'GET /review/:customer': [{ call: called, path: '/score/{customer}', as: 'risk' }, { call: 'payments', path: '/methods?customer={customer}', as: 'payment' }] } } },
    ]);
    declareComponent(world, called, [`/score/${customer}`], { latencyBudgetMilliseconds: 700 });
    declareComponent(world, caller, [`/review/${customer}`], { dependsOn: [called, 'payments'], latencyBudgetMilliseconds: 900 });
    keepAsking(world, caller, () => `/review/${1 + Math.floor(Math.random() * 20_000)}`, 5);
  },
  alert: ({ caller, called, voice, share }, { namespace }) => toldBy(voice, [
    errorRate(namespace, caller, share),
    page(caller, `${caller}: timeouts towards ${called}`),
    person(`${caller} (${namespace}) reports timeouts towards ${called}, but the people of ${called} say their service is idle and quick. Who is right?`),
  ]),
  inject: (world, { caller, wrong }) => reconfigure(world, caller, `${caller}-config`, { UPSTREAM_CONNECTIONS: String(wrong) }),
  symptom: async (world, { caller }) => world.services.figures().some(({ name, successRate, requests }) => name === caller && requests > 4 && successRate < 0.8),
  oracle: async (world, { caller, called, right, customer }) => {
    const own = container(await deployment(world, caller)).env?.find(({ name }) => name === 'UPSTREAM_CONNECTIONS')?.value;
    const value = Number(own ?? await configured(world, `${caller}-config`, 'UPSTREAM_CONNECTIONS') ?? 32);
    const together = await Promise.all(Array.from({ length: 10 }, () => world.services.call(caller, `/review/${customer}`)));
    const good = together.filter(({ status, text }) => status === 200 && text.includes('"score":71')).length;
    return [
      holds('the pool fits the load and stays bounded', value >= 8 && value <= Math.max(64, right), `${value} connections; 8 to 64`),
      holds('ten requests at once are answered', good === together.length, `${good} of ${together.length}`),
      await rolledOut(world, caller, 1),
      await rolledOut(world, called, 1),
      await works(world, { service: caller, path: `/review/${customer}`, has: /"score":71.*"preferred":/ }, { times: 3, milliseconds: 1800 }),
    ];
  },
  relapse: { provoke: (world, { caller }) => replacePods(world, caller) },
  allowed: ({ caller }) => [`configmaps/${caller}-config`, `deployments.apps/${caller}`],
  forbidden: ({ called }) => [{ reason: `${called} is idle: more of it helps nobody`, objects: [`deployments.apps/${called}`, `configmaps/${called}-plan`] }],
  truth: ({ caller }) => ({ outcome: 'repair', root: [`configmap/${caller}-config`, `deployment/${caller}`], mechanisms: ['pool-too-small', 'bad-configmap-value', 'wrong-environment-value'], chain: [`configmap/${caller}-config`, `deployment/${caller}`, `service/${caller}`] }),
  repair: async (world, { caller, right }) => {
    await editDeployment(world, caller, ({ spec }) => void (spec && (spec.replicas = 1)));
    await reconfigure(world, caller, `${caller}-config`, { UPSTREAM_CONNECTIONS: String(right) });
  },
  /** Five processes, five connections. */
  hide: (world, { caller }) => editDeployment(world, caller, ({ spec }) => void (spec && (spec.replicas = 5))),
});
