/** Types of the API as OpenAPI schemas: names and types of fields, how lists merge. */
import { apiVersionOf } from '../../resources/resource.ts';
import type { ResourceDefinition } from '../../resources/resource.ts';
import { objectType } from '../../schema/types.ts';
import type { FieldType, ScalarName, TypeReference } from '../../schema/types.ts';

export type Schema = Record<string, unknown>;

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const metaTypes = new Set(['ObjectMeta', 'ListMeta', 'LabelSelector', 'LabelSelectorRequirement', 'OwnerReference', 'ManagedFieldsEntry', 'Status', 'StatusDetails', 'StatusCause', 'DeleteOptions', 'Preconditions', 'Condition']);
const quantity = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const intOrString = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';

const reference = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

const scalars: Record<ScalarName, Schema> = {
  string: { type: 'string' }, boolean: { type: 'boolean' }, int32: { type: 'integer', format: 'int32' }, int64: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' }, bytes: { type: 'string', format: 'byte' }, time: { type: 'string', format: 'date-time' },
  microtime: { type: 'string', format: 'date-time' }, any: { type: 'object' }, quantity: reference(quantity), 'int-or-string': reference(intOrString),
};

/** Everything the kinds of one group version are made of. */
export function schemasOf(definitions: readonly ResourceDefinition[]): Record<string, Schema> {
  const schemas: Record<string, Schema> = {
    [quantity]: { oneOf: [{ type: 'string' }, { type: 'number' }] },
    [intOrString]: { oneOf: [{ type: 'integer' }, { type: 'string' }], format: 'int-or-string' },
  };
  for (const definition of definitions) {
    const nameOf = (type: string): string => (metaTypes.has(type) ? `${meta}.${type}` : `${packageOf(definition)}.${type}`);
    addType('ObjectMeta', nameOf, schemas);
    const { shape } = definition;
    if ('type' in shape) addType(shape.type, nameOf, schemas);
    schemas[schemaName(definition)] = {
      ...('type' in shape ? schemas[nameOf(shape.type)] : customSchema(shape.openapi)),
      'x-kubernetes-group-version-kind': [{ group: definition.group, version: definition.version, kind: definition.kind }],
    };
  }
  return schemas;
}

export const schemaName = (definition: ResourceDefinition): string => `${packageOf(definition)}.${definition.kind}`;

function packageOf({ group, version, shape }: ResourceDefinition): string {
  if ('openapi' in shape) return `${group.split('.').toReversed().join('.')}.${version}`;
  return `io.k8s.api.${group === '' ? 'core' : (group.split('.')[0] ?? group)}.${version}`;
}

function customSchema(openapi: Record<string, unknown>): Schema {
  const properties = (openapi['properties'] ?? {}) as Schema;
  return { ...openapi, type: 'object', properties: { ...properties, apiVersion: scalars.string, kind: scalars.string, metadata: reference(`${meta}.ObjectMeta`) } };
}

function addType(type: string, nameOf: (type: string) => string, schemas: Record<string, Schema>): void {
  const name = nameOf(type);
  const known = objectType(type);
  if (known === undefined || name in schemas) return;
  const properties: Record<string, Schema> = {};
  const fields = [...known.fields.values()];
  const required = fields.filter((field) => field.required).map((field) => field.name);
  schemas[name] = { type: 'object', properties, ...(required.length === 0 ? {} : { required }) };
  for (const field of fields) properties[field.name] = { ...schemaOf(field.type, nameOf, schemas), ...mergeHints(field) };
}

function schemaOf(type: TypeReference, nameOf: (type: string) => string, schemas: Record<string, Schema>): Schema {
  switch (type.is) {
    case 'scalar': return scalars[type.scalar];
    case 'list': return { type: 'array', items: schemaOf(type.of, nameOf, schemas) };
    case 'map': return { type: 'object', additionalProperties: schemaOf(type.of, nameOf, schemas) };
    case 'object':
      addType(type.name, nameOf, schemas);
      return reference(nameOf(type.name));
  }
}

function mergeHints({ patch }: FieldType): Schema {
  if (patch === undefined) return {};
  return { 'x-kubernetes-patch-strategy': patch.strategies.join(','), ...(patch.mergeKey === undefined ? {} : { 'x-kubernetes-patch-merge-key': patch.mergeKey }) };
}

export const groupVersionPath = (definition: Pick<ResourceDefinition, 'group' | 'version'>): string => `${definition.group === '' ? 'api' : 'apis'}/${apiVersionOf(definition)}`;
