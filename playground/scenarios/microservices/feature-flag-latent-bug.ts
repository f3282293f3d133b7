import { errorRate, page, person, toldBy } from '../kit/asks.ts';
import { holds, isOneOf } from '../kit/checks.ts';
import { works } from '../kit/requests.ts';
import { configured, declareComponent, deploy, setFlags, settled } from '../kit/running-components.ts';
import { container, deployment, editDeployment, replacePods } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

const flagNames = ['price-badges', 'new-filters', 'dark-shelf', 'voice-hints', 'size-advisor', 'quick-view', 'bundle-tips', 'eco-labels'];

/**
 * A flag that was always off is turned on, and behind it waits code that reads a table nobody ever made. The service had
 * a release shortly before, which is innocent; the error names the table.
 */
export const scenario = defineScenario({
  id: 'feature-flag-latent-bug',
  title: 'A feature flag turns on code that never worked; a recent release looks guilty',
  category: 'microservices',
  difficulty: 'misleading',
  tags: ['misleading'],
  parameters: (random) => {
    const [broken = '', ...others] = random.shuffle(flagNames).slice(0, 5);
    return {
      name: random.pick(['search', 'listing', 'browse', 'shelves'] as const),
      broken,
      others: Object.fromEntries(others.map((flag, index) => [flag, index === 0 || random.chance(0.5) ? 'on' : 'off'])),
      table: `${broken.replace('-', '_')}_${random.pick(['scores', 'weights', 'entries', 'v2'])}`,
      product: random.integer(1, 60),
      voice: random.integer(0, 2),
      tags: random.pick([['1.0.0', '1.0.1'], ['1.0.0', '1.1.0'], ['1.0.1', '1.1.0']] as const),
    };
  },
  prepare: async (world, { name, broken, others, table, product, tags }) => {
    const settings = (tag: string) => ({
      name, tag, flags: { ...others, [broken]: 'off' }, upstreams: ['catalog'], database: { role: 'catalog', poolSize: 2 },
      plan: {
        routes: {
          [`GET /${name}/:product`]: [
            { call: 'catalog', path: '/products/{product}', as: 'hit' },
            { when: `{flag.${broken}}`, matches: '^on$', steps: [{ query: `SELECT score FROM ${table} WHERE product_id = $1`, values: ['{product}'], as: 'scores' }] },
          ],
        },
      },
    });
    await deploy(world, [settings(tags[0])]);
    await deploy(world, [settings(tags[1])]);
    declareComponent(world, name, [`/${name}/${product}`], { dependsOn: ['catalog'], databases: ['orders-db'] });
  },
  alert: ({ name, voice, tags }, { namespace }) => toldBy(voice, [
    errorRate(namespace, name, 1),
    person(`${name} in ${namespace} fails on every request. We shipped ${tags[1]} today, did that break it?`),
    page(name, `${name}: 100 % of the requests fail`),
  ]),
  inject: (world, { name, broken, others }) => setFlags(world, name, { ...others, [broken]: 'on' }),
  symptom: async (world, { name, product }) => (await world.services.call(name, `/${name}/${product}`)).status === 503,
  oracle: async (world, { name, broken, others, table, product, tags }) => {
    const flags = JSON.parse(await configured(world, `${name}-flags`, 'flags.json') ?? '{}') as Record<string, string>;
    const { [broken]: flag = 'off', ...rest } = flags;
    const made = await world.database('orders-db').query('SELECT to_regclass($1) AS found', [table]);
    return [
      isOneOf(`flag ${broken}`, flag, ['off', 'false']),
      holds('the other flags are as they were', Object.entries(others).every(([key, value]) => rest[key] === value), JSON.stringify(rest)),
      isOneOf(`image of ${name}`, container(await deployment(world, name)).image, [`registry.shop.local/component:${tags[1]}`]),
      isOneOf(`table ${table}`, made[0]?.['found'] ?? 'none', ['none']),
      await works(world, { service: name, path: `/${name}/${product}`, has: /"price_cents":\d/ }, { times: 8 }),
    ];
  },
  relapse: { provoke: (world, { name }) => replacePods(world, name), seconds: 6 },
  allowed: ({ name }) => [`configmaps/${name}-flags`],
  forbidden: ({ name, table }) => [{ reason: 'the release is innocent', objects: [`deployments.apps/${name}`] }, { reason: 'a table made up for an error message holds nothing', objects: [`postgres/orders-db/table/*${table}`] }],
  truth: ({ name, broken }) => ({ outcome: 'repair', root: [`configmap/${name}-flags`, `flag/${broken}`], mechanisms: ['feature-flag', 'bad-configmap-value'], chain: [`configmap/${name}-flags`, `deployment/${name}`, `service/${name}`] }),
  repair: async (world, { name, broken, others, tags }) => {
    await editDeployment(world, name, (object) => void (container(object).image = `registry.shop.local/component:${tags[1]}`));
    await setFlags(world, name, { ...others, [broken]: 'off' });
  },
  /** The way back that everybody thinks of. */
  hide: async (world, { name, tags }) => {
    await editDeployment(world, name, (object) => void (container(object).image = `registry.shop.local/component:${tags[0]}`));
    await settled(world, name);
  },
});
