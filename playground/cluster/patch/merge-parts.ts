/** An applied configuration laid over the live object, part by part. */
import { applyElementOrder } from './element-order.ts';
import { partsOf } from './parts.ts';
import type { Relation } from './relations.ts';
import { isFields } from './values.ts';

export function mergeParts(live: unknown, applied: unknown, relation: Relation): unknown {
  const [below, above] = [partsOf(live, relation), partsOf(applied, relation)];
  if (live === undefined || above === undefined || below === undefined) return applied;
  const parts = new Map(below.map((part) => [part.element, part]));
  for (const part of above) {
    const own = parts.get(part.element);
    parts.set(part.element, own === undefined ? part : { ...part, value: mergeParts(own.value, part.value, part.relation) });
  }
  if (!Array.isArray(live)) return Object.fromEntries([...parts.values()].map((part) => [part.element.slice(2), part.value]));
  const item = (element: string, value: unknown): unknown => ({ element, value });
  const ordered = applyElementOrder([...parts.values()].map((part) => item(part.element, part.value)), above.map((part) => item(part.element, part.value)), below.map((part) => item(part.element, part.value)), 'element');
  return ordered.map((entry) => (isFields(entry) ? entry['value'] : entry));
}
