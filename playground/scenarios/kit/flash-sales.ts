/** The shop's custom resource: what sales ask for, what the operator says of them, and what customers pay. */
import type { Check } from '../scenario.ts';
import type { World } from '../world.ts';
import { holds } from './checks.ts';

interface Sale {
  name: string;
  products: readonly number[];
  discountPercent: number;
  from?: string;
  until?: string;
}

interface SaleStatus {
  observedGeneration?: number;
  phase?: string;
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
}

export async function applySale({ cluster }: World, { name, products, discountPercent, from, until }: Sale): Promise<void> {
  const dates = [...(from === undefined ? [] : [`  from: "${from}"`]), ...(until === undefined ? [] : [`  until: "${until}"`])];
  await cluster.apply(['apiVersion: shop.example/v1', 'kind: FlashSale', `metadata: { name: ${name} }`, 'spec:', `  discountPercent: ${discountPercent}`, `  products: [${products.join(', ')}]`, ...dates, ''].join('\n'));
}

/** As a person with `kubectl edit` changes it. */
export function editSale({ cluster }: World, name: string, change: (spec: Record<string, unknown>) => void): Promise<void> {
  return cluster.edit('flashsales.shop.example', name, (object) => change(object['spec'] as Record<string, unknown>));
}

export async function saleSpec({ cluster }: World, name: string): Promise<Record<string, unknown> | undefined> {
  return (await cluster.get('flashsales.shop.example', name))?.['spec'] as Record<string, unknown> | undefined;
}

/** Whether its spec is another one than it was created with. */
export async function wasEdited({ cluster }: World, name: string): Promise<boolean> {
  return Number((await cluster.get('flashsales.shop.example', name))?.metadata.generation ?? 1) > 1;
}

/** Percent off for a customer who asks checkout now; undefined without an answer. Loyal customers get 10 anyway. */
export async function discountOf({ services }: World, product: number): Promise<number | undefined> {
  const { status, text } = await services.call('checkout', `/quote?customer=17&product=${product}`);
  const found = status === 200 ? /"discount_percent":(\d+)/.exec(text)?.[1] : undefined;
  return found === undefined ? undefined : Number(found);
}

/** The operator has seen every sale as it is now. */
export async function salesSettled({ cluster }: World): Promise<Check> {
  const sales = await cluster.list('flashsales.shop.example');
  const behind = sales.filter(({ metadata, status }) => (status as SaleStatus | undefined)?.observedGeneration !== metadata.generation);
  return holds('the operator has seen every sale as it is', behind.length === 0, behind.map(({ metadata }) => metadata.name).join(', ') || `${sales.length} sales`);
}

/** It is in force, says the operator. */
export async function saleIsActive({ cluster }: World, name: string): Promise<Check> {
  const sale = await cluster.get('flashsales.shop.example', name);
  const status = sale?.['status'] as SaleStatus | undefined;
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return holds(`the sale ${name} is in force`, ready?.status === 'True' && status?.observedGeneration === sale?.metadata.generation, sale === undefined ? 'it is gone' : `${status?.phase ?? 'no phase'}: ${ready?.reason ?? 'no condition'}`);
}
