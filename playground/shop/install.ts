/** Puts the shop into a cluster: manifests with passwords of their own, the helm release, and a wait until all of it is up. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../src/telemetry/log.ts';
import { withAppliedNote } from '../cluster/applied-note.ts';
import { addressMode } from '../cluster/network/relocation.ts';
import type { World } from '../workspace/page-api.ts';
import { createHelm, findHelm, shopFolder } from './helm-release.ts';
import { inNamespace, readManifests } from './manifests.ts';
import { roleOfKey } from './orders-database/roles.ts';
import { ensureTemplate } from './orders-database/template.ts';
import { listPods } from './pods.ts';
import { findMariadb } from './server-images/find-mariadb.ts';
import type { ShopCluster } from './shop-cluster.ts';

export interface InstallSettings {
  /** For helm's own files. */
  directory: string;
  log: Logger;
  /** One line a step. */
  progress?: (line: string) => void;
  /** 60 when absent. */
  patienceSeconds?: number;
  /** `shop` when absent. */
  namespace?: string;
  /** False: without inventory and its MariaDB; checkout then keeps stock in orders-db. */
  inventory?: boolean;
  /** False: the recommender as plain manifests. */
  helm?: boolean;
}

export interface InstalledShop {
  namespace: string;
  /** Of the database `shop` in orders-db, by role. */
  databaseUrl(role: string): string;
  /** Real helm as cluster-admin; undefined where it is not installed. Resolves with what it printed. */
  helm: ((...words: string[]) => Promise<string>) | undefined;
  /** Inventory and its MariaDB are there. */
  inventory: boolean;
  /** What this machine could not have. */
  leftOut: readonly string[];
}

/** The cluster must have been started with `shopImages()`. Resolves when every pod is ready and the jobs are done. */
export async function installShop(cluster: ShopCluster, settings: InstallSettings): Promise<InstalledShop> {
  const { progress = () => undefined, namespace = 'shop', inventory = true } = settings;
  await ensureTemplate(settings.log, progress);
  const leftOut: string[] = [];
  if (inventory && (!findMariadb() || addressMode() === 'ports')) leftOut.push('inventory (needs mariadbd, and Linux: checkout keeps stock in orders-db)');
  const withInventory = inventory && leftOut.length === 0;
  const passwords = new Map(Object.entries(roleOfKey).map(([key, role]) => [role, { key, value: randomBytes(18).toString('hex') }]));
  progress('shop: applying its manifests');
  for (const { name, text } of readManifests(namespace)) {
    if (name === '21-inventory.yaml' && !withInventory) continue;
    await cluster.apply(withAppliedNote(fillSecrets(text, [...passwords.values()]), namespace), 'kubectl-client-side-apply');
  }
  const helmProgram = findHelm();
  const helm = helmProgram === undefined ? undefined : createHelm(helmProgram, cluster.adminKubeconfig, path.join(settings.directory, 'helm'), namespace);
  if (helm && settings.helm !== false) {
    progress('shop: installing the recommender with helm');
    // The chart is ours: a download of every schema tells helm nothing new.
    await helm('install', 'recommender', 'chart', '--disable-openapi-validation');
    await helm('upgrade', 'recommender', 'chart', '--disable-openapi-validation', '--set', 'recommendations=6', '--set', 'image.tag=1.2.1');
  } else {
    if (!helm) leftOut.push('the helm release (needs helm: the recommender is applied as plain manifests)');
    await cluster.apply(withAppliedNote(inNamespace(readFileSync(path.join(shopFolder(), 'manifests', 'without-helm', 'recommender.yaml'), 'utf8'), namespace), namespace), 'kubectl-client-side-apply');
  }
  for (const part of leftOut) progress(`shop: left out: ${part}`);
  progress('shop: waiting for its pods');
  await untilHealthy(cluster, namespace, settings.patienceSeconds ?? 60);
  return {
    namespace,
    databaseUrl: (role) => {
      const url = new URL(`postgresql://${placeOf(cluster, namespace, 'orders-db', 5432)}/shop`);
      url.username = role;
      url.password = passwords.get(role)?.value ?? '';
      return url.toString();
    },
    helm,
    inventory: withInventory,
    leftOut,
  };
}

/** Every `change-me` becomes a password of its own. */
function fillSecrets(text: string, passwords: readonly { key: string; value: string }[]): string {
  return text.replaceAll(/^( +)([\w-]+): change-me$/gm, (_line, indent: string, key: string) =>
    `${indent}${key}: ${passwords.find((password) => password.key === key)?.value ?? randomBytes(18).toString('hex')}`);
}

/** `address:port` at which this process reaches a service now. Throws when it has no cluster address. */
export function placeOf({ client, locate }: Pick<ShopCluster, 'client' | 'locate'>, namespace: string, service: string, servicePort: number): string {
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

async function untilHealthy(cluster: Pick<ShopCluster, 'client'>, namespace: string, seconds: number): Promise<void> {
  for (const end = Date.now() + seconds * 1000; ; await sleep(100)) {
    const waiting = unfinished(cluster, namespace);
    if (waiting.length === 0) return;
    if (Date.now() > end) throw new ShopNotHealthyError(seconds, waiting, listPods(cluster.client, namespace));
  }
}

/** Names of what is not as its spec says yet. */
function unfinished({ client }: Pick<ShopCluster, 'client'>, namespace: string): string[] {
  const deployments = client.list('deployments.apps', { namespace }).filter(({ metadata, spec, status }) =>
    status?.observedGeneration !== metadata.generation || (status?.updatedReplicas ?? 0) !== (spec?.replicas ?? 1) || (status?.availableReplicas ?? 0) < (spec?.replicas ?? 1));
  const statefulSets = client.list('statefulsets.apps', { namespace }).filter(({ spec, status }) => (status?.readyReplicas ?? 0) < (spec?.replicas ?? 1));
  const jobs = client.list('jobs.batch', { namespace }).filter((job) => job.metadata.ownerReferences === undefined && (job.status?.succeeded ?? 0) < (job.spec?.completions ?? 1));
  return [...deployments, ...statefulSets, ...jobs].map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}
