/** The services of the shop that people and machines call, and what they ask for. */
import type { Measured } from './measurements.ts';
import { customer, product, quote, type Kind } from './traffic.ts';

export const shopServices = {
  frontend: { dependsOn: ['catalog', 'cart', 'checkout', 'recommender'], latencyBudgetMilliseconds: 400 },
  catalog: { dependsOn: [], latencyBudgetMilliseconds: 250 },
  cart: { dependsOn: ['catalog'], latencyBudgetMilliseconds: 200 },
  checkout: { dependsOn: ['catalog', 'payments', 'shipping'], latencyBudgetMilliseconds: 300 },
  payments: { dependsOn: [], latencyBudgetMilliseconds: 200 },
  shipping: { dependsOn: [], latencyBudgetMilliseconds: 150 },
  recommender: { dependsOn: ['catalog'], latencyBudgetMilliseconds: 250 },
} as const satisfies Measured<string>;

export type ServiceName = keyof typeof shopServices;

const basket = (): { customer: number; product: number } => ({ customer: customer(), product: product() });

export const requestMix: readonly Kind<ServiceName>[] = [
  { service: 'frontend', weight: 2, request: () => ({ path: `/?customer=${customer()}` }) },
  { service: 'frontend', weight: 1, request: () => ({ path: `/products/${product()}` }) },
  { service: 'frontend', weight: 1.5, request: quote },
  { service: 'frontend', weight: 1, request: () => ({ path: '/cart', body: basket() }) },
  { service: 'frontend', weight: 1.5, request: () => ({ path: '/checkout', body: basket() }) },
  { service: 'catalog', weight: 1.5, request: () => ({ path: `/products/${product()}` }) },
  { service: 'cart', weight: 1, request: () => ({ path: `/carts/${customer()}` }) },
  { service: 'checkout', weight: 1.5, request: quote },
  { service: 'checkout', weight: 1, request: () => ({ path: '/orders', body: basket() }) },
  { service: 'payments', weight: 1, request: () => ({ path: `/methods?customer=${customer()}` }) },
  { service: 'shipping', weight: 1, request: () => ({ path: '/rates?country=DE' }) },
  { service: 'recommender', weight: 1, request: () => ({ path: `/recommendations?customer=${customer()}` }) },
];
