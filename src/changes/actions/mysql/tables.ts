/** InnoDB tables and their indexes, by the ids that InnoDB gives them. */
import { createHash } from 'node:crypto';
import { messageOf, RefusedError } from '../../errors.ts';
import { bytes, plural } from '../words.ts';
import { qualified } from './quote.ts';
import type { Session } from './session.ts';

export interface Table {
  /** InnoDB's, as text: another one after DROP and CREATE, or after a rebuild. */
  id: string;
  /** As SHOW CREATE TABLE writes it, without the AUTO_INCREMENT counter. */
  definition: string;
  /** An estimate. */
  rows: number;
  bytes: number;
  /** `about 1,000 rows, 64 kB` */
  size: string;
  columns: { name: string; type: string }[];
  indexes: Index[];
}

export interface Index {
  /** InnoDB's, as text: another one when it is dropped and made again. */
  id: string;
  name: string;
  /** Of the columns themselves: `null` for an expression. */
  columns: (string | null)[];
  whole: boolean;
  unique: boolean;
  type: string;
  /** `KEY ... (...)` as SHOW CREATE TABLE writes it. */
  clause: string;
}

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** Throws RefusedError when there is none, it is not one of InnoDB's, or the account may not look. */
export async function readTable(target: string, name: string, session: Session): Promise<Table> {
  const { database } = session.identity;
  if (systemSchemas.has(database.toLowerCase())) throw new RefusedError(`${database} is the server's own; sre-agent leaves it alone.`);
  const [table] = await session.query<{ type: string; engine: string | null; row_count: string | null; bytes: string | null }>(
    'SELECT TABLE_TYPE AS type, ENGINE AS engine, CAST(TABLE_ROWS AS CHAR) AS row_count, CAST(DATA_LENGTH + INDEX_LENGTH AS CHAR) AS bytes FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?',
    [database, name],
  );
  if (!table) throw new RefusedError(`There is no table ${name} in database ${target} that the write account may see.`);
  if (table.type !== 'BASE TABLE' || table.engine?.toLowerCase() !== 'innodb') throw new RefusedError(`${name} is not an InnoDB table (${table.engine ?? table.type.toLowerCase()}).`);
  const columns = await session.query<{ name: string; type: string }>('SELECT COLUMN_NAME AS name, COLUMN_TYPE AS type FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION', [database, name]);
  const [shown] = await session.query<Record<string, string>>(`SHOW CREATE TABLE ${qualified(database, name)}`);
  const definition = String(Object.values(shown ?? {})[1] ?? '').replace(/ AUTO_INCREMENT=\d+/, '');
  if (/PARTITION BY/.test(definition)) throw new RefusedError(`${name} is partitioned: do this one by hand.`);
  const ids = await readIds(name, session);
  const rows = Number(table.row_count ?? 0);
  const size = Number(table.bytes ?? 0);
  return { id: ids.table, definition, rows, bytes: size, size: `about ${plural(rows, 'row')}, ${bytes(size)}`, columns, indexes: await readIndexes(name, definition, ids.indexes, session) };
}

/** Undefined when the table or the index is not there. */
export async function indexNamed(table: string, name: string, session: Session): Promise<{ id: string; table: string } | undefined> {
  const ids = await readIds(table, session, 'may be gone');
  const id = ids.indexes.get(name);
  return id === undefined ? undefined : { id, table: ids.table };
}

async function readIds(name: string, session: Session, gone?: 'may be gone'): Promise<{ table: string; indexes: Map<string, string> }> {
  const [tables, indexes] = session.vendor === 'MariaDB' ? ['INNODB_SYS_TABLES', 'INNODB_SYS_INDEXES'] : ['INNODB_TABLES', 'INNODB_INDEXES'];
  const rows = await session
    .query<{ table_id: string; index_id: string; name: string }>(
      `SELECT CAST(t.TABLE_ID AS CHAR) AS table_id, CAST(i.INDEX_ID AS CHAR) AS index_id, i.NAME AS name FROM information_schema.${tables} t JOIN information_schema.${indexes} i ON i.TABLE_ID = t.TABLE_ID WHERE t.NAME = ?`,
      [`${fileName(session.identity.database)}/${fileName(name)}`],
    )
    .catch((error: unknown) => {
      throw new RefusedError(`InnoDB's own ids can't be read (${messageOf(error)}): grant the write account PROCESS.`);
    });
  if (rows.length === 0 && gone === undefined) throw new RefusedError(`InnoDB's ids of ${name} can't be read: grant the write account PROCESS.`);
  return { table: rows[0]?.table_id ?? '', indexes: new Map(rows.map((row) => [row.name, row.index_id])) };
}

async function readIndexes(table: string, definition: string, ids: ReadonlyMap<string, string>, session: Session): Promise<Index[]> {
  const rows = await session.query<{ name: string; column_name: string | null; part: string | null; non_unique: string; type: string }>(
    `SELECT INDEX_NAME AS name, COLUMN_NAME AS column_name, CAST(SUB_PART AS CHAR) AS part, CAST(NON_UNIQUE AS CHAR) AS non_unique, INDEX_TYPE AS type
       FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY INDEX_NAME, SEQ_IN_INDEX`,
    [session.identity.database, table],
  );
  return [...new Set(rows.map((row) => row.name))].map((name) => {
    const parts = rows.filter((row) => row.name === name);
    const line = definition.split('\n').find((one) => /^ {2}(UNIQUE |FULLTEXT |SPATIAL )?KEY `/.test(one) && one.includes(`KEY \`${name}\` (`));
    return { id: ids.get(name) ?? '', name, columns: parts.map((part) => part.column_name), whole: parts.every(({ part }) => part === null), unique: parts[0]?.non_unique === '0', type: parts[0]?.type ?? '', clause: (line ?? '').trim().replace(/,$/, '') };
  });
}

/** InnoDB names its files and tables so: `my-shop` is `my@002dshop`. */
export function fileName(name: string): string {
  return name.replace(/[^A-Za-z0-9_]/g, (letter) => `@${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * ALTER TABLE and the like wait for every open transaction that touched the table, and whoever comes after waits behind them. Which
 * tables those touched can't be read everywhere, so one that is open for long in this database is reason enough.
 */
export async function refuseLongTransactions(what: string, seconds: number, session: Session): Promise<void> {
  const [holder] = await session.query<{ id: string; user: string; seconds: number }>(
    `SELECT CAST(p.ID AS CHAR) AS id, p.USER AS user, TIMESTAMPDIFF(SECOND, t.trx_started, NOW()) AS seconds FROM information_schema.INNODB_TRX t JOIN information_schema.PROCESSLIST p ON p.ID = t.trx_mysql_thread_id
      WHERE p.ID <> CONNECTION_ID() AND (p.DB = ? OR p.DB IS NULL) AND t.trx_started < NOW() - INTERVAL ? SECOND ORDER BY t.trx_started LIMIT 1`,
    [session.identity.database, seconds],
  );
  if (holder) throw new RefusedError(`Connection ${holder.id} of ${holder.user} has had a transaction open for ${holder.seconds} s. ${what} would wait for it if it touched the table, and everybody else behind that: end it first.`);
}

const systemSchemas = new Set(['mysql', 'information_schema', 'performance_schema', 'sys']);
