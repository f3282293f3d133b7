/** Objects as rows: what `kubectl get` asks for. */
import { textOf } from './answer.ts';
import type { StoredObject } from '../../objects/object.ts';
import { apiVersionOf } from '../../resources/resource.ts';
import type { ResourceDefinition } from '../../resources/resource.ts';

/** How an answer should look, from the Accept header. */
export type View = 'object' | 'table' | 'metadata';
export type Included = 'None' | 'Metadata' | 'Object';

export function viewOf(accept: string | undefined): View {
  for (const part of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim());
    if (type !== 'application/json' && type !== 'application/yaml') continue;
    const as = parameters.find((parameter) => parameter.startsWith('as='))?.slice(3);
    const metaGroup = parameters.includes('g=meta.k8s.io') && parameters.includes('v=v1');
    if (as === 'Table' && metaGroup) return 'table';
    if (as?.startsWith('PartialObjectMetadata') === true && metaGroup) return 'metadata';
    if (as === undefined) return 'object';
  }
  return 'object';
}

export const includedOf = (query: URLSearchParams): Included => {
  const asked = query.get('includeObject');
  return asked === 'None' || asked === 'Object' ? asked : 'Metadata';
};

export function tableText(definition: ResourceDefinition, objects: readonly StoredObject[], metadata: Record<string, unknown>, included: Included, now: number, withColumns = true): string {
  const rows = objects.map((object) => {
    const cells = JSON.stringify(definition.table.row(object, now));
    return included === 'None' ? `{"cells":${cells},"object":null}` : `{"cells":${cells},"object":${included === 'Object' ? textOf(asServed(definition, object)) : metadataText(object)}}`;
  });
  return `{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":${JSON.stringify(metadata)},"columnDefinitions":${withColumns ? JSON.stringify(definition.table.columns) : '[]'},"rows":[${rows.join(',')}]}`;
}

export const metadataText = (object: StoredObject): string => `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":${JSON.stringify(object.metadata)}}`;

export function viewText(view: View, definition: ResourceDefinition, object: StoredObject, included: Included, now: number, withColumns = true): string {
  if (view === 'table') return tableText(definition, [object], { resourceVersion: object.metadata.resourceVersion }, included, now, withColumns);
  return view === 'metadata' ? metadataText(object) : textOf(asServed(definition, object));
}

/** A custom object is stored in one version and read in any that is served; nothing but its apiVersion differs. */
export function asServed(definition: ResourceDefinition, object: StoredObject): StoredObject {
  const apiVersion = apiVersionOf(definition);
  const converts = 'openapi' in definition.shape && object.kind === definition.kind && object.apiVersion !== apiVersion && object.apiVersion.startsWith(`${definition.group}/`);
  return converts ? { ...object, apiVersion } : object;
}
