/** What else somebody may like: the popular products, in an order that depends on who asks. */
import { field, fieldAt, positiveInteger } from './common/fields.ts';
import { runService } from './common/service.ts';

const keptFor = 5_000;

runService('recommender', ({ environment, metrics, upstream }) => {
  const catalog = upstream('catalog', 'CATALOG_URL');
  const count = environment.integer('RECOMMENDATIONS', { minimum: 1, maximum: 12 }, 4);
  /** 0: nothing is kept. Otherwise each answer's model stays in memory, this many KiB, and nothing is ever dropped. */
  const modelKibibytes = environment.integer('MODEL_CACHE_KIB', { minimum: 0, maximum: 65_536 }, 0);
  const models: Buffer[] = [];
  metrics.gauge('recommender_models_cached', 'Models kept in memory', () => models.length);
  let popular: { at: number; products: unknown[] } | undefined;
  return [
    {
      method: 'GET', name: '/recommendations', pattern: /^\/recommendations$/,
      handle: async ({ trace, query }) => {
        const customer = positiveInteger('customer', query.get('customer'));
        if (!popular || Date.now() - popular.at > keptFor) {
          const products = field(await catalog.get('/products?sort=popular', trace), 'products');
          popular = { at: Date.now(), products: Array.isArray(products) ? products : [] };
        }
        if (modelKibibytes > 0) models.push(Buffer.alloc(modelKibibytes * 1024, customer % 251));
        const ranked = [...popular.products].sort((left, right) => affinity(customer, right) - affinity(customer, left));
        return { customer, products: ranked.slice(0, count) };
      },
    },
  ];
});

function affinity(customer: number, product: unknown): number {
  return (customer * 2_654_435_761 + Number(fieldAt(product, 'id')) * 40_503) % 1_000;
}
