import { errorRate, page, person, toldBy } from '../kit/asks.ts';
import { isOneOf } from '../kit/checks.ts';
import { urlVariable } from '../kit/component.ts';
import { works } from '../kit/requests.ts';
import { declareComponent, deploy } from '../kit/running-components.ts';
import { editService, sendsToItsPods, service } from '../kit/services.ts';
import { deployment, editDeployment, environment, podsOf, replacePods, setEnvironment } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

const label = 'app.kubernetes.io/name';

/** gateway -> accounts -> auth -> sessions: the last one's Service selects nothing, the first one is paged. */
export const scenario = defineScenario({
  id: 'lost-session-store',
  title: 'The Service of a session store selects nothing; four hops away the gateway fails',
  category: 'microservices',
  difficulty: 'cascading',
  tags: ['cascade'],
  parameters: (random) => {
    const store = random.pick(['session-store', 'session-cache', 'sessions', 'token-cache'] as const);
    return {
      store,
      auth: random.pick(['auth', 'identity', 'login', 'access'] as const),
      accounts: random.pick(['accounts', 'profiles', 'members', 'loyalty'] as const),
      gateway: random.pick(['account-gateway', 'app-gateway', 'mobile-api', 'self-service'] as const),
      selected: random.pick<Record<string, string>>([{ [label]: `${store}-${random.pick(['primary', 'master', 'v2', 'redis'])}` }, { [label]: store, role: random.pick(['primary', 'leader', 'master']) }, { app: store }]),
      customer: random.integer(1, 900),
      voice: random.integer(0, 2),
      share: random.integer(55, 100) / 100,
    };
  },
  prepare: async (world, { store, auth, accounts, gateway, customer }) => {
    await deploy(world, [
      { name: store, calledBy: [auth], plan: { routes: { 'GET /sessions/:customer': [{ answer: { customer: '{customer}', state: 'signed-in', device: 'app' } }] } } },
      { name: auth, calledBy: [accounts], upstreams: [store], plan: { routes: { 'GET /whois/:customer': [{ call: store, path: '/sessions/{customer}', as: 'session' }] } } },
      { name: accounts, calledBy: [gateway], upstreams: [auth], plan: { routes: { 'GET /accounts/:customer': [{ call: auth, path: '/whois/{customer}', as: 'identity' }] } } },
      {
        name: gateway, upstreams: [accounts, 'catalog'],
        plan: { routes: { 'GET /me/:customer': [{ call: accounts, path: '/accounts/{customer}', as: 'account' }], 'GET /news': [{ call: 'catalog', path: '/products?sort=popular', as: 'news' }] } },
      },
    ]);
    declareComponent(world, gateway, [`/me/${customer}`, '/news'], { dependsOn: [accounts, 'catalog'] });
  },
  alert: ({ gateway, voice, share }, { namespace }) => toldBy(voice, [
    errorRate(namespace, gateway, share / 2),
    page(gateway, `${gateway}: account pages fail for signed-in customers`),
    person(`customers tell us that "my account" in the app shows an error, the news tab works. It goes through ${gateway} in ${namespace}.`),
  ]),
  inject: (world, { store, selected }) => editService(world, store, (spec) => void (spec.selector = selected)),
  symptom: async (world, { gateway, customer }) => (await world.services.call(gateway, `/me/${customer}`)).status === 502,
  oracle: async (world, { store, auth, gateway, customer }) => [
    isOneOf(`selector of ${store}`, JSON.stringify((await service(world, store)).spec?.selector), [JSON.stringify({ [label]: store })]),
    await sendsToItsPods(world, store),
    isOneOf(`${urlVariable(store)} of ${auth}`, environment(await deployment(world, auth), urlVariable(store)), [`http://${store}:8080`]),
    await works(world, { service: gateway, path: `/me/${customer}`, has: /"state":"signed-in"/ }, { times: 5 }),
    await works(world, { service: gateway, path: '/news', has: /"sold":/ }),
  ],
  relapse: { provoke: (world, { store }) => replacePods(world, store) },
  allowed: () => [],
  forbidden: ({ store, auth, accounts, gateway }) => [{ reason: 'these only pass the failure on', objects: [auth, accounts, gateway].map((name) => `deployments.apps/${name}`) }, { reason: 'pods must not be dressed up for a wrong selector', objects: [`deployments.apps/${store}`], command: /label pods?/ }],
  truth: ({ store, auth, accounts, gateway }) => ({ outcome: 'repair', root: [`service/${store}`], mechanisms: ['selector-mismatch'], chain: [`service/${store}`, `deployment/${auth}`, `deployment/${accounts}`, `deployment/${gateway}`] }),
  repair: async (world, { store, auth }) => {
    await editService(world, store, (spec) => void (spec.selector = { [label]: store }));
    await editDeployment(world, auth, (object) => setEnvironment(object, urlVariable(store), `http://${store}:8080`));
  },
  /** Around the Service: good until the pod's next address. */
  hide: async (world, { store, auth }) => {
    const [pod] = await podsOf(world, store);
    await editDeployment(world, auth, (object) => setEnvironment(object, urlVariable(store), `http://${pod?.status?.podIP}:8080`));
  },
});
