/** The shop in a playground cluster: applied, waited for, used and watched. */
import { Pool } from 'pg';
import type { Cluster } from '../cluster/cluster.ts';
import type { World } from '../workspace/page-api.ts';
import { createFaults } from './faults/faults.ts';
import { createFaultSwitch } from './faults/switch.ts';
import { installShop, placeOf, type InstallSettings } from './install.ts';
import { measure } from './measurements.ts';
import { listPods } from './pods.ts';
import { requestMix, shopServices, type ServiceName } from './services.ts';
import { sendTraffic } from './traffic.ts';
import { watchWorld } from './world.ts';

export interface ShopSettings extends InstallSettings {
  /** For how long a request counts in the health that the world shows; 10 seconds when absent. */
  windowMilliseconds?: number;
}

export interface Shop {
  namespace: string;
  /** By service, on its cluster address. */
  serviceUrls: Record<ServiceName, string>;
  /** Of orders-db. `admin` is the superuser's: for the playground's own hands, never for the product. */
  databaseUrls: { read: string; write: string; admin: string };
  /** What this machine could not have. */
  leftOut: readonly string[];
  faults: readonly { id: string; title: string; description: string; area: string }[];
  world(): World;
  /** Called about once a second with the world; returns how to stop that. */
  subscribe(listener: (world: World) => void): () => void;
  /** Idempotent. Throws UnknownFaultError. */
  setFault(id: string, active: boolean): Promise<void>;
  /** Ends traffic and sessions; the cluster's own stop ends the pods. */
  stop(): Promise<void>;
}

/** The cluster must have been started with `shopImages()`. Resolves when every pod is ready and the jobs are done. */
export async function startShop(cluster: Cluster, settings: ShopSettings): Promise<Shop> {
  const { client } = cluster;
  const { namespace, databaseUrl, helm, leftOut } = await installShop(cluster, settings);
  // What it looks at would tell an investigator what to look for.
  const admin = new Pool({ connectionString: databaseUrl('postgres'), max: 2, application_name: '', idleTimeoutMillis: 0, options: '-c track_activities=off -c pg_stat_statements.track=none' });
  admin.on('error', () => undefined);
  const faults = createFaults({ client, namespace, admin, databaseUrl, apply: (yaml) => cluster.apply(yaml, 'kubectl'), helm });
  const serviceUrls = Object.fromEntries((Object.keys(shopServices) as ServiceName[]).map((name) => [name, `http://${placeOf(cluster, namespace, name, 8080)}`])) as Record<ServiceName, string>;
  const measurements = measure<ServiceName>(shopServices, settings.windowMilliseconds);
  const traffic = sendTraffic({ url: (service) => serviceUrls[service], record: measurements.record }, requestMix);
  const watched = watchWorld({ admin, database: 'orders-db', faults, measurements, pods: () => listPods(client, namespace) });
  settings.progress?.('shop: up');
  return {
    namespace,
    serviceUrls,
    databaseUrls: { read: databaseUrl('sre_read'), write: databaseUrl('sre_write'), admin: databaseUrl('postgres') },
    leftOut,
    faults: faults.map(({ id, title, description, area }) => ({ id, title, description, area })),
    world: watched.world,
    subscribe: watched.subscribe,
    setFault: createFaultSwitch(faults, watched.refresh),
    stop: async () => {
      traffic.stop();
      await watched.stop();
      for (const fault of faults) if (fault.id === 'forgotten-transaction' || fault.id === 'leaked-connections') await fault.clear();
      await admin.end();
    },
  };
}
