/** Worlds of all kinds that have one; a cluster and a MariaDB start only for those who want them. */
import { openClusterWorlds } from './cluster-worlds.ts';
import { hostWorlds } from './host-worlds.ts';
import { httpWorlds } from './http-worlds.ts';
import { openMysqlWorlds } from './mysql-worlds.ts';
import { postgresWorlds } from './postgres-worlds.ts';
import type { OpenWorld } from './world.ts';

export async function openWorlds(kinds: readonly string[]): Promise<{ worlds: Record<string, OpenWorld>; close(): Promise<void> }> {
  const wants = (area: string): boolean => kinds.some((kind) => kind.startsWith(area));
  const cluster = ['kubectl.', 'helm.', 'coredns.'].some(wants) ? await openClusterWorlds() : undefined;
  const mysql = wants('mysql.') ? await openMysqlWorlds() : undefined;
  return {
    worlds: { ...httpWorlds, ...hostWorlds, ...postgresWorlds, ...cluster?.worlds, ...mysql?.worlds },
    async close() {
      await mysql?.close();
      await cluster?.close();
    },
  };
}
