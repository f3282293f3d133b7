/** Which services a change may make faster or slower: what it touches, what uses that, and what calls those. */
import type { Targets } from '../../config/targets.ts';
import type { Change } from '../change.ts';
import { targetOf } from '../action.ts';

/** Names of services; undefined when that can't be told, so that every service counts. */
export function concernedServices({ action, findingKeys }: Pick<Change, 'action' | 'findingKeys'>, { services }: Pick<Targets, 'services'>): ReadonlySet<string> | undefined {
  const touched = new Set([targetOf(action), 'name' in action ? action.name : undefined, ...findingKeys.flatMap((key) => key.slice(key.indexOf('@') + 1).split('/').slice(1))]);
  const concerned = new Set(services.filter(({ name, databases }) => touched.has(name) || databases.some((database) => touched.has(database))).map(({ name }) => name));
  if (concerned.size === 0) return undefined;
  for (let size = 0; size !== concerned.size; ) {
    size = concerned.size;
    for (const { name, dependsOn } of services) if (dependsOn.some((other) => concerned.has(other))) concerned.add(name);
  }
  return concerned;
}
