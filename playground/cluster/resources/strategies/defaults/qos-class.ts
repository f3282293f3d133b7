/** How soon a pod has to go when its node runs out of memory. */
import { compareQuantities } from '../../../objects/quantity.ts';
import type { PodSpec } from '../../../objects/types.ts';

const counted = ['cpu', 'memory'] as const;

export function qosClassOf(spec: PodSpec | undefined): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const resources = spec === undefined ? [] : [...(spec.initContainers ?? []), ...(spec.containers ?? [])].map((container) => container.resources ?? {});
  const asks = (amounts: Record<string, string> | undefined, name: string): boolean => compareQuantities(amounts?.[name] ?? '0', '0') > 0;
  if (!resources.some(({ requests, limits }) => counted.some((name) => asks(requests, name) || asks(limits, name)))) return 'BestEffort';
  const guaranteed = resources.every(({ requests, limits }) => counted.every((name) => asks(limits, name) && compareQuantities(requests?.[name] ?? limits?.[name] ?? '0', limits?.[name] ?? '0') === 0));
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
