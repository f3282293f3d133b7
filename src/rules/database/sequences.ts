/** A sequence that gives out numbers which are taken, or has none left. */
import type { Action } from '../../changes/action.ts';
import type { FindingBody } from '../../incident/types.ts';
import type { SequenceReading } from '../database-readings.ts';
import { quoteLine } from '../quotes.ts';
import type { DatabaseReading, Readings } from '../readings.ts';
import type { Rule } from '../rule.ts';
import { count } from '../words.ts';
import type { Said } from './said.ts';
import { isPlain, named, quotesOf, saidOf } from './said.ts';

const nearlyAll = 0.9;

export const sequences: Rule = {
  id: 'sequences',
  specialist: 'database',
  detect: (readings) => readings.databases.flatMap((database) => (database.sequences?.value ?? []).flatMap((sequence) => [...behind(database, sequence, duplicatesOf(database, sequence, readings)), ...exhausted(database, sequence, readings)])),
};

/** Duplicate keys of a constraint over the sequence's own column. */
export function duplicatesOf(database: DatabaseReading, sequence: SequenceReading, readings: Readings): Said[] {
  const table = database.relations?.value.find((one) => `${one.schema}.${one.name}` === sequence.table);
  const keys = (table?.constraints ?? []).filter(({ type, columns }) => (type === 'primary key' || type === 'unique') && columns.length === 1 && columns[0] === sequence.column).map(({ name }) => name);
  return saidOf(database, readings, new RegExp(`duplicate key value violates unique constraint ${named}`)).filter(({ match }) => keys.includes(match[1] ?? ''));
}

function behind(database: DatabaseReading, sequence: SequenceReading, duplicates: readonly Said[]): FindingBody[] {
  const { last, highest } = sequence;
  const isBehind = last !== null && highest !== null && last < highest;
  // Never used, or not ours to read: only the error says that it is used, and the preview looks before anything is done.
  if (!isBehind && !(duplicates.length > 0 && (last === null || highest === null))) return [];
  const [schema = '', table = ''] = sequence.table.split('.');
  return [{
    severity: duplicates.length > 0 ? 'critical' : 'info',
    resource: resourceOf(database, sequence),
    mechanism: 'sequence-behind',
    title: isBehind ? `Sequence ${nameOf(sequence)} gives out numbers that ${sequence.table}.${sequence.column} has already: it is at ${last}, the highest is ${highest}` : `New rows of ${sequence.table} get a ${sequence.column} that is taken`,
    explanation: `${isBehind ? `Each of the next ${count(highest - last, 'number')} may be taken, and an insert that gets one fails with a duplicate key. ` : 'Inserts fail with a duplicate key on the column that the sequence fills. '}So it is after rows came in with their numbers (a restore, a copy) and the sequence was not moved along, or was set back. ${duplicates.length > 0 ? 'It is brought past the highest value; no row is touched.' : 'Nobody is seen to fail of it: where rows come with their numbers (a subscriber, an archive) it is never used and may stay so.'}`,
    confidence: isBehind ? (duplicates.length > 0 ? 0.97 : 0.6) : 0.7,
    quotes: [...quoteLine(database.sequences?.evidence, `${nameOf(sequence)} `, sequence.column), ...quotesOf(duplicates)],
    ...(duplicates.length > 0 && isPlain(schema, table, sequence.column) ? { remedy: { kind: 'postgres.reset_sequence', target: database.name, schema, table, column: sequence.column } satisfies Action } : {}),
  }];
}

function exhausted(database: DatabaseReading, sequence: SequenceReading, readings: Readings): FindingBody[] {
  const said = saidOf(database, readings, new RegExp(`reached maximum value of sequence ${named}`)).filter(({ match }) => match[1]?.split('.').at(-1) === sequence.name);
  const used = Math.max(sequence.last ?? 0, sequence.highest ?? 0) / sequence.maximum;
  if (used < nearlyAll && said.length === 0) return [];
  const over = said.length > 0 || used >= 1;
  return [{
    severity: over ? 'critical' : 'warning',
    resource: resourceOf(database, sequence),
    mechanism: 'sequence-exhausted',
    title: `Sequence ${nameOf(sequence)} has ${over ? 'no number left' : `used ${Math.floor(used * 100)} % of its numbers`} (${sequence.table}.${sequence.column} is ${sequence.columnType}, to ${sequence.maximum})`,
    explanation: `${over ? 'Inserts fail. ' : ''}The column and the sequence both must become bigint, and columns that refer to it as well: widening only the sequence turns "reached maximum value" into "integer out of range". It writes the table anew while nobody can read it, unless done in steps, so no change is proposed; going back to the start would give out numbers that are in use.`,
    confidence: 0.95,
    quotes: [...quoteLine(database.sequences?.evidence, `${nameOf(sequence)} `, sequence.column), ...quotesOf(said)],
  }];
}

const nameOf = ({ schema, name }: SequenceReading): string => `${schema}.${name}`;
const resourceOf = (database: DatabaseReading, sequence: SequenceReading): string => `sequence/${database.name}/${nameOf(sequence)}`;
