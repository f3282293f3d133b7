/** Events as a compact table, newest first, with the real times instead of ages: an age is wrong as soon as it is quoted. */
import { z } from 'zod';
import { textTable } from '../readings/text-table.ts';

export interface EventFilter {
  /** Plural or singular, in any case. */
  kind?: string | undefined;
  /** The object of this name, and those it owns by name: `checkout` covers `checkout-785f4f6564-jvmmb`. */
  name?: string | undefined;
  type?: string | undefined;
  limit: number;
}

/** Throws SyntaxError or ZodError when it is not a list of events. */
export function eventTable(json: string, filter: EventFilter): string {
  const all = listSchema.parse(JSON.parse(json)).items;
  const rows = all.filter((event) => matches(event, filter)).map(toRow).toSorted((a, b) => (a.last < b.last ? 1 : a.last > b.last ? -1 : 0));
  const shown = rows.slice(0, filter.limit);
  const note = rows.length > shown.length ? `${rows.length} events match; the newest ${shown.length} are shown.` : `${rows.length} of ${all.length} events, newest first. The cluster forgets events, usually after an hour.`;
  const table = textTable(['LAST SEEN', 'FIRST SEEN', 'COUNT', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'], shown.map((row) => [row.last, row.first, row.count, row.type, row.reason, row.object, row.message]));
  return `${table}\n(${note})`;
}

const text = z.string().nullish();
const listSchema = z.object({
  items: z.array(z.object({
    type: text, reason: text, message: text, count: z.number().nullish(),
    firstTimestamp: text, lastTimestamp: text, eventTime: text,
    series: z.object({ count: z.number().nullish(), lastObservedTime: text }).nullish(),
    metadata: z.object({ creationTimestamp: text }).nullish(),
    involvedObject: z.object({ kind: text, name: text }).nullish(),
  })),
});

type KubernetesEvent = z.infer<typeof listSchema>['items'][number];

function matches(event: KubernetesEvent, { kind, name, type }: EventFilter): boolean {
  const { kind: objectKind, name: objectName } = event.involvedObject ?? {};
  if (type !== undefined && event.type !== type) return false;
  if (kind !== undefined && !isSameKind(kind, objectKind ?? '')) return false;
  return name === undefined || objectName === name || (objectName ?? '').startsWith(`${name}-`);
}

/** Events name the kind as the object does (ReplicaSet); people and models say replicasets, replicasets.apps, rs. */
function isSameKind(given: string, kind: string): boolean {
  const [plain = ''] = given.toLowerCase().split('.');
  const wanted = shortNames[plain] ?? plain;
  const actual = kind.toLowerCase();
  return [actual, `${actual}s`, `${actual}es`, actual.replace(/y$/, 'ies')].includes(wanted);
}

const shortNames: Record<string, string | undefined> = Object.assign(Object.create(null) as Record<string, string>, {
  po: 'pods', deploy: 'deployments', rs: 'replicasets', sts: 'statefulsets', ds: 'daemonsets', cj: 'cronjobs', svc: 'services', no: 'nodes', ns: 'namespaces', ing: 'ingresses',
  pvc: 'persistentvolumeclaims', pv: 'persistentvolumes', hpa: 'horizontalpodautoscalers', pdb: 'poddisruptionbudgets', cm: 'configmaps', sa: 'serviceaccounts', quota: 'resourcequotas', netpol: 'networkpolicies', ep: 'endpoints',
});

function toRow(event: KubernetesEvent): { last: string; first: string; count: number; type: string; reason: string; object: string; message: string } {
  const created = event.metadata?.creationTimestamp ?? '';
  const first = event.firstTimestamp ?? event.eventTime ?? created;
  return {
    first: seconds(first),
    last: seconds(event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? first),
    count: event.series?.count ?? event.count ?? 1,
    type: event.type ?? '',
    reason: event.reason ?? '',
    object: `${(event.involvedObject?.kind ?? '').toLowerCase()}/${event.involvedObject?.name ?? ''}`,
    message: event.message ?? '',
  };
}

/** 2026-11-22T11:56:04Z, whatever its fraction was. */
function seconds(timestamp: string): string {
  return timestamp.replace(/\.\d+Z$/, 'Z');
}
