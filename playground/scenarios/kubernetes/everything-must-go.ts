import { errorRate, page, person, toldBy } from '../kit/asks.ts';
import { holds, unwell } from '../kit/checks.ts';
import { discountOf, salesSettled } from '../kit/flash-sales.ts';
import { takesOrders } from '../kit/shop.ts';
import { replacePods } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

/** Products of the sale that the shop always has. */
const onSaleAnyway = [8, 16, 24];

/**
 * A flash sale, valid by its schema, gives nearly everything away. The operator does as told, checkout prices orders at
 * nothing, payments refuses to charge nothing, and customers see failed orders.
 */
export const scenario = defineScenario({
  id: 'everything-must-go',
  title: 'A flash sale of 100 % makes payments refuse the orders',
  category: 'kubernetes',
  difficulty: 'cascading',
  tags: ['cascade', 'custom-resource'],
  parameters: (random) => ({
    name: random.name(random.pick(['sale', 'clearance', 'weekend'])),
    products: random.shuffle(Array.from({ length: 60 }, (_unused, index) => index + 1).filter((product) => !onSaleAnyway.includes(product))).slice(0, random.integer(38, 57)),
    share: random.integer(30, 60),
    voice: random.integer(0, 3),
  }),
  alert: ({ share, voice }, { namespace }) => toldBy(voice, [
    errorRate(namespace, 'checkout', share / 100),
    page('checkout', 'Order success rate below objective'),
    person('many customers can not finish their order since a while, payment seems to fail. browsing works'),
    errorRate(namespace, 'frontend', share / 200),
  ]),
  inject: (world, { name, products }) => world.cluster.apply(`apiVersion: shop.example/v1
kind: FlashSale
metadata:
  name: ${name}
spec:
  discountPercent: 100
  products: [${products.join(', ')}]
`),
  symptom: async (world) => unwell(world, ['checkout', 'frontend']),
  oracle: async (world, { name, products }) => {
    const sale = await world.cluster.get('flashsales.shop.example', name);
    const product = products[Math.floor(Math.random() * products.length)] ?? 1;
    const discount = await discountOf(world, product);
    return [
      holds('no sale gives products away', discount !== undefined && discount < 100, `product ${product} is ${discount ?? 'unknown'} % off`),
      holds('the sale is gone, over, or of a smaller discount', sale === undefined || !givesAway(sale['spec']), JSON.stringify(sale?.['spec'] ?? 'gone').slice(0, 120)),
      await salesSettled(world),
      holds('the shop\'s own sale still runs', await discountOf(world, onSaleAnyway[0] ?? 8) === 20, `product ${onSaleAnyway[0]}`),
      await takesOrders(world, product),
    ];
  },
  relapse: { seconds: 8, provoke: (world) => replacePods(world, 'shop-operator') },
  allowed: ({ name }) => [`flashsales.shop.example/${name}`, 'configmaps/flash-sales'],
  forbidden: () => [
    { reason: 'the operator writes its ConfigMap; an edit by hand is overwritten', kinds: ['kubectl.configmap_key'] },
    { reason: 'the other sales are not part of it', objects: ['flashsales.shop.example/autumn-kettles', 'flashsales.shop.example/new-year'] },
  ],
  truth: ({ name }) => ({
    outcome: 'repair', root: [`flashsale/${name}`], mechanisms: ['custom-resource-invalid'],
    chain: [`flashsale/${name}`, 'configmap/flash-sales', 'deployment/checkout', 'service/payments', 'service/frontend'],
  }),
  // Holds until the operator looks again.
  hide: async (world) => {
    await world.cluster.edit('deployments.apps', 'shop-operator', ({ spec }) => void (spec && (spec.replicas = 0)));
    await world.until('no operator', async () => (await world.cluster.list('pods', { labels: { 'app.kubernetes.io/name': 'shop-operator' } })).length === 0);
    await world.cluster.edit('configmaps', 'flash-sales', (object) => void (object.data = { 'sales.json': '{"sales":[{"product":8,"discountPercent":20,"sale":"autumn-kettles"}]}' }));
  },
  repair: async (world, { name }) => {
    await world.cluster.remove('flashsales.shop.example', name);
    await world.cluster.edit('deployments.apps', 'shop-operator', ({ spec }) => void (spec && (spec.replicas = 1)));
  },
});

function givesAway(spec: unknown): boolean {
  const { discountPercent, until } = spec as { discountPercent?: number; until?: string };
  return (discountPercent ?? 0) >= 100 && !(Date.parse(until ?? '') < Date.now());
}
