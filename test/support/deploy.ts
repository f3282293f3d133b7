/** The files of deploy/ as their heads say to apply them. */
import { readFileSync } from 'node:fs';
import { parseAllDocuments, stringify } from 'yaml';

interface Manifest {
  kind: string;
  metadata: { name: string; namespace?: string };
}

/** As `kubectl apply -n <namespace> -f deploy/kubernetes/<name>.yaml` would send it. */
export function manifestOf(name: string, namespace: string): string {
  const documents = parseAllDocuments(readFileSync(`deploy/kubernetes/${name}.yaml`, 'utf8'));
  return documents.map((document) => {
    const manifest = document.toJS() as Manifest;
    if (!manifest.kind.startsWith('Cluster')) manifest.metadata.namespace ??= namespace;
    return stringify(manifest);
  }).join('---\n');
}
