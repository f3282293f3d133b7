/** What the tables of the built-in kinds are made of. */
import type { KnownKey, ObjectOf } from '../../objects/object.ts';
import { since } from '../../objects/duration.ts';
import type { TableColumn, TableDefinition } from '../resource.ts';

export type Cell = string | number | boolean | null;

export const table = <K extends KnownKey>(columns: TableColumn[], row: (object: ObjectOf<K>, now: number) => Cell[]): TableDefinition => ({
  columns,
  row: (object, now) => row(object as unknown as ObjectOf<K>, now),
});

export const column = (name: string, description: string, type = 'string'): TableColumn => ({ name, type, format: '', description, priority: 0 });
export const wide = (name: string, description: string, type = 'string'): TableColumn => ({ ...column(name, description, type), priority: 1 });

export const nameColumn: TableColumn = { name: 'Name', type: 'string', format: 'name', description: 'Name of the object.', priority: 0 };
export const ageColumn = column('Age', 'Time since the object was created.');

export const age = (object: { metadata: { creationTimestamp: string } }, now: number): string => since(object.metadata.creationTimestamp, now);

/** At most `limit` of them, then how many were left out. */
export const shortened = (items: readonly string[], limit: number, separator = ','): string =>
  items.length > limit ? `${items.slice(0, limit).join(separator)} + ${items.length - limit} more...` : items.join(separator);
