/** The API server without its network side: kinds, store, verbs and the client of this process. */
import { createWatchQueue } from './api/client/watches.ts';
import type { WatchQueue } from './api/client/watches.ts';
import { plainMachinery } from './api/interim.ts';
import type { Machinery } from './api/machinery.ts';
import { createVerbs } from './api/object-verbs.ts';
import type { Verbs } from './api/verbs.ts';
import type { ClusterClient } from './client.ts';
import { createInProcessClient } from './in-process-client.ts';
import { builtInDefinitions } from './resources/definitions/index.ts';
import { createRegistry } from './resources/registry.ts';
import { tableOf } from './resources/tables/index.ts';
import { createStore } from './store/memory.ts';

export interface ControlPlane {
  machinery: Machinery;
  verbs: Verbs;
  /** As cluster-admin. */
  client: ClusterClient;
  queue: WatchQueue;
  stop(): void;
}

export interface ControlPlaneSettings {
  log(line: string): void;
}

export function createControlPlane({ log }: ControlPlaneSettings): ControlPlane {
  const registry = createRegistry(builtInDefinitions({ strategyOf: () => ({}), tableOf }));
  const machinery: Machinery = { store: createStore(), registry, admission: [], ...plainMachinery, now: () => Date.now() };
  const verbs = createVerbs(machinery);
  const queue = createWatchQueue((error) => log(`A watch handler failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`));
  const client = createInProcessClient({ machinery, verbs, queue });
  return { machinery, verbs, client, queue, stop: () => queue.stop() };
}
