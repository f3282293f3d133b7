/** Namespaces that end: everything in them goes, pods first, then they do. */
import type { ClusterClient } from '../../client.ts';
import type { NamespaceCondition } from '../../objects/types.ts';
import { createController, splitKey } from '../controller.ts';
import { builtInKinds, customKinds, type KnownKind } from './kinds.ts';
import { failureLog, managed, stopAll, timestamp, type ClusterControllerSettings, type Running } from './settings.ts';

const lookAgainMilliseconds = 200;

interface Remaining {
  kind: KnownKind;
  count: number;
  finalizers: string[];
}

export function startNamespaces(asAdmin: ClusterClient, settings: ClusterControllerSettings): Running {
  const client = asAdmin.as(managed('namespace-controller'));
  const reconcile = (key: string): void => {
    const { name } = splitKey(key);
    const namespace = client.get('namespaces', undefined, name);
    if (namespace?.metadata.deletionTimestamp === undefined) return;
    const remaining = deleteContent(client, name);
    if (namespace.status?.phase !== 'Terminating' || remaining.length > 0) {
      client.modify('namespaces', undefined, name, (copy) => {
        copy.status = { ...copy.status, phase: 'Terminating', conditions: conditionsOf(remaining, copy.status?.conditions ?? []) };
      }, 'status');
    }
    if (remaining.length > 0) {
      controller.enqueueAfter(key, lookAgainMilliseconds);
      return;
    }
    client.modify('namespaces', undefined, name, (copy) => {
      if (copy.spec !== undefined) copy.spec.finalizers = (copy.spec.finalizers ?? []).filter((finalizer) => finalizer !== 'kubernetes');
    }, 'finalize');
  };
  const controller = createController({ name: 'namespaces', reconcile, failed: failureLog(settings, 'namespaces') });
  const enqueue = ({ metadata }: { metadata: { name: string; deletionTimestamp?: string } }): void => {
    if (metadata.deletionTimestamp !== undefined) controller.enqueue(`/${metadata.name}`);
  };
  return stopAll(client.watch('namespaces', { added: enqueue, modified: enqueue }), controller);
}

/** What is still there afterwards. */
function deleteContent(client: ClusterClient, namespace: string): Remaining[] {
  const kinds = [...builtInKinds, ...customKinds(client)].filter((kind) => kind.namespaced);
  const pods = kinds.filter(({ key }) => key === 'pods');
  const remainingPods = pods.flatMap((kind) => deleteKind(client, kind, namespace));
  return remainingPods.length > 0 ? remainingPods : kinds.flatMap((kind) => deleteKind(client, kind, namespace));
}

function deleteKind(client: ClusterClient, kind: KnownKind, namespace: string): Remaining[] {
  for (const { metadata } of client.list(kind.key, { namespace })) {
    if (metadata.deletionTimestamp === undefined) client.delete(kind.key, namespace, metadata.name, { uid: metadata.uid, propagation: 'Background' });
  }
  const left = client.list(kind.key, { namespace });
  return left.length === 0 ? [] : [{ kind, count: left.length, finalizers: left.flatMap(({ metadata }) => metadata.finalizers ?? []) }];
}

function conditionsOf(remaining: readonly Remaining[], previous: readonly NamespaceCondition[]): NamespaceCondition[] {
  const counts = new Map<string, number>();
  for (const { finalizers } of remaining) for (const finalizer of finalizers) counts.set(finalizer, (counts.get(finalizer) ?? 0) + 1);
  const resources = remaining.map(({ kind, count }) => `${kind.plural}.${kind.group} has ${count} resource instances`).sort();
  const held = [...counts].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`).sort();
  return [
    condition('NamespaceDeletionDiscoveryFailure', 'False', 'ResourcesDiscovered', 'All resources successfully discovered'),
    condition('NamespaceDeletionGroupVersionParsingFailure', 'False', 'ParsedGroupVersions', 'All legacy kube types successfully parsed'),
    condition('NamespaceDeletionContentFailure', 'False', 'ContentDeleted', 'All content successfully deleted, may be waiting on finalization'),
    resources.length > 0
      ? condition('NamespaceContentRemaining', 'True', 'SomeResourcesRemain', `Some resources are remaining: ${resources.join(', ')}`)
      : condition('NamespaceContentRemaining', 'False', 'ContentRemoved', 'All content successfully removed'),
    held.length > 0
      ? condition('NamespaceFinalizersRemaining', 'True', 'SomeFinalizersRemain', `Some content in the namespace has finalizers remaining: ${held.join(', ')}`)
      : condition('NamespaceFinalizersRemaining', 'False', 'ContentHasNoFinalizers', 'All content-preserving finalizers finished'),
  ].map((next) => {
    const before = previous.find(({ type }) => type === next.type);
    return before?.status === next.status && before.lastTransitionTime !== undefined ? { ...next, lastTransitionTime: before.lastTransitionTime } : next;
  });
}

const condition = (type: string, status: string, reason: string, message: string): NamespaceCondition => ({ type, status, lastTransitionTime: timestamp(), reason, message });
