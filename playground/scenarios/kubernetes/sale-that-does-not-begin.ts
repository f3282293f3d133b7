import { monitored, person, toldBy } from '../kit/asks.ts';
import { holds } from '../kit/checks.ts';
import { applySale, discountOf, editSale, saleIsActive, saleSpec } from '../kit/flash-sales.ts';
import { replacePods } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

const day = 24 * 3600 * 1000;

/** 2025 becomes 2052, 2031 becomes 2013. */
const swapped = (date: string): string => date.replace(/^(\d\d)(\d)(\d)/, '$1$3$2');

/** A sale is edited and gets a date of another year, two digits swapped: the operator says so in its status, and does no more with it. */
export const scenario = defineScenario({
  id: 'sale-that-does-not-begin',
  title: 'A date in a flash sale has its year wrong: the operator does not apply it',
  category: 'kubernetes',
  difficulty: 'multi-hop',
  tags: ['custom-resource'],
  parameters: (random) => {
    const first = random.integer(33, 52);
    return {
      name: random.name(random.pick(['members', 'staff', 'partners', 'students'])),
      products: [first, first + 2, first + 4, first + 5],
      percent: random.integer(15, 45),
      from: `2025-0${random.integer(1, 9)}-${random.integer(10, 28)}T00:00:00Z`,
      until: `203${random.integer(1, 2)}-0${random.integer(1, 9)}-${random.integer(10, 28)}T00:00:00Z`,
      wrong: random.pick(['from', 'until'] as const),
      voice: random.integer(0, 2),
    };
  },
  prepare: async (world, { name, products, percent, from, until }) => {
    await applySale(world, { name, products, discountPercent: percent, from, until });
    await world.until('the sale', async () => (await saleIsActive(world, name)).ok && await discountOf(world, products[0] ?? 1) === percent);
  },
  alert: ({ name, products, percent, until, voice }, { namespace }) => toldBy(voice, [
    person(`customers complain: the sale ${name} is advertised with ${percent} % until ${until.slice(0, 10)}, but the shop charges the full price. pricing bug in checkout?`),
    monitored('PromotionPriceMismatch', 'warning', 'Customers see other discounts than advertised.', `Products ${products.join(', ')} in ${namespace} are advertised with ${percent} % off until ${until.slice(0, 10)} and quoted without.`, { namespace, service: 'checkout' }),
    person(`why is product ${products[1]} at full price? it should be ${percent} % off, up to ${until.slice(0, 10)}`),
  ]),
  inject: (world, { name, wrong, from, until }) => editSale(world, name, (spec) => void (spec[wrong] = swapped(wrong === 'from' ? from : until))),
  symptom: async (world, { products, percent }) => await discountOf(world, products[0] ?? 1) !== percent,
  oracle: async (world, { name, products, percent, until }) => {
    const spec = await saleSpec(world, name);
    const product = products[Math.floor(Math.random() * products.length)] ?? 1;
    const discount = await discountOf(world, product);
    const begins = spec?.['from'] === undefined ? 0 : Date.parse(String(spec['from']));
    const ends = spec?.['until'] === undefined ? Infinity : Date.parse(String(spec['until']));
    return [
      holds('the sale runs now', begins <= Date.now() && Math.abs(ends - Date.parse(until)) < 2 * day, `from ${String(spec?.['from'])} until ${String(spec?.['until'])}`),
      holds('it is for the same products and discount', JSON.stringify(spec?.['products']) === JSON.stringify(products) && spec?.['discountPercent'] === percent, JSON.stringify(spec ?? 'gone')),
      await saleIsActive(world, name),
      holds('customers get the discount', discount === percent, `product ${product} is ${discount ?? 'unknown'} % off`),
    ];
  },
  relapse: { seconds: 8, provoke: (world) => replacePods(world, 'shop-operator') },
  allowed: ({ name }) => [`flashsales.shop.example/${name}`, 'configmaps/flash-sales'],
  forbidden: () => [{ reason: 'the operator writes it', objects: ['flashsales.shop.example/autumn-kettles'], kinds: ['kubectl.configmap_key'] }],
  truth: ({ name }) => ({ outcome: 'repair', root: [`flashsale/${name}`], mechanisms: ['custom-resource-invalid'], chain: [`flashsale/${name}`, 'configmap/flash-sales', 'deployment/checkout'] }),
  // A second sale beside it: the price is right, the advertised one is still not in force.
  hide: (world, { name, products, percent }) => applySale(world, { name: `${name}-2`, products, discountPercent: percent }),
  repair: async (world, { name, from, until }) => {
    await world.cluster.remove('flashsales.shop.example', `${name}-2`);
    await editSale(world, name, (spec) => Object.assign(spec, { from, until }));
  },
});
