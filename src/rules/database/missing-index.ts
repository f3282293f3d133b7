/** A busy or slow statement reads a large table from end to end because no index leads with what it filters by. */
import type { FindingBody } from '../../incident/types.ts';
import { quoteLine } from '../quotes.ts';
import type { DatabaseReading, StatementPlan, TableStatistics } from '../readings.ts';
import { tableResource } from '../resources.ts';
import type { Rule } from '../rule.ts';
import { count, list, milliseconds } from '../words.ts';

/** Smaller tables are read from end to end faster than an index is walked. */
const smallestTable = 10_000;
/** An index pays when the filter leaves at most this share of the rows. */
const largestShare = 0.1;
const slowMilliseconds = 15;
/** Milliseconds of database time a statement took within the 1.5 s that were watched. */
const hotMilliseconds = 300;
const surelySlowMilliseconds = 40;
/** As many as the reader takes: with so many, an index that is not among them may only have been left out. */
const mostIndexes = 500;

export const missingIndex: Rule = {
  id: 'missing-index',
  specialist: 'database',
  detect: (readings) => readings.databases.flatMap(detectIn),
};

function detectIn(database: DatabaseReading): FindingBody[] {
  const found = new Map<string, { finding: FindingBody; spent: number }>();
  for (const plan of database.plans?.value ?? []) {
    const mean = plan.meanMilliseconds ?? 0;
    const spent = (plan.calls ?? 0) * mean;
    if (!(mean >= slowMilliseconds || spent >= hotMilliseconds)) continue;
    for (const scan of plan.filteredScans) {
      const table = database.tables?.value.find((one) => one.schema === scan.schema && one.table === scan.table);
      if (table === undefined || table.rows < smallestTable || scan.estimatedRows > table.rows * largestShare || isServed(database, scan) || isCutAt(database, scan)) continue;
      const resource = tableResource(database.name, scan.schema, scan.table);
      const earlier = found.get(resource);
      // One finding a table: for the statement that costs the most.
      if (earlier === undefined || spent + mean > earlier.spent) found.set(resource, { finding: describe(database, plan, scan, table, spent), spent: spent + mean });
    }
  }
  return [...found.values()].map(({ finding }) => finding);
}

type Scan = StatementPlan['filteredScans'][number];

function isServed(database: DatabaseReading, scan: Scan): boolean {
  return (database.indexes?.value ?? []).some((index) => index.schema === scan.schema && index.table === scan.table && index.valid && index.partial !== true && scan.columns.includes(index.columns[0] ?? ''));
}

/** The largest tables come first: what is after the last one listed, and that one itself, may have more. */
function isCutAt(database: DatabaseReading, { schema, table }: Scan): boolean {
  const all = database.indexes?.value ?? [];
  const last = all.at(-1);
  return all.length >= mostIndexes && ((last?.schema === schema && last.table === table) || !all.some((index) => index.schema === schema && index.table === table));
}

function describe(database: DatabaseReading, plan: StatementPlan, scan: Scan, table: TableStatistics, spent: number): FindingBody {
  const mean = plan.meanMilliseconds ?? 0;
  const name = `${scan.schema}.${scan.table}`;
  const columns = scan.columns.filter((column) => /^[A-Za-z_][A-Za-z0-9_$]{0,62}$/.test(column)).slice(0, 3);
  const plain = [scan.schema, scan.table].every((part) => /^[A-Za-z_][A-Za-z0-9_$]{0,62}$/.test(part));
  return {
    severity: mean >= surelySlowMilliseconds || spent >= hotMilliseconds ? 'warning' : 'info',
    resource: tableResource(database.name, scan.schema, scan.table),
    mechanism: 'missing-index',
    title: `${name} has no index on ${list(scan.columns)}`,
    explanation: `A statement that takes ${milliseconds(mean)} reads all ${count(table.rows, 'row')} of ${name} to find those with a certain ${list(scan.columns)}. No valid index of the table leads with ${scan.columns.length === 1 ? 'that column' : 'one of these columns'}, so every call reads the whole table.`,
    confidence: scan.estimatedRows > 0 ? 0.9 : 0.75,
    quotes: [
      ...quoteLine(database.plans?.evidence, `Seq Scan on ${name} filtering by (${scan.columns.join(', ')})`),
      ...quoteLine(database.tables?.evidence, `${name} `),
    ],
    ...(columns.length > 0 && plain ? { remedy: { kind: 'postgres.create_index', target: database.name, schema: scan.schema, table: scan.table, columns } } : {}),
  };
}
