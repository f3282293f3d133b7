/** Objects whose owners are gone go too; owners wait for their dependents, or let them go, where their deletion says so. */
import type { ClusterClient } from '../../client.ts';
import type { StoredMeta, StoredObject } from '../../objects/object.ts';
import type { OwnerReference } from '../../objects/types.ts';
import { createController } from '../controller.ts';
import { builtInKinds, customKinds, type KnownKind } from './kinds.ts';
import { createOwnerGraph, type GraphNode, type OwnerGraph } from './owner-graph.ts';
import { failureLog, managed, stopAll, type ClusterControllerSettings, type Running } from './settings.ts';

const waitsForDependents = 'foregroundDeletion';
const letsDependentsGo = 'orphan';

export function startGarbageCollection(asAdmin: ClusterClient, settings: ClusterControllerSettings): Running {
  const client = asAdmin.as(managed('garbage-collector-controller'));
  const graph = createOwnerGraph();
  const controller = createController({
    name: 'garbage-collection',
    reconcile: (uid) => {
      const node = graph.get(uid);
      if (node !== undefined) reconcile(client, graph, kindOf, node, controller.enqueue);
    },
    failed: failureLog(settings, 'garbage-collection'),
  });
  const watched = new Map<string, { kind: KnownKind; end(): void }>();
  const kindOf = (reference: OwnerReference): KnownKind | undefined => {
    const group = reference.apiVersion.includes('/') ? reference.apiVersion.slice(0, reference.apiVersion.indexOf('/')) : '';
    for (const { kind } of watched.values()) if (kind.kind === reference.kind && kind.group === group) return kind;
    return undefined;
  };
  const gone = (uid: string): void => {
    const node = graph.remove(uid);
    for (const dependent of graph.dependentsOf(uid)) controller.enqueue(dependent.uid);
    for (const owner of node?.owners ?? []) controller.enqueue(owner.uid);
  };
  const changed = (kind: KnownKind) => ({ metadata }: { metadata: StoredMeta }): void => {
    const before = graph.get(metadata.uid)?.owners ?? [];
    graph.put(kind, metadata);
    if ((metadata.ownerReferences ?? []).length > 0 || metadata.deletionTimestamp !== undefined) controller.enqueue(metadata.uid);
    // A reference that was dropped may have been what an owner waited for.
    for (const { uid } of before) if (!(metadata.ownerReferences ?? []).some((owner) => owner.uid === uid)) controller.enqueue(uid);
  };
  const watch = (kind: KnownKind): void => {
    if (watched.has(kind.key)) return;
    const handler = changed(kind);
    watched.set(kind.key, { kind, end: client.watch(kind.key, { added: handler, modified: handler, deleted: ({ metadata }: StoredObject) => gone(metadata.uid) }) });
  };
  const updateCustomKinds = (): void => {
    const custom = customKinds(client);
    for (const kind of custom) watch(kind);
    const builtIn = new Set(builtInKinds.map(({ key }) => key));
    for (const [key, { end }] of watched) {
      if (builtIn.has(key) || custom.some((kind) => kind.key === key)) continue;
      end();
      watched.delete(key);
      for (const { uid } of graph.ofKind(key)) gone(uid);
    }
  };
  for (const kind of builtInKinds) watch(kind);
  updateCustomKinds();
  return stopAll(
    client.watch('customresourcedefinitions.apiextensions.k8s.io', { added: updateCustomKinds, modified: updateCustomKinds, deleted: updateCustomKinds }),
    () => {
      for (const { end } of watched.values()) end();
    },
    controller,
  );
}

type KindOf = (reference: OwnerReference) => KnownKind | undefined;

function reconcile(client: ClusterClient, graph: OwnerGraph, kindOf: KindOf, node: GraphNode, enqueue: (uid: string) => void): void {
  const object = read(client, node);
  if (object === undefined) return;
  const { metadata } = object;
  if (metadata.deletionTimestamp !== undefined) {
    const finalizers = metadata.finalizers ?? [];
    if (finalizers.includes(letsDependentsGo)) return orphanDependents(client, graph, node);
    if (finalizers.includes(waitsForDependents)) waitForDependents(client, graph, node, enqueue);
    return;
  }
  const owners = metadata.ownerReferences ?? [];
  if (owners.length === 0) return;
  const states = owners.map((owner) => ({ owner, state: stateOf(client, kindOf, owner, node.namespace) }));
  if (states.some(({ state }) => state === 'solid' || state === 'unknown')) {
    const dead = states.filter(({ state }) => state === 'absent' || state === 'waiting').map(({ owner }) => owner.uid);
    if (dead.length > 0) dropOwners(client, node, dead);
    return;
  }
  const foreground = states.some(({ state }) => state === 'waiting') && graph.dependentsOf(node.uid).length > 0;
  const propagation = foreground || metadata.finalizers?.includes(waitsForDependents) === true ? 'Foreground' : metadata.finalizers?.includes(letsDependentsGo) === true ? 'Orphan' : 'Background';
  client.delete(node.kind.key, node.namespace, node.name, { uid: node.uid, propagation });
}

/** `waiting`: it is there, but only until its dependents are gone. `unknown`: nobody can tell what it would be. */
function stateOf(client: ClusterClient, kindOf: KindOf, owner: OwnerReference, namespace: string | undefined): 'solid' | 'waiting' | 'absent' | 'unknown' {
  const kind = kindOf(owner);
  if (kind === undefined) return 'unknown';
  if (kind.namespaced && namespace === undefined) return 'unknown';
  const found = client.get(kind.key, kind.namespaced ? namespace : undefined, owner.name);
  if (found === undefined || found.metadata.uid !== owner.uid) return 'absent';
  return found.metadata.deletionTimestamp !== undefined && found.metadata.finalizers?.includes(waitsForDependents) === true ? 'waiting' : 'solid';
}

const read = (client: ClusterClient, { kind, namespace, name, uid }: GraphNode): StoredObject | undefined => {
  const found = client.get(kind.key, namespace, name) as StoredObject | undefined;
  return found?.metadata.uid === uid ? found : undefined;
};

function orphanDependents(client: ClusterClient, graph: OwnerGraph, node: GraphNode): void {
  for (const dependent of graph.dependentsOf(node.uid)) dropOwners(client, dependent, [node.uid]);
  dropFinalizer(client, node, letsDependentsGo);
}

function waitForDependents(client: ClusterClient, graph: OwnerGraph, node: GraphNode, enqueue: (uid: string) => void): void {
  const dependents = graph.dependentsOf(node.uid).filter((dependent) => read(client, dependent) !== undefined);
  const blocking = dependents.filter(({ owners }) => owners.some(({ uid, blockOwnerDeletion }) => uid === node.uid && blockOwnerDeletion === true));
  if (blocking.length === 0) dropFinalizer(client, node, waitsForDependents);
  for (const dependent of dependents) enqueue(dependent.uid);
}

function dropOwners(client: ClusterClient, { kind, namespace, name, uid }: GraphNode, owners: readonly string[]): void {
  client.modify(kind.key, namespace, name, ({ metadata }: StoredObject) => {
    if (metadata.uid !== uid) return;
    const left = (metadata.ownerReferences ?? []).filter((owner) => !owners.includes(owner.uid));
    if (left.length === 0) delete metadata.ownerReferences;
    else metadata.ownerReferences = left;
  });
}

function dropFinalizer(client: ClusterClient, { kind, namespace, name, uid }: GraphNode, finalizer: string): void {
  client.modify(kind.key, namespace, name, ({ metadata }: StoredObject) => {
    if (metadata.uid !== uid) return;
    const left = (metadata.finalizers ?? []).filter((other) => other !== finalizer);
    if (left.length === 0) delete metadata.finalizers;
    else metadata.finalizers = left;
  });
}
