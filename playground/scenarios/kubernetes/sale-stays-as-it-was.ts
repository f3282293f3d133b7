import { monitored, person, toldBy } from '../kit/asks.ts';
import { holds, isOneOf } from '../kit/checks.ts';
import { applySale, discountOf, editSale, saleIsActive, saleSpec, salesSettled, wasEdited } from '../kit/flash-sales.ts';
import { container, deployment, editDeployment, replacePods, rolledOut, shopImage } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

const operator = 'shop-operator';

/** The operator was rolled to an image that does not run. Everything stays as it is, so nobody notices until a sale is edited. */
export const scenario = defineScenario({
  id: 'sale-stays-as-it-was',
  title: 'The operator does not run, so an edited flash sale has no effect',
  category: 'kubernetes',
  difficulty: 'misleading',
  tags: ['custom-resource', 'misleading'],
  parameters: (random) => {
    const first = random.integer(33, 55);
    return {
      name: random.name('sale'),
      products: [first, first + 1, first + 2],
      before: random.integer(12, 20),
      after: random.integer(25, 45),
      image: random.pick([shopImage(operator, `0.${random.integer(4, 6)}.0`), shopImage(operator, '0.3.0-hotfix1'), shopImage('notifier'), shopImage('inventory')]),
      voice: random.integer(0, 2),
    };
  },
  prepare: async (world, { name, products, before }) => {
    // As operators that must not run twice are rolled out.
    await editDeployment(world, operator, ({ spec }) => void (spec && (spec.strategy = { type: 'Recreate' })));
    await applySale(world, { name, products, discountPercent: before });
    await world.until('the sale', async () => (await saleIsActive(world, name)).ok && await discountOf(world, products[0] ?? 1) === before);
  },
  alert: ({ name, products, after, voice }, { namespace }) => toldBy(voice, [
    person(`we set the sale ${name} to ${after} % an hour ago, but customers still see the old discount on product ${products[0]}. is checkout caching something?`),
    monitored('PromotionPriceMismatch', 'warning', 'Customers see other discounts than the sales desk set.', `Quotes of ${products.length} products in ${namespace} differ from the flash sale ${name} since 30 minutes.`, { namespace, service: 'checkout' }),
    person(`wrong prices: product ${products[1]} should be ${after} % off since this morning, checkout quotes less`),
  ]),
  inject: async (world, { name, image, after }) => {
    await editDeployment(world, operator, (object) => void (container(object).image = image));
    await world.until('the old operator to go', async () => {
      const pods = await world.cluster.list('pods', { labels: { 'app.kubernetes.io/name': operator } });
      return pods.every(({ spec }) => spec?.containers.every((one) => one.image === image));
    });
    await editSale(world, name, (spec) => void (spec['discountPercent'] = after));
  },
  oracle: async (world, { name, products, before, after }) => {
    const discount = await discountOf(world, products[0] ?? 1);
    const wanted = await wasEdited(world, name) ? after : before;
    return [
      isOneOf('image of the operator', container(await deployment(world, operator)).image, [shopImage(operator, '0.3.0')]),
      await rolledOut(world, operator, 1),
      await salesSettled(world),
      await saleIsActive(world, name),
      isOneOf('the sale is as the sales desk wants it', (await saleSpec(world, name))?.['discountPercent'], [wanted]),
      holds('customers get that discount', discount === wanted, `${discount ?? 'no'} % off`),
    ];
  },
  relapse: { seconds: 8, provoke: (world) => replacePods(world, operator) },
  allowed: ({ name }) => [`deployments.apps/${operator}`, `flashsales.shop.example/${name}`, 'configmaps/flash-sales'],
  forbidden: ({ name }) => [{ reason: 'the sale is right as it is', command: new RegExp(`(delete|patch).*${name}`) }],
  truth: ({ name }) => ({
    outcome: 'repair', root: [`deployment/${operator}`], mechanisms: ['controller-not-running', 'image-not-found', 'bad-release'],
    chain: [`deployment/${operator}`, `flashsale/${name}`, 'configmap/flash-sales', 'deployment/checkout'],
  }),
  // The operator's own file, written by hand.
  hide: (world, { before, after }) => world.cluster.edit('configmaps', 'flash-sales', (object) => {
    object.data = Object.fromEntries(Object.entries(object.data ?? {}).map(([key, text]) => [key, text.replaceAll(`"discountPercent":${before}`, `"discountPercent":${after}`)]));
  }),
  repair: (world) => editDeployment(world, operator, (object) => void (container(object).image = shopImage(operator, '0.3.0'))),
});
