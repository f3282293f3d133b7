/** The table of a custom resource: its name and the columns its definition asks for. */
import { since } from '../objects/duration.ts';
import type { CustomResourceColumnDefinition } from '../objects/types.ts';
import type { TableDefinition } from '../resources/resource.ts';
import { nameAndAge } from '../resources/tables/index.ts';
import { nameColumn } from '../resources/tables/table.ts';
import { compilePath } from './json-path.ts';

type Cell = ReturnType<TableDefinition['row']>[number];

export const customTable = (columns: readonly CustomResourceColumnDefinition[] | undefined): TableDefinition => {
  if (columns === undefined || columns.length === 0) return nameAndAge;
  const compiled = columns.map(({ jsonPath, type }) => ({ find: compilePath(jsonPath), type }));
  return {
    columns: [
      nameColumn,
      ...columns.map(({ name, type, format = '', description = '', jsonPath, priority = 0 }) => ({
        name, type, format, description: description || `Custom resource definition column (in JSONPath format): ${jsonPath}`, priority,
      })),
    ],
    row: (object, now) => [object.metadata.name, ...compiled.map(({ find, type }) => cell(find(object)[0], type, now))],
  };
};

const cell = (value: unknown, type: string, now: number): Cell => {
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'string': return typeof value === 'object' ? JSON.stringify(value) : String(value);
    case 'integer': return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number': return typeof value === 'number' ? value : null;
    case 'boolean': return typeof value === 'boolean' ? value : null;
    case 'date': return typeof value !== 'string' ? null : Number.isNaN(Date.parse(value)) ? '<invalid>' : since(value, now);
    default: return null;
  }
};
