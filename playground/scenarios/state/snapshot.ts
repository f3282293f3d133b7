/** Everything a repair may have touched, as names with hashes; taken before a fault and after the repair. */
import type { World } from '../world.ts';
import { clusterState } from './cluster-state.ts';
import { mysqlState, postgresState } from './database-state.ts';

/**
 * Name to value: `deployments.apps/cart` (the shop's namespace), `configmaps/kube-system/coredns` (another one),
 * `namespaces//x` (cluster-wide); `postgres/orders-db/role/app`, `.../table/public.orders`, `.../index/...`, `.../setting/...`,
 * `.../rows/...`. The value is a short hash, or text where a person can make use of it.
 */
export type Snapshot = ReadonlyMap<string, string>;

export async function takeSnapshot(world: World): Promise<Snapshot> {
  const parts = await Promise.all([clusterState(world), postgresState(world, 'orders-db'), mysqlState(world, 'inventory-db')]);
  return new Map(parts.flatMap((part) => [...part]).toSorted(([one], [other]) => one.localeCompare(other)));
}
