/** ClusterClient over the verbs and the store of the same process. */
import { watchInProcess } from './api/client/watches.ts';
import type { WatchQueue } from './api/client/watches.ts';
import { createEventRecorder } from './api/client/events.ts';
import type { Machinery } from './api/machinery.ts';
import { StatusError, notFound } from './api/status.ts';
import { bindPod } from './api/subresources/binding.ts';
import type { Caller, Verbs } from './api/verbs.ts';
import { sameContent, storeKey } from './api/writes/common.ts';
import type { ClusterClient, Component } from './client.ts';
import type { StoredObject } from './objects/object.ts';
import { hasLabels } from './objects/selectors.ts';
import { apiVersionOf } from './resources/resource.ts';
import type { ResourceDefinition } from './resources/resource.ts';

export interface ClientParts {
  machinery: Machinery;
  verbs: Verbs;
  queue: WatchQueue;
}

const administrator: Component = { name: 'cluster-admin', manager: 'cluster-admin', user: 'kubernetes-admin' };

export function createInProcessClient(parts: ClientParts, component: Component = administrator): ClusterClient {
  const { machinery, verbs } = parts;
  const { store, registry } = machinery;
  const caller: Caller = { user: { username: component.user, groups: groupsOf(component) }, manager: component.manager, warn: () => undefined };
  const record = createEventRecorder(machinery, component, caller);

  const definitionOf = (resource: string): ResourceDefinition => {
    const definition = registry.byKey(resource);
    if (definition === undefined) throw new StatusError({ code: 404, reason: 'NotFound', message: `the server could not find the requested resource (${resource})` });
    return definition;
  };
  const inNamespace = (definition: ResourceDefinition, namespace: string | undefined): string | undefined => (definition.namespaced ? namespace : undefined);

  const client = {
    get: (resource: string, namespace: string | undefined, name: string) => store.get(resource, namespace, name),
    list: (resource: string, filter: { namespace?: string; labels?: Record<string, string> } = {}) => {
      const objects = store.list(resource, filter.namespace);
      return filter.labels === undefined ? [...objects] : objects.filter(({ metadata }) => hasLabels(filter.labels, metadata.labels));
    },
    create: (resource: string, object: Record<string, unknown> & { metadata: { namespace?: string } }) => {
      const definition = definitionOf(resource);
      const body = { apiVersion: apiVersionOf(definition), kind: definition.kind, ...structuredClone(object) };
      return verbs.create(definition, inNamespace(definition, object.metadata.namespace), body, caller);
    },
    modify: (resource: string, namespace: string | undefined, name: string, change: (copy: StoredObject) => void, part?: 'status' | 'finalize') => {
      const object = store.get(resource, namespace, name);
      if (object === undefined) return undefined;
      const copy = structuredClone(object);
      change(copy);
      if (sameContent(copy, object)) return object;
      return verbs.update({ definition: definitionOf(resource), namespace, name }, copy, caller, part === undefined ? {} : { subresource: part });
    },
    delete: (resource: string, namespace: string | undefined, name: string, options: { propagation?: 'Background' | 'Foreground' | 'Orphan'; graceSeconds?: number; uid?: string } = {}) => {
      const definition = definitionOf(resource);
      const object = store.get(storeKey(definition), namespace, name);
      if (object === undefined || (options.uid !== undefined && options.uid !== object.metadata.uid)) return;
      verbs.delete({ definition, namespace, name }, {
        ...(options.propagation === undefined ? {} : { propagationPolicy: options.propagation }),
        ...(options.graceSeconds === undefined ? {} : { gracePeriodSeconds: options.graceSeconds }),
      }, caller);
    },
    bind: (namespace: string, pod: string, node: string) => {
      const object = store.get('pods', namespace, pod);
      if (object === undefined) throw notFound({ group: '', plural: 'pods' }, pod);
      bindPod(machinery, object, node);
    },
    watch: (resource: string, handler: Parameters<typeof watchInProcess>[3]) => watchInProcess(store, parts.queue, resource, handler),
    event: record,
    as: (other: Component) => createInProcessClient(parts, other),
  };
  // The interface gives each resource its own type; behind it all of them are the store's objects.
  return client as unknown as ClusterClient;
}

function groupsOf({ user }: Component): string[] {
  if (user.startsWith('system:node:')) return ['system:nodes', 'system:authenticated'];
  return user.startsWith('system:') ? ['system:authenticated'] : ['system:masters', 'system:authenticated'];
}
