/** Manifests of several documents, applied in order as cluster-admin. */
import { parseAllDocuments } from 'yaml';
import { StatusError } from './api/status.ts';
import type { Machinery } from './api/machinery.ts';
import type { Caller, Verbs } from './api/verbs.ts';
import { apiVersionOf } from './resources/resource.ts';
import type { ResourceDefinition } from './resources/resource.ts';

const caller: Caller = { user: { username: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] }, manager: 'cluster-admin', warn: () => undefined };

export function applyManifests({ machinery, verbs }: { machinery: Machinery; verbs: Verbs }, yaml: string, fieldManager: string, defaultNamespace = 'default'): void {
  for (const document of parseAllDocuments(yaml)) {
    if (document.errors.length > 0) throw document.errors[0];
    const object = document.toJS() as { apiVersion?: string; kind?: string; metadata?: { name?: string; namespace?: string } } | null;
    if (object === null || object === undefined) continue;
    const definition = definitionOf(machinery, object.apiVersion ?? '', object.kind ?? '');
    const namespace = definition.namespaced ? (object.metadata?.namespace ?? defaultNamespace) : undefined;
    verbs.patch({ definition, namespace, name: object.metadata?.name ?? '' }, { type: 'apply', body: object, force: true }, caller, { fieldManager, fieldValidation: 'Strict' });
  }
}

function definitionOf({ registry }: Machinery, apiVersion: string, kind: string): ResourceDefinition {
  const definition = registry.all().find((one) => one.kind === kind && apiVersionOf(one) === apiVersion);
  if (definition === undefined) throw new StatusError({ code: 404, reason: 'NotFound', message: `no matches for kind "${kind}" in version "${apiVersion}"` });
  return definition;
}
