/** The files of deploy/ as their heads say to apply them. */
import { readFileSync } from 'node:fs';
import { escapeIdentifier, escapeLiteral } from 'pg';
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

/** As `psql -v name=value ... -f deploy/<path>` would send it. */
export function statementsOf(path: string, values: Readonly<Record<string, string>>): string {
  const valueOf = (name: string): string => {
    const value = values[name];
    if (value === undefined) throw new Error(`deploy/${path} needs -v ${name}=...`);
    return value;
  };
  return readFileSync(`deploy/${path}`, 'utf8')
    .replaceAll(/^--.*$/gm, '')
    .replaceAll(/(?<!:):(["']?)([a-z_]+)\1/g, (_whole, quote: string, name: string) => (quote === '"' ? escapeIdentifier(valueOf(name)) : quote === "'" ? escapeLiteral(valueOf(name)) : valueOf(name)));
}
