/** The shop in a playground cluster: applied, waited for, used and watched. */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import type { Logger } from '../../src/telemetry/log.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { addressMode } from '../cluster/network/relocation.ts';
import type { World } from '../workspace/page-api.ts';
import { namespace } from './faults/context.ts';
import { createFaults } from './faults/faults.ts';
import { createFaultSwitch } from './faults/switch.ts';
import { createHelm, findHelm, shopFolder } from './helm-release.ts';
import { measure } from './measurements.ts';
import { roleOfKey } from './orders-database/roles.ts';
import { ensureTemplate } from './orders-database/template.ts';
import { listPods } from './pods.ts';
import { findMariadb } from './server-images/find-mariadb.ts';
import { requestMix, shopServices, type ServiceName } from './services.ts';
import { sendTraffic } from './traffic.ts';
import { watchWorld } from './world.ts';

export interface ShopSettings {
  /** For helm's own files. */
  directory: string;
  log: Logger;
  /** One line a step. */
  progress?: (line: string) => void;
  /** For how long a request counts in the health that the world shows; 10 seconds when absent. */
  windowMilliseconds?: number;
  /** 60 when absent. */
  patienceSeconds?: number;
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
  const { progress = () => undefined } = settings;
  const { client } = cluster;
  await ensureTemplate(settings.log, progress);
  const leftOut: string[] = [];
  const manifests = readManifests();
  if (!findMariadb() || addressMode() === 'ports') leftOut.push('inventory (needs mariadbd, and Linux: checkout keeps stock in orders-db)');
  const passwords = new Map(Object.entries(roleOfKey).map(([key, role]) => [role, { key, value: randomBytes(18).toString('hex') }]));
  progress('shop: applying its manifests');
  for (const { name, text } of manifests) {
    if (name === '21-inventory.yaml' && leftOut.length > 0) continue;
    cluster.apply(fillSecrets(text, [...passwords.values()]));
  }
  const helmProgram = findHelm();
  const helm = helmProgram === undefined ? undefined : createHelm(helmProgram, cluster.adminKubeconfig, path.join(settings.directory, 'helm'), namespace);
  if (helm) {
    progress('shop: installing the recommender with helm');
    // The chart is ours: a download of every schema tells helm nothing new.
    await helm('install', 'recommender', 'chart', '--disable-openapi-validation');
    await helm('upgrade', 'recommender', 'chart', '--disable-openapi-validation', '--set', 'recommendations=6', '--set', 'image.tag=1.2.1');
  } else {
    leftOut.push('the helm release (needs helm: the recommender is applied as plain manifests)');
    cluster.apply(readFileSync(path.join(shopFolder(), 'manifests', 'without-helm', 'recommender.yaml'), 'utf8'));
  }
  for (const part of leftOut) progress(`shop: left out: ${part}`);
  progress('shop: waiting for its pods');
  await untilHealthy(cluster, settings.patienceSeconds ?? 60);

  const databaseUrl = (role: string): string => {
    const url = new URL(`postgresql://${placeOf(cluster, 'orders-db', 5432)}/shop`);
    url.username = role;
    url.password = passwords.get(role)?.value ?? '';
    return url.toString();
  };
  // What it looks at would tell an investigator what to look for.
  const admin = new Pool({ connectionString: databaseUrl('postgres'), max: 2, application_name: '', idleTimeoutMillis: 0, options: '-c track_activities=off -c pg_stat_statements.track=none' });
  admin.on('error', () => undefined);
  const faults = createFaults({ client, admin, databaseUrl, apply: (yaml) => cluster.apply(yaml, 'kubectl'), helm });
  const serviceUrls = Object.fromEntries((Object.keys(shopServices) as ServiceName[]).map((name) => [name, `http://${placeOf(cluster, name, 8080)}`])) as Record<ServiceName, string>;
  const measurements = measure<ServiceName>(shopServices, settings.windowMilliseconds);
  const traffic = sendTraffic({ urls: serviceUrls, record: measurements.record }, requestMix);
  const watched = watchWorld({ admin, database: 'orders-db', faults, measurements, pods: () => listPods(client, namespace) });
  progress('shop: up');
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

/** In the order of their names, the product's own accounts last. */
function readManifests(): { name: string; text: string }[] {
  const folder = path.join(shopFolder(), 'manifests');
  const names = readdirSync(folder).filter((name) => name.endsWith('.yaml')).sort();
  return names.map((name) => ({ name, text: readFileSync(path.join(folder, name), 'utf8') }));
}

/** Every `change-me` becomes a password of its own. */
function fillSecrets(text: string, passwords: readonly { key: string; value: string }[]): string {
  return text.replaceAll(/^( +)([\w-]+): change-me$/gm, (_line, indent: string, key: string) =>
    `${indent}${key}: ${passwords.find((password) => password.key === key)?.value ?? randomBytes(18).toString('hex')}`);
}

/** `address:port` at which this process reaches a service. */
function placeOf({ client, locate }: Cluster, service: string, servicePort: number): string {
  const clusterAddress = client.get('services', namespace, service)?.spec?.clusterIP;
  if (clusterAddress === undefined) throw new Error(`service ${service} has no cluster address`);
  const { address, port } = locate(clusterAddress, servicePort);
  return `${address}:${port}`;
}

export class ShopNotHealthyError extends Error {
  readonly code = 'SHOP_NOT_HEALTHY';
  constructor(seconds: number, waiting: readonly string[], pods: NonNullable<World['pods']>) {
    super(`the shop was not healthy after ${seconds} s; still waiting for ${waiting.join(', ')}. Pods: ${pods.map((pod) => `${pod.name} ${pod.ready} ${pod.status}`).join('; ')}`);
  }
}

async function untilHealthy(cluster: Cluster, seconds: number): Promise<void> {
  for (const end = Date.now() + seconds * 1000; ; await sleep(100)) {
    const waiting = unfinished(cluster);
    if (waiting.length === 0) return;
    if (Date.now() > end) throw new ShopNotHealthyError(seconds, waiting, listPods(cluster.client, namespace));
  }
}

/** Names of what is not as its spec says yet. */
function unfinished({ client }: Cluster): string[] {
  const deployments = client.list('deployments.apps', { namespace }).filter(({ metadata, spec, status }) =>
    status?.observedGeneration !== metadata.generation || (status?.updatedReplicas ?? 0) !== (spec?.replicas ?? 1) || (status?.availableReplicas ?? 0) < (spec?.replicas ?? 1));
  const statefulSets = client.list('statefulsets.apps', { namespace }).filter(({ spec, status }) => (status?.readyReplicas ?? 0) < (spec?.replicas ?? 1));
  const jobs = client.list('jobs.batch', { namespace }).filter((job) => job.metadata.ownerReferences === undefined && (job.status?.succeeded ?? 0) < (job.spec?.completions ?? 1));
  return [...deployments, ...statefulSets, ...jobs].map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}
