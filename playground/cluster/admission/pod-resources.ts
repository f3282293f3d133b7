/** What a pod asks for as a whole: its containers together, or its hungriest init container if that is more. */
import type { ObjectOf } from '../objects/object.ts';
import { addQuantities, compareQuantities, subtractQuantities } from '../objects/quantity.ts';
import type { Container } from '../objects/types.ts';

type Amounts = Record<string, string>;

export const podResources = ({ spec }: ObjectOf<'pods'>): { requests: Amounts; limits: Amounts } => ({
  requests: total(spec?.containers ?? [], spec?.initContainers ?? [], 'requests', spec?.overhead),
  limits: total(spec?.containers ?? [], spec?.initContainers ?? [], 'limits', undefined),
});

const total = (containers: readonly Container[], initial: readonly Container[], part: 'requests' | 'limits', overhead: Amounts | undefined): Amounts => {
  const of = ({ resources }: Container): Amounts => resources?.[part] ?? {};
  let beside: Amounts = {};
  let peak: Amounts = {};
  for (const container of initial) {
    if (container.restartPolicy === 'Always') beside = added(beside, of(container));
    peak = greater(peak, container.restartPolicy === 'Always' ? beside : added(beside, of(container)));
  }
  return added(greater(containers.map(of).reduce(added, beside), peak), overhead ?? {});
};

/** Sum by name. */
export const added = (one: Amounts, other: Amounts): Amounts => combined(one, other, addQuantities);

/** `one` less `other`, below zero where there is more of the other. */
export const subtracted = (one: Amounts, other: Amounts): Amounts => combined(one, other, subtractQuantities);

const greater = (one: Amounts, other: Amounts): Amounts => combined(one, other, (first, second) => (compareQuantities(first, second) < 0 ? second : first));

const combined = (one: Amounts, other: Amounts, operation: (first: string, second: string) => string): Amounts =>
  Object.fromEntries([...new Set([...Object.keys(one), ...Object.keys(other)])].map((name) => [name, operation(one[name] ?? '0', other[name] ?? '0')]));
