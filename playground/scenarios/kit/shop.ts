/** What the shop's services do for a customer, each in one request that shows data. */
import type { Check } from '../scenario.ts';
import type { World } from '../world.ts';
import { answers, unwell } from './checks.ts';

interface Example {
  path: (customer: number, product: number) => string;
  has: RegExp;
}

const examples = {
  frontend: { path: (customer, product) => `/quote?customer=${customer}&product=${product}`, has: /"total_cents":\d/ },
  catalog: { path: (_customer, product) => `/products/${product}`, has: /"price_cents":\d/ },
  cart: { path: (customer) => `/carts/${customer}`, has: /"items":\[/ },
  checkout: { path: (customer, product) => `/quote?customer=${customer}&product=${product}`, has: /"total_cents":\d/ },
  payments: { path: (customer) => `/methods?customer=${customer}`, has: /"preferred":"\w/ },
  shipping: { path: () => '/rates?country=DE', has: /"price_cents":\d/ },
  recommender: { path: (customer) => `/recommendations?customer=${customer}`, has: /"products":\[\{/ },
} as const satisfies Record<string, Example>;

const cartPage: Example = { path: (customer) => `/cart?customer=${customer}`, has: /"page":"cart".*"items":\[/ };

export type ShopService = keyof typeof examples;

/** A request like those of its users, with the data they want in the answer; `through` another one: a request that needs it. */
export function serves(world: World, service: ShopService, through?: ShopService): Promise<Check> {
  const { path, has } = service === 'frontend' && through === 'cart' ? cartPage : examples[service];
  return answers(world, service, path(draw(20_000), draw(60)), has);
}

/** Whether traffic shows the service unwell, and a fresh request like its users' fails: pods that are being replaced are no symptom. */
export async function failsUsers(world: World, service: ShopService, through?: ShopService): Promise<boolean> {
  return unwell(world, [service]) && !(await serves(world, service, through)).ok;
}

/** An order from the front page to the payment. */
export function takesOrders(world: World, product = draw(60)): Promise<Check> {
  return answers(world, 'frontend', '/checkout', /"order":\d/, { body: { customer: draw(20_000), product } });
}

const draw = (count: number): number => 1 + Math.floor(Math.random() * count);
