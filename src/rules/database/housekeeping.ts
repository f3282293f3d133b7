/** What a database carries along that will hurt later: an index left half built, rows that vacuum does not get to. */
import { quoteLine } from '../quotes.ts';
import { tableResource } from '../resources.ts';
import type { Rule } from '../rule.ts';
import { count } from '../words.ts';

export const invalidIndex: Rule = {
  id: 'invalid-index',
  specialist: 'database',
  detect: (readings) =>
    readings.databases.flatMap((database) => {
      // One that is being built right now is invalid too.
      const building = (database.sessions?.value ?? []).some((session) => session.state === 'active' && /\b(?:index|reindex)\b/i.test(session.query) && /\bconcurrently\b/i.test(session.query));
      if (building) return [];
      return (database.indexes?.value ?? [])
        .filter((index) => !index.valid)
        .map((index) => ({
          severity: 'warning' as const,
          resource: `index/${database.name}/${index.schema}.${index.index}`,
          mechanism: 'invalid-index',
          title: `Index ${index.schema}.${index.index} is invalid`,
          explanation: `An interrupted CREATE INDEX CONCURRENTLY left it behind on ${index.schema}.${index.table}. Queries cannot use it, writes still pay for it, and CREATE INDEX IF NOT EXISTS believes that it is there. It has to be dropped and built again.`,
          confidence: 0.95,
          quotes: quoteLine(database.indexes?.evidence, index.index, 'INVALID'),
        }));
    }),
};

const manyDeadRows = 100_000;

export const deadRows: Rule = {
  id: 'dead-rows',
  specialist: 'database',
  detect: (readings) =>
    readings.databases.flatMap((database) =>
      (database.tables?.value ?? [])
        .filter((table) => table.deadRows >= manyDeadRows && table.deadRows > table.rows)
        .map((table) => ({
          severity: 'warning' as const,
          resource: tableResource(database.name, table.schema, table.table),
          mechanism: 'vacuum-behind',
          title: `${table.schema}.${table.table} holds more dead rows than live ones (${count(table.deadRows, 'dead row')})`,
          explanation: `Autovacuum is far behind here (last run: ${table.lastAutovacuum ?? 'never'}). Scans read the dead rows too. Look for a long open transaction or replication slot that holds vacuum back, and for autovacuum settings of this table.`,
          confidence: 0.8,
          quotes: quoteLine(database.tables?.evidence, `${table.schema}.${table.table} `),
        })),
    ),
};
