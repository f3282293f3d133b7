/** A table whose rows are to be changed, and why that would change more than those rows. */
import { isSecretName } from '../../../redaction/secret-names.ts';
import type { ActionOf } from '../../action.ts';
import { messageOf, RefusedError } from '../../errors.ts';
import type { Session } from '../mysql/session.ts';
import type { Table } from '../mysql/tables.ts';
import { fileName, readTable } from '../mysql/tables.ts';

type Action = ActionOf<'mysql.rows'>;

export interface RowTable extends Table {
  /** Columns of the primary key, in its order. */
  key: string[];
  /** All that can be written. */
  written: string[];
  /** Those that the server sets by itself whenever a row is updated. */
  touched: string[];
  types: ReadonlyMap<string, string>;
}

/** Throws RefusedError. */
export async function readRowTable(action: Action, session: Session): Promise<RowTable> {
  if (session.identity.database.toLowerCase() === 'sre_agent') throw new RefusedError('sre-agent changes no rows in its own database.');
  const table = await readTable(action.target, action.table, session);
  if (/WITH SYSTEM VERSIONING|PERIOD FOR /i.test(table.definition)) throw new RefusedError(`${action.table} keeps versions of its rows by itself: do this one by hand.`);
  const key = table.indexes.find(({ name }) => name === 'PRIMARY');
  if (!key?.whole || key.columns.includes(null)) throw new RefusedError(`${action.table} has no primary key over whole columns, so its rows could not be found again for the undo.`);
  const extras = await session.query<{ name: string; type: string; extra: string; generated: string | null }>(
    'SELECT COLUMN_NAME AS name, DATA_TYPE AS type, EXTRA AS extra, GENERATION_EXPRESSION AS generated FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION',
    [session.identity.database, action.table],
  );
  await refuseTriggers(action, session);
  await refuseCascades(action, session);
  const found: RowTable = {
    ...table,
    key: key.columns.flatMap((column) => column ?? []),
    written: extras.filter(({ generated }) => !generated).map(({ name }) => name),
    touched: extras.filter(({ extra }) => /on update/i.test(extra)).map(({ name }) => name),
    types: new Map(extras.map(({ name, type }) => [name, type.toLowerCase()])),
  };
  refuseColumns(action, found);
  return found;
}

const comparable = /^((tiny|small|medium|big)?int|integer|decimal|numeric|year|date|datetime|timestamp|time|(var)?char|(tiny|medium|long)?text|enum|set)$/;

function refuseColumns({ set = {}, where, table: name }: Action, { key, written, types }: RowTable): void {
  for (const column of [...where.map((one) => one.column), ...Object.keys(set)]) {
    const type = types.get(column);
    if (type === undefined) throw new RefusedError(`Table ${name} has no column ${column}; it has ${[...types.keys()].join(', ')}.`);
    if (isSecretName(column)) throw new RefusedError(`The column ${column} looks like a secret, and sre-agent neither shows nor carries secrets: do this one by hand.`);
    if (!comparable.test(type)) throw new RefusedError(`Column ${column} is of type ${type}, whose values can't be compared exactly: do this one by hand.`);
  }
  for (const column of Object.keys(set)) {
    if (key.includes(column)) throw new RefusedError(`${column} belongs to the primary key, by which the undo finds the rows.`);
    if (!written.includes(column)) throw new RefusedError(`${column} is computed by the server from other columns.`);
  }
}

async function refuseTriggers({ table }: Action, session: Session): Promise<void> {
  const grants = (await session.query<Record<string, string>>('SHOW GRANTS')).flatMap(Object.values);
  const { database } = session.identity;
  const here = [`*.*`, `\`${database}\`.*`, `\`${database.replaceAll('_', '\\_')}\`.*`, `\`${database}\`.\`${table}\``];
  const sees = grants.some((grant) => {
    const [, rights = '', on = ''] = /^GRANT ([^]+?) ON (\S+) TO /.exec(grant) ?? [];
    return here.includes(on) && /\b(TRIGGER|ALL PRIVILEGES)\b/.test(rights);
  });
  if (!sees) throw new RefusedError(`Whether ${table} has triggers can't be seen: grant the write account TRIGGER on it (deploy/mysql/write-rows.sql).`);
  const [trigger] = await session.query<{ name: string }>('SELECT TRIGGER_NAME AS name FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = ? AND EVENT_OBJECT_TABLE = ? LIMIT 1', [database, table]);
  if (trigger) throw new RefusedError(`${table} has the trigger ${trigger.name}, which could do more than what is shown: do this one by hand.`);
}

/** InnoDB's own list, which holds other databases' tables, too. TYPE: 1 and 2 delete or null on delete, 4 and 8 on update. */
async function refuseCascades({ operation, set = {}, table }: Action, session: Session): Promise<void> {
  const [keys, columns] = session.vendor === 'MariaDB' ? ['INNODB_SYS_FOREIGN', 'INNODB_SYS_FOREIGN_COLS'] : ['INNODB_FOREIGN', 'INNODB_FOREIGN_COLS'];
  const rows = await session
    .query<{ name: string; from: string; type: number; column_name: string }>(
      `SELECT f.ID AS name, f.FOR_NAME AS \`from\`, CAST(f.TYPE AS UNSIGNED) AS type, c.REF_COL_NAME AS column_name FROM information_schema.${keys} f JOIN information_schema.${columns} c ON c.ID = f.ID WHERE f.REF_NAME IN (?, ?)`,
      [`${fileName(session.identity.database)}/${fileName(table)}`, `${session.identity.database}/${table}`],
    )
    .catch((error: unknown) => {
      throw new RefusedError(`Foreign keys can't be read (${messageOf(error)}): grant the write account PROCESS.`);
    });
  const cascade = rows.find(({ type, column_name: column }) => (operation === 'delete' ? (Number(type) & 3) !== 0 : (Number(type) & 12) !== 0 && column in set));
  if (cascade) throw new RefusedError(`The foreign key ${cascade.name} of ${cascade.from} would change rows there as well when rows of ${table} ${operation === 'delete' ? 'are deleted' : 'change'}: do this one by hand.`);
}
