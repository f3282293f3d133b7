/** postgres.table_option: one autovacuum setting of one table, put back exactly to what it was. */
import type { ActionOf } from '../../action.ts';
import { RefusedError } from '../../errors.ts';
import { tableOptionSchema } from '../../postgres-actions.ts';
import { oneValueKind } from '../postgres/one-value.ts';
import { literal, qualified } from '../postgres/quote.ts';
import type { Session } from '../postgres/session.ts';
import { readOwnTable, size } from '../postgres/tables.ts';
import { plural } from '../words.ts';

type Action = ActionOf<'postgres.table_option'>;

export const tableOptionKind = oneValueKind<Action>({
  kind: 'postgres.table_option',
  schema: tableOptionSchema,
  risk: ({ option, value }) => (option === 'autovacuum_enabled' && value !== null && isOff(value)
    ? { level: 'high', reasons: ['without autovacuum the table bloats and its statistics grow old'] }
    : { level: 'low', reasons: ['when autovacuum looks after one table, put back exactly'] }),
  async read(action, session) {
    const { oid, kind } = await readOwnTable(action, session);
    if (kind !== 'r' && kind !== 'm') throw new RefusedError(kind === 'p' ? `${tableOf(action)} is partitioned: name the partition.` : `${tableOf(action)} is not a table.`);
    const [row] = await session.query<{ value: string | null }>("SELECT (SELECT option_value FROM pg_options_to_table(c.reloptions) WHERE option_name = $2) AS value FROM pg_class c WHERE c.oid = $1::oid", [oid, action.option]);
    return { oid, value: row?.value ?? null };
  },
  wanted: ({ value, option }) => {
    const boolean = option === 'autovacuum_enabled';
    if (value !== null && boolean !== /^[a-z]/.test(value)) throw new RefusedError(`${option} takes ${boolean ? 'true or false' : 'a number'}, not "${value}".`);
    return Promise.resolve(value);
  },
  statement: (action, value) => `ALTER TABLE ${qualified(action.schema, action.table)} ${value === null ? `RESET (${action.option})` : `SET (${action.option} = ${literal(value)})`}`,
  lock: (action) => `LOCK TABLE ONLY ${qualified(action.schema, action.table)} IN SHARE UPDATE EXCLUSIVE MODE`,
  remedy: (action) => `The write role needs membership in the owner of ${tableOf(action)}, and the table must not be locked.`,
  name: (action) => `${action.option} of table ${tableOf(action)}`,
  shown: (value) => value ?? 'not set',
  async tell(action, { oid }, _after, session) {
    const table = await readOwnTable(action, session);
    const { dead, changed } = await readActivity(oid, session);
    return {
      lines: [`Table ${tableOf(action)}: ${size(table)}; ${plural(dead, 'dead row')}, ${plural(changed, 'row')} changed since its statistics were made.`, 'Reads and writes go on; an autovacuum that works on it now is interrupted and comes back.'],
      blastRadius: `When autovacuum looks after table ${tableOf(action)}.`,
      facts: { tableRows: Math.max(0, Math.round(table.rows)) },
    };
  },
});

async function readActivity(oid: number, session: Session): Promise<{ dead: number; changed: number }> {
  const [row] = await session.query<{ dead: number; changed: number }>('SELECT coalesce(n_dead_tup, 0)::float8 AS dead, coalesce(n_mod_since_analyze, 0)::float8 AS changed FROM pg_stat_all_tables WHERE relid = $1::oid', [oid]);
  return row ?? { dead: 0, changed: 0 };
}

const tableOf = ({ schema, table }: Action): string => `${schema}.${table}`;
const isOff = (value: string): boolean => /^(?:off|false|0)$/i.test(value);
