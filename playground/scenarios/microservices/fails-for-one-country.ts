import { errorRate, page, person, toldBy } from '../kit/asks.ts';
import { holds, isOneOf } from '../kit/checks.ts';
import { works } from '../kit/requests.ts';
import { configured, declareComponent, deploy, setFlags } from '../kit/running-components.ts';
import { replacePods } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

/** Behind a flag, a service asks for finer regions than the next one knows: for the customers of one country. */
export const scenario = defineScenario({
  id: 'fails-for-one-country',
  title: 'Delivery quotes fail for the customers of one country since a flag was turned on',
  category: 'microservices',
  difficulty: 'multi-hop',
  parameters: (random) => {
    const country = random.pick(['AT', 'FR']);
    const [flag = '', ...others] = random.shuffle(['regional-rates', 'zone-pricing', 'fine-zones', 'slot-booking', 'parcel-lockers', 'green-route', 'express-first']);
    return {
      quotes: random.pick(['delivery-quotes', 'delivery-times', 'parcel-quotes', 'arrival']),
      country,
      flag,
      others: Object.fromEntries(others.slice(0, 3).map((name, index) => [name, index === 0 ? 'on' : 'off'])),
      region: country === 'AT' ? random.pick(['W', '9', 'NO']) : random.pick(['75', 'IDF', '13']),
      voice: random.integer(0, 2),
    };
  },
  prepare: async (world, { quotes, country, flag, others, region }) => {
    const rate = (path: string) => ({ call: 'shipping', path, as: 'rate' });
    await deploy(world, [{
      name: quotes, upstreams: ['shipping'], flags: { ...others, [flag]: 'off' },
      plan: { routes: { 'GET /quotes/:country': [{ when: `{flag.${flag}} {country}`, matches: `^on ${country}$`, steps: [rate(`/rates?country={country}-${region}`)], otherwise: [rate('/rates?country={country}')] }, { answer: { country: '{country}', days: '{rate.days}', price_cents: '{rate.price_cents}' } }] } },
    }]);
    declareComponent(world, quotes, ['/quotes/DE', '/quotes/AT', '/quotes/FR'], { dependsOn: ['shipping'] });
  },
  alert: ({ quotes, voice }, { namespace }) => toldBy(voice, [
    errorRate(namespace, quotes, 0.33),
    page(quotes, `${quotes}: error rate at a third, looks random`),
    person(`support gets complaints that some customers see no delivery date at all, others do. It must be ${quotes} in ${namespace}; whenever I try, it works.`),
  ]),
  inject: (world, { quotes, flag, others }) => setFlags(world, quotes, { ...others, [flag]: 'on' }),
  symptom: async (world, { quotes, country }) => (await world.services.call(quotes, `/quotes/${country}`)).status >= 500,
  oracle: async (world, { quotes, flag, others }) => {
    const { [flag]: found = 'off', ...rest } = JSON.parse(await configured(world, `${quotes}-flags`, 'flags.json') ?? '{}') as Record<string, string>;
    return [
      isOneOf(`flag ${flag}`, found, ['off', 'false']),
      holds('the other flags are as they were', Object.entries(others).every(([name, value]) => rest[name] === value), JSON.stringify(rest)),
      ...await Promise.all(['DE', 'AT', 'FR'].map((one) => works(world, { service: quotes, path: `/quotes/${one}`, has: /"days":\d,"price_cents":\d/ }, { times: 4 }))),
    ];
  },
  relapse: { provoke: (world, { quotes }) => replacePods(world, quotes), seconds: 6 },
  allowed: ({ quotes }) => [`configmaps/${quotes}-flags`],
  forbidden: () => [{ reason: 'shipping knows countries: rates for made-up regions are not ours to invent', objects: ['configmaps/shipping-rates', 'deployments.apps/shipping'] }],
  truth: ({ quotes, flag }) => ({ outcome: 'repair', root: [`configmap/${quotes}-flags`, `flag/${flag}`], mechanisms: ['feature-flag', 'bad-configmap-value'], chain: [`configmap/${quotes}-flags`, `deployment/${quotes}`, 'service/shipping'] }),
  repair: (world, { quotes, flag, others }) => setFlags(world, quotes, { ...others, [flag]: 'off' }),
  /** Shipping learns the region, and the flag stays. */
  hide: (world, { country, region }) => world.cluster.edit('configmaps', 'shipping-rates', (object) => {
    const rates = JSON.parse(object.data?.['rates.json'] ?? '{}') as { countries: Record<string, unknown> };
    rates.countries[`${country}-${region}`] = rates.countries[country];
    object.data = { ...object.data, 'rates.json': `${JSON.stringify(rates, null, 2)}\n` };
  }),
});
