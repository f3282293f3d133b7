/** Manifests with the note that `kubectl apply` leaves on what it writes, so that what an object was meant to be can be told later. */
import { parseAllDocuments, stringify } from 'yaml';
import { canonicalJson } from '../../src/changes/canonical-json.ts';

const annotation = 'kubectl.kubernetes.io/last-applied-configuration';

interface Manifest {
  metadata?: { name?: string; namespace?: string; annotations?: Record<string, string> };
}

/** `clusterWide`: kinds that have no namespace. Throws for YAML that can't be read. */
export function withAppliedNote(yaml: string, namespace: string, clusterWide: (kind: string) => boolean = isClusterWide): string {
  return parseAllDocuments(yaml).flatMap((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    const object = document.toJS() as (Manifest & { kind?: string }) | null;
    return object === null || object === undefined ? [] : [stringify(noted(object, clusterWide(object.kind ?? '') ? undefined : namespace))];
  }).join('---\n');
}

function noted<T extends Manifest>(object: T, namespace: string | undefined): T {
  const metadata = { ...object.metadata, annotations: object.metadata?.annotations ?? {}, ...(namespace === undefined ? {} : { namespace: object.metadata?.namespace ?? namespace }) };
  // Its own note would be a note of a note.
  delete metadata.annotations[annotation];
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, [annotation]: `${canonicalJson({ ...object, metadata })}\n` } } };
}

const isClusterWide = (kind: string): boolean => ['Namespace', 'ClusterRole', 'ClusterRoleBinding', 'CustomResourceDefinition', 'IngressClass', 'Node', 'PersistentVolume', 'PriorityClass', 'StorageClass', 'ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'].includes(kind);
