/** Writes that a constraint refuses, and constraints that old rows were never held to. */
import type { FindingBody } from '../../incident/types.ts';
import { quoteLine } from '../quotes.ts';
import type { DatabaseReading, Readings } from '../readings.ts';
import { tableResource } from '../resources.ts';
import type { Rule } from '../rule.ts';
import { list } from '../words.ts';
import type { Said } from './said.ts';
import { named, quotesOf, saidOf, speakers } from './said.ts';
import { duplicatesOf } from './sequences.ts';

export const constraints: Rule = {
  id: 'constraints',
  specialist: 'database',
  detect: (readings) => readings.databases.flatMap((database) => [...violated(database, readings), ...notValid(database)]),
};

const violation = new RegExp(`violates (unique|foreign key|check|exclusion) constraint ${named}`);

function violated(database: DatabaseReading, readings: Readings): FindingBody[] {
  const numbers = (database.sequences?.value ?? []).flatMap((sequence) => duplicatesOf(database, sequence, readings).map(({ match }) => match[1]));
  const byName = new Map<string, Said[]>();
  for (const one of saidOf(database, readings, violation)) byName.set(one.match[2] ?? '', [...(byName.get(one.match[2] ?? '') ?? []), one]);
  return [...byName].flatMap(([name, said]) => {
    const table = database.relations?.value.find((one) => one.constraints.some((constraint) => constraint.name === name));
    const constraint = table?.constraints.find((one) => one.name === name);
    if (table === undefined || constraint === undefined || numbers.includes(name)) return [];
    const full = `${table.schema}.${table.name}`;
    return [{
      severity: 'info' as const,
      resource: tableResource(database.name, table.schema, table.name),
      mechanism: 'constraint-violated',
      title: `Writes to ${full} are refused by ${constraint.type} ${name} (${list(constraint.columns)})`,
      explanation: `${speakers(said).length > 0 ? `${list(speakers(said))} ${speakers(said).length === 1 ? 'shows' : 'show'} it. ` : ''}The constraint does its work: what is written does not fit it. Look for what changed in the program or its input, or whether the constraint is new. Dropping it would let rows in that never fit again.`,
      confidence: 0.7,
      quotes: [...quotesOf(said), ...quoteLine(database.relations?.evidence, `${full} `, name)],
    }];
  });
}

function notValid(database: DatabaseReading): FindingBody[] {
  return (database.relations?.value ?? []).flatMap((table) => table.constraints.filter(({ validated }) => !validated).map((constraint) => ({
    severity: 'info' as const,
    resource: tableResource(database.name, table.schema, table.name),
    mechanism: 'constraint-not-valid',
    title: `Constraint ${constraint.name} of ${table.schema}.${table.name} is NOT VALID`,
    explanation: 'New rows are held to it, old ones never were: some may not fit. VALIDATE CONSTRAINT checks them in one scan, while reads and writes go on.',
    confidence: 0.9,
    quotes: quoteLine(database.relations?.evidence, `${table.schema}.${table.name} `, constraint.name),
  })));
}
