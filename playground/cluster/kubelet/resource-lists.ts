/** Lists of resources of several containers, added up. */
import { addQuantities } from '../objects/quantity.ts';

export function sumResources(lists: readonly (Record<string, string> | undefined)[]): Record<string, string> {
  const total = new Map<string, string>();
  for (const list of lists) {
    for (const [name, text] of Object.entries(list ?? {})) {
      const before = total.get(name);
      total.set(name, before === undefined ? text : addQuantities(before, text));
    }
  }
  return Object.fromEntries([...total].sort(([left], [right]) => (left < right ? -1 : 1)));
}
