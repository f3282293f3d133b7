/** What a pod asks of a node, in thousandths of each resource's unit. */
import type { Stored } from '../objects/object.ts';
import { thousandths } from '../objects/quantity.ts';
import type { Container, Pod } from '../objects/types.ts';

export type Amounts = Readonly<Record<string, bigint>>;

const known = new WeakMap<object, Amounts>();

/**
 * Containers together with the sidecars, or the largest init container where that is more; then the overhead. The pod's
 * own requests, where it names them, count instead of its containers'.
 */
export function podRequests(pod: Pick<Stored<Pod>, 'spec'>): Amounts {
  const found = known.get(pod);
  if (found !== undefined) return found;
  const requests = computeRequests(pod);
  known.set(pod, requests);
  return requests;
}

export function addAmounts(total: Record<string, bigint>, more: Amounts): void {
  for (const [resource, amount] of Object.entries(more)) total[resource] = (total[resource] ?? 0n) + amount;
}

export const amountsOf = (list: Record<string, string> | undefined): Record<string, bigint> =>
  Object.fromEntries(Object.entries(list ?? {}).map(([resource, text]) => [resource, thousandths(text)]));

function computeRequests({ spec }: Pick<Stored<Pod>, 'spec'>): Amounts {
  const total: Record<string, bigint> = {};
  for (const container of spec?.containers ?? []) addAmounts(total, requestsOf(container));
  const sidecars: Record<string, bigint> = {};
  const peaks: Record<string, bigint> = {};
  for (const container of spec?.initContainers ?? []) {
    const own = requestsOf(container);
    if (container.restartPolicy === 'Always') {
      addAmounts(total, own);
      addAmounts(sidecars, own);
      raise(peaks, sidecars);
    } else {
      const together = { ...sidecars };
      addAmounts(together, own);
      raise(peaks, together);
    }
  }
  raise(total, peaks);
  Object.assign(total, amountsOf(spec?.resources?.requests));
  addAmounts(total, amountsOf(spec?.overhead));
  return total;
}

const requestsOf = (container: Container): Amounts => amountsOf(container.resources?.requests);

function raise(total: Record<string, bigint>, least: Amounts): void {
  for (const [resource, amount] of Object.entries(least)) if (amount > (total[resource] ?? 0n)) total[resource] = amount;
}
