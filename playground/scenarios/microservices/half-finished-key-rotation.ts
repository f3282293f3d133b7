import { errorRate, page, person, toldBy } from '../kit/asks.ts';
import { holds, isOneOf } from '../kit/checks.ts';
import { works } from '../kit/requests.ts';
import { configured, declareComponent, deploy, planOf, settled } from '../kit/running-components.ts';
import { container, deployment, podsOf, replacePods, rolledOut, rolloutRestart } from '../kit/workloads.ts';
import type { World } from '../world.ts';
import { defineScenario } from '../scenario.ts';

/** The signing key was replaced and its issuer restarted; who checks still holds the old one in its memory. */
export const scenario = defineScenario({
  id: 'half-finished-key-rotation',
  title: 'A signing key was rotated for the issuer of tokens and not for who checks them',
  category: 'microservices',
  difficulty: 'multi-hop',
  parameters: (random) => ({
    issuer: random.pick(['token-issuer', 'login', 'sso', 'oauth']),
    checker: random.pick(['token-check', 'guard', 'permissions', 'access-check']),
    gateway: random.pick(['account-api', 'member-area', 'seller-api', 'my-shop']),
    secret: random.pick(['token-signing', 'jwt-keys', 'session-keys', 'auth-signing']),
    keys: [random.name(`k${random.integer(100, 999)}`), random.name(`k${random.integer(1000, 9999)}`)] as const,
    customer: random.integer(1, 20_000),
    voice: random.integer(0, 2),
  }),
  prepare: async (world, { issuer, checker, gateway, secret, keys, customer }) => {
    await world.cluster.apply(secretOf(secret, keys[0]));
    const secrets = { TOKEN_KEY: { secret, key: 'signing-key' } };
    await deploy(world, [
      { name: issuer, calledBy: [gateway], secrets, plan: { routes: { 'GET /tokens/:customer': [{ sign: { customer: '{customer}' }, as: 'token' }] } } },
      { name: checker, calledBy: [gateway], secrets, plan: { routes: { 'POST /checks': [{ verify: '{body.token}', as: 'subject' }] } } },
      { name: gateway, upstreams: [issuer, checker], plan: { routes: { 'GET /accounts/:customer': [{ call: issuer, path: '/tokens/{customer}', as: 'issued' }, { call: checker, path: '/checks', body: { token: '{issued.token}' }, as: 'checked' }, { answer: { customer: '{checked.subject.customer}', orders: [] } }] } } },
    ]);
    declareComponent(world, checker, ['/healthz']);
    declareComponent(world, gateway, [`/accounts/${customer}`], { dependsOn: [issuer, checker] });
  },
  alert: ({ gateway, checker, voice }, { namespace }) => toldBy(voice, [
    errorRate(namespace, gateway, 1),
    page(gateway, `${gateway}: nobody can open an account page`),
    person(`logins work, but right after it ${gateway} (${namespace}) says something went wrong. ${checker} was not deployed in weeks. Any idea?`),
  ]),
  inject: async (world, { issuer, secret, keys }) => {
    await world.cluster.apply(secretOf(secret, keys[1]));
    await rolloutRestart(world, issuer);
    await settled(world, issuer);
  },
  oracle: async (world, { issuer, checker, gateway, secret, customer }) => {
    const keyIds = await Promise.all([issuer, checker].map((name) => keyIdOf(world, name)));
    const { status } = await world.services.call(checker, '/checks', { body: { token: 'eyJraWQiOiJ4IiwiZXhwIjo5OTk5OTk5OTk5LCJjb250ZW50Ijp7fX0.forged' } });
    const used = await Promise.all([issuer, checker].map(async (name) => container(await deployment(world, name)).env?.find((one) => one.name === 'TOKEN_KEY')?.valueFrom?.secretKeyRef));
    return [
      isOneOf('key ids of issuer and checker', new Set(keyIds).size, [1]),
      holds('both read the key from the same Secret', used.every((one) => one?.name === secret && one.key === 'signing-key'), JSON.stringify(used)),
      isOneOf('a forged token is answered', status, [401]),
      holds(`${gateway} still asks ${checker}`, JSON.stringify((await planOf(world, gateway)).routes).includes(`"call":"${checker}"`), await configured(world, `${gateway}-plan`, 'plan.json') ?? 'no plan'),
      await rolledOut(world, checker, 1),
      await works(world, { service: gateway, path: `/accounts/${customer}`, has: new RegExp(`"customer":"${customer}"`) }, { times: 5 }),
    ];
  },
  relapse: { provoke: async (world, { issuer, checker }) => {
    await replacePods(world, issuer);
    await replacePods(world, checker);
  } },
  allowed: ({ checker, issuer, secret }) => [`deployments.apps/${checker}`, `deployments.apps/${issuer}`, `secrets/${secret}`],
  forbidden: ({ gateway, checker }) => [{ reason: 'tokens must go on being checked', objects: [`configmaps/${gateway}-plan`, `configmaps/${checker}-plan`] }],
  truth: ({ issuer, checker, gateway, secret }) => ({ outcome: 'repair', root: [`secret/${secret}`, `deployment/${checker}`], mechanisms: ['token-or-key-mismatch'], chain: [`secret/${secret}`, `deployment/${issuer}`, `deployment/${checker}`, `deployment/${gateway}`] }),
  canaries: ({ keys }) => [...keys],
  repair: (world, { checker }) => rolloutRestart(world, checker),
  /** Who is paged is restarted, and who issues. */
  hide: async (world, { issuer, gateway }) => {
    await replacePods(world, gateway);
    await replacePods(world, issuer);
  },
});

function secretOf(name: string, key: string): string {
  return `apiVersion: v1\nkind: Secret\nmetadata: { name: ${name}, labels: { app.kubernetes.io/part-of: shop } }\ntype: Opaque\nstringData: { signing-key: ${key} }\n`;
}

/** As its newest pod logged it at its start. */
async function keyIdOf(world: World, name: string): Promise<string> {
  const [pod] = await podsOf(world, name);
  const log = pod ? await world.cluster.logs(pod.metadata.name, undefined, { tail: 5000 }) : '';
  return /"key_id":"(\w+)"/.exec(log)?.[1] ?? `none of ${name}`;
}
