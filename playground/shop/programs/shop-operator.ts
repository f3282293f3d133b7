/**
 * Keeps the ConfigMap `flash-sales` as the FlashSale objects of its namespace say, and tells in their status what became
 * of each. Level-triggered: it looks at everything again after each change and now and then.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode, errorMessage } from './common/failure.ts';
import { field, fieldAt } from './common/fields.ts';
import { connectKubernetes, KubernetesError, type Kubernetes, type KubernetesObject } from './common/kubernetes.ts';
import { runService } from './common/service.ts';
import type { Log } from './common/log.ts';

const configMapName = 'flash-sales';
const relistMilliseconds = 30_000;

interface Decision {
  sale: KubernetesObject;
  active: boolean;
  reason: 'Applied' | 'Scheduled' | 'Expired' | 'ProductTaken';
  message: string;
}

runService('shop-operator', (parts) => {
  const { environment, log, metrics } = parts;
  const kubernetes = connectKubernetes(environment);
  const reconciled = metrics.counter('reconcile_total', 'Reconciliations, by result');
  const durations = metrics.histogram('reconcile_duration_seconds', 'Time a reconciliation took');
  let active = 0;
  metrics.gauge('flash_sales_active', 'Sales in force', () => active);

  const reconcile = async (): Promise<string> => {
    const started = performance.now();
    try {
      const { items, resourceVersion } = await kubernetes.list(salesPath(kubernetes));
      const decisions = decide(items, Date.now());
      await writeConfigMap(kubernetes, decisions, log);
      for (const decision of decisions) await writeStatus(kubernetes, decision, log);
      active = decisions.filter((decision) => decision.active).length;
      reconciled({ result: 'success' });
      return resourceVersion;
    } catch (error) {
      reconciled({ result: 'error' });
      throw error;
    } finally {
      durations({}, (performance.now() - started) / 1000);
    }
  };

  let signalReady: () => void = () => undefined;
  parts.readyAfter('first reconciliation', new Promise<void>((resolve) => (signalReady = resolve)));
  void run(kubernetes, reconcile, () => signalReady(), parts.stopping, log);
  return [];
});

function salesPath({ namespace }: Kubernetes): string {
  return `/apis/shop.example/v1/namespaces/${namespace}/flashsales`;
}

async function run(kubernetes: Kubernetes, reconcile: () => Promise<string>, ready: () => void, stopping: () => boolean, log: Log): Promise<void> {
  for (let failures = 0; !stopping();) {
    try {
      const resourceVersion = await reconcile();
      ready();
      failures = 0;
      await untilChange(kubernetes, resourceVersion);
    } catch (error) {
      failures += 1;
      const code = error instanceof KubernetesError ? error.code : errorCode(error);
      log('error', `reconciliation failed: ${errorMessage(error)}`, { code, failures });
      await sleep(Math.min(8_000, 250 * 2 ** Math.min(failures, 5)) * (0.75 + Math.random() / 2));
    }
  }
}

/** Our own status writes wake us once more; then there is nothing to write. */
async function untilChange(kubernetes: Kubernetes, resourceVersion: string): Promise<void> {
  const watch = new AbortController();
  const enough = setTimeout(() => watch.abort(), relistMilliseconds);
  try {
    await kubernetes.watch(salesPath(kubernetes), resourceVersion, (type) => type !== 'BOOKMARK' && watch.abort(), watch.signal);
  } catch (error) {
    if (!watch.signal.aborted) throw error;
  } finally {
    clearTimeout(enough);
  }
}

/** Older sales come first: a product belongs to one sale. */
function decide(sales: KubernetesObject[], now: number): Decision[] {
  const taken = new Map<number, string>();
  const byAge = [...sales].sort((left, right) => created(left).localeCompare(created(right)) || left.metadata.name.localeCompare(right.metadata.name));
  return byAge.map((sale): Decision => {
    const from = Date.parse(String(fieldAt(sale, 'spec', 'from') ?? ''));
    const until = Date.parse(String(fieldAt(sale, 'spec', 'until') ?? ''));
    if (until < now) return { sale, active: false, reason: 'Expired', message: `ended at ${new Date(until).toISOString()}` };
    if (from > now) return { sale, active: false, reason: 'Scheduled', message: `begins at ${new Date(from).toISOString()}` };
    const conflict = products(sale).find((product) => taken.has(product));
    if (conflict !== undefined) return { sale, active: false, reason: 'ProductTaken', message: `product ${conflict} is in ${taken.get(conflict)} already` };
    for (const product of products(sale)) taken.set(product, sale.metadata.name);
    return { sale, active: true, reason: 'Applied', message: `${products(sale).length} products at ${String(fieldAt(sale, 'spec', 'discountPercent'))}% off` };
  });
}

function created(sale: KubernetesObject): string {
  return String(fieldAt(sale, 'metadata', 'creationTimestamp') ?? '');
}

function products(sale: KubernetesObject): number[] {
  const listed = fieldAt(sale, 'spec', 'products');
  return Array.isArray(listed) ? listed.map(Number) : [];
}

async function writeConfigMap(kubernetes: Kubernetes, decisions: Decision[], log: Log): Promise<void> {
  const sales = decisions.filter((decision) => decision.active).flatMap(({ sale }) =>
    products(sale).map((product) => ({ product, discountPercent: Number(fieldAt(sale, 'spec', 'discountPercent')), sale: sale.metadata.name })));
  const data = { 'sales.json': JSON.stringify({ sales }) };
  const path = `/api/v1/namespaces/${kubernetes.namespace}/configmaps`;
  const present = await kubernetes.get(`${path}/${configMapName}`);
  if (!present) {
    const metadata = { name: configMapName, labels: { 'app.kubernetes.io/managed-by': 'shop-operator', 'app.kubernetes.io/part-of': 'shop' } };
    await kubernetes.post(path, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
  } else if (fieldAt(present, 'data', 'sales.json') !== data['sales.json']) {
    await kubernetes.put(`${path}/${configMapName}`, { ...present, data });
  } else return;
  log('info', 'flash sales written', { configmap: configMapName, products: sales.length });
}

async function writeStatus(kubernetes: Kubernetes, { sale, active, reason, message }: Decision, log: Log): Promise<void> {
  const conditions = fieldAt(sale, 'status', 'conditions');
  const previous: unknown = Array.isArray(conditions) ? conditions.find((condition: unknown) => field(condition, 'type') === 'Ready') : undefined;
  const status = active ? 'True' : 'False';
  const generation = sale.metadata.generation;
  const same = field(previous, 'status') === status && field(previous, 'reason') === reason && field(previous, 'message') === message && fieldAt(sale, 'status', 'observedGeneration') === generation;
  if (same) return;
  const lastTransitionTime = field(previous, 'status') === status ? field(previous, 'lastTransitionTime') : `${new Date().toISOString().slice(0, 19)}Z`;
  await kubernetes.mergePatch(`${salesPath(kubernetes)}/${sale.metadata.name}/status`, {
    status: {
      observedGeneration: generation, phase: active ? 'Active' : reason === 'ProductTaken' ? 'Refused' : reason,
      conditions: [{ type: 'Ready', status, reason, message, observedGeneration: generation, lastTransitionTime }],
    },
  });
  log('info', `flash sale ${sale.metadata.name}: ${reason}`, { sale: sale.metadata.name, reason, message });
}
