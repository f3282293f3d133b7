/** Manifests as objects, each in a namespace unless its kind has none. */
import { parseAllDocuments } from 'yaml';

export interface Document {
  /** `plural.group`, as far as it is cluster-wide; undefined for what lives in a namespace. */
  clusterWide: string | undefined;
  object: { apiVersion?: string; kind?: string; metadata: { name: string; namespace?: string } };
}

/** `clusterWide`: resources without a namespace, as `kubectl api-resources --output name` has them. */
export function documentsOf(yaml: string, namespace: string, clusterWide: ReadonlySet<string>): Document[] {
  return parseAllDocuments(yaml).map((document) => document.toJS() as Document['object'] | null).filter((object) => object !== null).map((object) => {
    const resource = namesOf(object).find((name) => clusterWide.has(name));
    if (resource === undefined) object.metadata.namespace ??= namespace;
    return { clusterWide: resource, object };
  });
}

/** How the plural of a kind may read. */
function namesOf({ apiVersion = '', kind = '' }: Document['object']): string[] {
  const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : '';
  const singular = kind.toLowerCase();
  return [`${singular}s${group}`, `${singular}es${group}`, `${singular.replace(/y$/, 'ie')}s${group}`];
}
