/** What kubectl's tables leave out: the readiness of each endpoint, the conditions of custom resources. */
import { items, nameOf } from '../readings/cluster/fields.ts';
import type { Client } from './client.ts';
import { sliceTable } from './endpoint-slices.ts';
import { clusterScopedKind } from './kinds.ts';
import { listObjects } from './objects.ts';
import { conditionLines } from './owner-tree.ts';
import type { Place } from './place.ts';
import { titleOf } from './writes.ts';

export interface ListLook {
  client: Client;
  place: Place;
  kind: string;
  selector: string | undefined;
  signal: AbortSignal;
}

const mostObjects = 40;

/** Lines for the end of the table; none where the table says it all, or where they could not be read. */
export async function moreThanTable({ client, place, kind, selector, signal }: ListLook): Promise<string[]> {
  const slices = /^endpointslices?(?:\.|$)/.test(kind);
  if (!slices && isBuiltIn(kind)) return [];
  const listed = await listObjects(client, place, [kind], signal, selector);
  if ('problem' in listed || listed.objects.length === 0) return [];
  return slices ? ['', ...sliceTable(listed.objects).split('\n')] : conditionsOfAll(listed.objects);
}

/** Those with a condition that is not as it should be come first, as far as the usual words tell. */
export function conditionsOfAll(objects: readonly unknown[]): string[] {
  const told = objects.filter((one) => items(one, 'status', 'conditions').length > 0 && nameOf(one) !== '').map((one) => ({ title: titleOf(one), lines: conditionLines(one) }));
  const unwell = (lines: readonly string[]): boolean => lines.some((line) => /^ {2}\S*(?:Ready|Available|Healthy|Synced|Succeeded|Valid|Established|Reconciled)=(?!True)|^ {2}\S*(?:Degraded|Failed|Failure|Stalled|Error)=True/.test(line));
  const sorted = told.toSorted((left, right) => Number(unwell(right.lines)) - Number(unwell(left.lines)));
  return told.length === 0 ? [] : ['', 'Conditions:', ...sorted.slice(0, mostObjects).flatMap(({ title, lines }) => [title, ...lines]), ...(told.length > mostObjects ? [`(${told.length - mostObjects} more)`] : [])];
}

/** Of the kinds below; what is asked for by a group of Kubernetes' own is built in too. */
function isBuiltIn(kind: string): boolean {
  const [plain = '', ...group] = kind.split('.');
  if (clusterScopedKind(kind) !== undefined) return true;
  const named = builtIn.has(plain);
  if (group.length === 0 || group[0] === '') return named;
  return named && /^(?:v\d\w*\.?)?(?:apps|batch|autoscaling|policy|extensions|(?:.*\.)?k8s\.io)?$/.test(group.join('.'));
}

const builtIn = new Set([
  'all', 'po', 'deploy', 'rs', 'sts', 'ds', 'cj', 'svc', 'ing', 'pvc', 'hpa', 'pdb', 'cm', 'sa', 'quota', 'netpol', 'ep', 'ev', 'limits', 'rc',
  ...['pod', 'deployment', 'replicaset', 'statefulset', 'daemonset', 'cronjob', 'job', 'service', 'persistentvolumeclaim', 'horizontalpodautoscaler', 'poddisruptionbudget', 'configmap', 'serviceaccount', 'resourcequota', 'endpoint', 'event', 'limitrange', 'replicationcontroller', 'controllerrevision', 'role', 'rolebinding', 'lease', 'podtemplate'].flatMap((one) => [one, `${one}s`]),
  'ingress', 'ingresses', 'networkpolicy', 'networkpolicies',
]);
