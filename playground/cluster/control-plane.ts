/** The API server without its network side: kinds, store, rights, verbs and the client of this process. */
import { createAuthorizer } from './access/authorizer.ts';
import type { RbacAuthorizer } from './access/authorizer.ts';
import { createTokens } from './access/tokens.ts';
import type { Tokens } from './access/tokens.ts';
import type { AdmissionPlugin } from './admission/admission.ts';
import { serviceAllocation } from './api/allocation.ts';
import { createWatchQueue } from './api/client/watches.ts';
import type { WatchQueue } from './api/client/watches.ts';
import type { Machinery } from './api/machinery.ts';
import { createVerbs } from './api/object-verbs.ts';
import type { Verbs } from './api/verbs.ts';
import { objectWriting } from './api/writes/writing.ts';
import type { ClusterClient } from './client.ts';
import { createInProcessClient } from './in-process-client.ts';
import { builtInDefinitions } from './resources/definitions/index.ts';
import { createRegistry } from './resources/registry.ts';
import { strategyOf } from './resources/strategies/index.ts';
import { tableOf } from './resources/tables/index.ts';
import { createStore } from './store/memory.ts';

export interface ControlPlane {
  machinery: Machinery;
  verbs: Verbs;
  authorizer: RbacAuthorizer;
  tokens: Tokens;
  /** As cluster-admin. */
  client: ClusterClient;
  queue: WatchQueue;
  stop(): void;
}

export interface ControlPlaneSettings {
  log(line: string): void;
  /** What checks every write. None: namespaces and service accounts need not be there. */
  admission?(parts: Pick<Machinery, 'store' | 'registry'> & { authorizer: RbacAuthorizer }): AdmissionPlugin[];
  /** Second byte of the service network. */
  services?: number;
}

export function createControlPlane({ log, admission, services = 96 }: ControlPlaneSettings): ControlPlane {
  const registry = createRegistry(builtInDefinitions({ strategyOf, tableOf }));
  const store = createStore();
  const authorizer = createAuthorizer(store);
  const machinery: Machinery = {
    store, registry, ...objectWriting, now: () => Date.now(),
    admission: [...(admission?.({ store, registry, authorizer }) ?? []), serviceAllocation(store, services)],
  };
  const verbs = createVerbs(machinery);
  const queue = createWatchQueue((error) => log(`A watch handler failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`));
  const client = createInProcessClient({ machinery, verbs, queue });
  return { machinery, verbs, authorizer, tokens: createTokens({ store }), client, queue, stop: () => queue.stop() };
}
