/**
 * Keeps objects of other namespaces as the ConfigMaps say that Deliveries of its own namespace name: each value of
 * `spec.source` is a manifest, applied whenever it or the live object has changed. What somebody edits there by hand does not stay.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage } from './common/failure.ts';
import { field, fieldAt } from './common/fields.ts';
import { connectKubernetes, type Kubernetes, type KubernetesObject } from './common/kubernetes.ts';
import { runService } from './common/service.ts';
import type { Log } from './common/log.ts';

const manager = 'delivery-controller';
const group = 'platform.example';

/** Where objects of a kind live. */
const folders: Record<string, string> = { Deployment: '/apis/apps/v1', ConfigMap: '/api/v1', Service: '/api/v1' };

runService('delivery', (parts) => {
  const { environment, log, metrics } = parts;
  const kubernetes = connectKubernetes(environment);
  const period = environment.integer('SYNC_SECONDS', { minimum: 1, maximum: 3600 }, 180) * 1000;
  const corrected = metrics.counter('drift_corrected_total', 'Objects that were not as their source says');
  /** What was applied last, by delivery: changes of the source are no drift. */
  const revisions = new Map<string, string>();

  const round = async (): Promise<void> => {
    const { items } = await kubernetes.list(`/apis/${group}/v1/namespaces/${kubernetes.namespace}/deliveries`);
    for (const delivery of items) await deliver(kubernetes, delivery, revisions, { log, corrected: () => corrected() });
  };
  const loop = async (): Promise<void> => {
    for (; !parts.stopping(); await sleep(period)) await round().catch((error: unknown) => log('error', `sync failed: ${errorMessage(error)}`));
  };
  void loop();
  return [];
});

interface Telling {
  log: Log;
  corrected(): void;
}

async function deliver(kubernetes: Kubernetes, delivery: KubernetesObject, revisions: Map<string, string>, { log, corrected }: Telling): Promise<void> {
  const { name, generation } = delivery.metadata;
  const source = String(fieldAt(delivery, 'spec', 'source'));
  const heal = fieldAt(delivery, 'spec', 'selfHeal') !== false;
  const configMap = await kubernetes.get(`/api/v1/namespaces/${kubernetes.namespace}/configmaps/${source}`);
  const data = field(configMap, 'data');
  if (typeof data !== 'object' || data === null) return report(kubernetes, delivery, { phase: 'Failed', message: `source ${source} has no data` });
  const revision = createHash('sha256').update(JSON.stringify(data)).digest('hex').slice(0, 10);
  const fresh = revisions.get(name) !== revision;
  if (!fresh && !heal) return;
  try {
    for (const [key, text] of Object.entries(data as Record<string, string>)) {
      const manifest = JSON.parse(text) as KubernetesObject;
      const path = pathOf(manifest);
      const before = await kubernetes.get(path);
      const after = await kubernetes.apply(path, manager, manifest);
      const changed = before?.metadata.generation !== after.metadata.generation;
      if (!changed) continue;
      const what = `${String(manifest['kind'])} ${String(manifest.metadata.namespace)}/${manifest.metadata.name}`;
      if (!fresh) corrected();
      log('info', fresh ? `applied ${what}` : `${what} differed from its source: put back`, { delivery: name, source, key, revision });
    }
    revisions.set(name, revision);
    await report(kubernetes, delivery, { phase: 'Synced', revision, message: `live objects are as ${source} says`, observedGeneration: generation });
  } catch (error) {
    await report(kubernetes, delivery, { phase: 'Failed', revision, message: errorMessage(error) });
    throw error;
  }
}

function pathOf({ kind, metadata }: KubernetesObject): string {
  const folder = folders[String(kind)];
  if (folder === undefined) throw new Error(`can not deliver a ${String(kind)}`);
  return `${folder}/namespaces/${metadata.namespace ?? ''}/${String(kind).toLowerCase()}s/${metadata.name}`;
}

/** Written only when it says something new. */
async function report(kubernetes: Kubernetes, delivery: KubernetesObject, status: Record<string, unknown>): Promise<void> {
  const same = Object.entries(status).every(([key, value]) => fieldAt(delivery, 'status', key) === value);
  if (same) return;
  await kubernetes.mergePatch(`/apis/${group}/v1/namespaces/${kubernetes.namespace}/deliveries/${delivery.metadata.name}/status`, { status });
}
