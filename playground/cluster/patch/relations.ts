/** How a value falls into owned parts: field by field, item by item, or only whole. */
import type { Shape } from '../resources/resource.ts';
import { atomicMaps, atomicTypes, mapLists, setLists } from '../schema/topology.ts';
import { innerObject, objectType } from '../schema/types.ts';
import type { FieldType, ObjectType, TypeReference } from '../schema/types.ts';
import { isFields } from './values.ts';
import type { Fields } from './values.ts';

export type Relation =
  | { is: 'whole' }
  /** `always`: there as soon as its parent is, if only empty. */
  | { is: 'struct'; field(name: string): { relation: Relation; always: boolean } | undefined; alwaysFields(): readonly string[] }
  | { is: 'map'; of: Relation }
  | { is: 'list by key'; keys: readonly string[]; of: Relation }
  | { is: 'set' }
  /** Maps by their fields, lists whole. */
  | { is: 'untyped' };

export function relationOf(shape: Shape): Relation {
  if ('openapi' in shape) return customRoot(shape.openapi);
  const type = objectType(shape.type);
  return type === undefined ? untyped : structRelation(type);
}

const whole: Relation = { is: 'whole' };
const untyped: Relation = { is: 'untyped' };
const structs = new Map<string, Relation>();

function structRelation(type: ObjectType): Relation {
  const known = structs.get(type.name);
  if (known !== undefined) return known;
  const fields = new Map<string, { relation: Relation; always: boolean }>();
  const relation: Relation = {
    is: 'struct',
    field(name) {
      const ready = fields.get(name);
      if (ready !== undefined) return ready;
      const field = type.fields.get(name);
      if (field === undefined) return undefined;
      const built = { relation: fieldRelation(type.name, field), always: isAlways(field) };
      fields.set(name, built);
      return built;
    },
    alwaysFields: () => [...type.fields.values()].filter(isAlways).map((field) => field.name),
  };
  structs.set(type.name, relation);
  return relation;
}

function isAlways(field: FieldType): boolean {
  if (field.type.is === 'scalar') return false;
  return field.type.is === 'object' ? !field.pointer && !field.omitZero : !field.omitEmpty;
}

function fieldRelation(owner: string, field: FieldType): Relation {
  const id = `${owner}.${field.name}`;
  if (field.type.is === 'list') {
    const keys = mapLists[id];
    if (keys !== undefined) return { is: 'list by key', keys, of: typeRelation(field.type.of) };
    return setLists.has(id) ? { is: 'set' } : whole;
  }
  return atomicMaps.has(id) ? whole : typeRelation(field.type);
}

function typeRelation(type: TypeReference): Relation {
  switch (type.is) {
    case 'scalar': return whole;
    case 'list': return whole;
    case 'map': return { is: 'map', of: typeRelation(type.of) };
    case 'object': {
      const struct = innerObject(type);
      return struct === undefined || atomicTypes.has(type.name) ? whole : structRelation(struct);
    }
  }
}

function customRoot(schema: Fields): Relation {
  const custom = schemaRelation(schema);
  const meta = structRelation(objectType('ObjectMeta') ?? { name: 'ObjectMeta', fields: new Map() });
  return {
    is: 'struct', alwaysFields: () => ['metadata'],
    field(name) {
      if (name === 'metadata') return { relation: meta, always: true };
      if (name === 'apiVersion' || name === 'kind') return { relation: whole, always: false };
      return custom.is === 'struct' ? custom.field(name) : { relation: untyped, always: false };
    },
  };
}

function schemaRelation(schema: Fields): Relation {
  const { items, properties, additionalProperties } = schema;
  if (schema['type'] === 'array') return listRelation(schema, isFields(items) ? items : {});
  if (schema['type'] !== 'object' && properties === undefined) return schema['x-kubernetes-preserve-unknown-fields'] === true ? untyped : whole;
  if (schema['x-kubernetes-map-type'] === 'atomic') return whole;
  if (isFields(properties)) {
    const open = schema['x-kubernetes-preserve-unknown-fields'] === true;
    return {
      is: 'struct', alwaysFields: () => [],
      field(name) {
        const property = properties[name];
        if (isFields(property)) return { relation: schemaRelation(property), always: false };
        return open ? { relation: untyped, always: false } : undefined;
      },
    };
  }
  return isFields(additionalProperties) ? { is: 'map', of: schemaRelation(additionalProperties) } : untyped;
}

function listRelation(schema: Fields, items: Fields): Relation {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] === 'map' && Array.isArray(keys)) return { is: 'list by key', keys: keys.map(String), of: schemaRelation(items) };
  return schema['x-kubernetes-list-type'] === 'set' ? { is: 'set' } : whole;
}
