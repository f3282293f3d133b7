/** postgres.validate_constraint: checks the old rows against a constraint that holds for new ones already. */
import type { ActionOf } from '../../action.ts';
import { ExecutionError, RefusedError, UndoRefusedError } from '../../errors.ts';
import { lockKeyOf } from '../../lock-key.ts';
import { validateConstraintSchema } from '../../postgres-actions.ts';
import type { ActionKind, ChangeOf } from '../kind.ts';
import { moved } from '../moved.ts';
import { refuseOwnerCode } from '../postgres/owner-code.ts';
import { identifier, qualified } from '../postgres/quote.ts';
import { serverIdentity } from '../postgres/server.ts';
import type { Session } from '../postgres/session.ts';
import { executionError, withSession } from '../postgres/session.ts';
import { readOwnTable, size } from '../postgres/tables.ts';
import { runTransaction } from '../postgres/transaction.ts';

type Action = ActionOf<'postgres.validate_constraint'>;

/** One scan of the table, while reads and writes go on. */
const deadlineMilliseconds = 30 * 60_000;

export const validateConstraintKind: ActionKind<Action> = {
  kind: 'postgres.validate_constraint',
  schema: validateConstraintSchema,
  lockKey: lockKeyOf,
  risk: (_action, { tableRows = 0 }) => (tableRows < 10_000_000 ? { level: 'low', reasons: ['one scan, while reads and writes go on'] } : { level: 'medium', reasons: ['one scan of over ten million rows, while reads and writes go on'] }),
  prepare: (action, context) => withSession(action.target, context, (session) => prepare(action, session)),
  drift: (change, fresh) => moved(change, fresh),
  async execute({ action, command, resolved }, context) {
    await withSession(action.target, context, (session) =>
      runTransaction(session, command, {
        deadlineMilliseconds,
        async before() {
          // As the statement itself locks it: from here on nobody gives it another constraint or index.
          await session.query("SELECT set_config('lock_timeout', '2s', true)");
          await session.query(`LOCK TABLE ONLY ${qualified(action.schema, action.table)} IN SHARE UPDATE EXCLUSIVE MODE`);
          await refuseOwnerCode({ oid: Number(resolved['table']), name: `${action.schema}.${action.table}` }, session);
          const now = await readConstraint(action, session);
          if (now.oid !== resolved['constraint'] || now.definition !== resolved['definition']) throw new ExecutionError(`Nothing was done: ${action.constraint} is another constraint than the one that was approved.`, 'none');
        },
      }),
    ).catch((error: unknown) => {
      throw error instanceof RefusedError ? executionError(error, '') : error;
    });
    return { output: 'ALTER TABLE' };
  },
  check: (change, context) => withSession(change.action.target, context, (session) => check(change, session)),
  previewUndo: () => Promise.reject(new UndoRefusedError(nothingToUndo)),
  undo: () => Promise.reject(new UndoRefusedError(nothingToUndo)),
  checkUndone: () => Promise.resolve({ ok: false, details: [nothingToUndo] }),
};

const nothingToUndo = 'No row is changed, and new rows must fit the constraint with or without this: there is nothing to take back.';

interface Constraint {
  oid: number;
  type: string;
  validated: boolean;
  definition: string;
}

/** Throws RefusedError when there is none of that name. */
async function readConstraint({ schema, table, constraint }: Action, session: Session): Promise<Constraint> {
  const [row] = await session.query<Omit<Constraint, 'oid'> & { oid: string }>(
    `SELECT k.oid::text, k.contype::text AS type, k.convalidated AS validated, pg_get_constraintdef(k.oid) AS definition FROM pg_constraint k
       JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2 AND k.conname = $3`,
    [schema, table, constraint],
  );
  if (!row) throw new RefusedError(`Table ${schema}.${table} has no constraint ${constraint}.`);
  return { ...row, oid: Number(row.oid) };
}

async function prepare(action: Action, session: Session) {
  const name = `${action.schema}.${action.table}`;
  const table = await readOwnTable(action, session);
  if (table.kind !== 'r') throw new RefusedError(`${name} is not an ordinary table: validate the constraints of its partitions one by one.`);
  await refuseOwnerCode({ oid: table.oid, name }, session);
  const constraint = await readConstraint(action, session);
  if (constraint.type !== 'c' && constraint.type !== 'f' && constraint.type !== 'n') throw new RefusedError(`${action.constraint} is neither a check nor a foreign key: such constraints are always validated.`);
  if (constraint.validated) throw new RefusedError(`${action.constraint} is validated already.`);
  return {
    command: ['BEGIN', "SET LOCAL lock_timeout TO '2s'", `ALTER TABLE ${qualified(action.schema, action.table)} VALIDATE CONSTRAINT ${identifier(action.constraint)}`, 'COMMIT'],
    preview: [`${action.constraint} on ${name}: ${constraint.definition}`, `Table ${name}: ${size(table)}; all of it is read once.`, 'A row that does not fit makes it fail, and nothing is changed then.'].join('\n'),
    resolved: { server: await serverIdentity(session), table: table.oid, constraint: constraint.oid, definition: constraint.definition },
    undo: { kind: 'not_needed' as const, command: [], description: nothingToUndo },
    checks: [`${action.constraint} is validated`],
    blastRadius: `Table ${name} (${size(table)}): reads and writes go on; disk work for one scan.`,
    facts: { online: true, reversible: true, tableRows: Math.max(0, Math.round(table.rows)) },
  };
}

async function check({ action, resolved }: ChangeOf<Action>, session: Session) {
  const { oid, validated } = await readConstraint(action, session);
  const ok = validated && oid === resolved['constraint'];
  return { ok, details: [ok ? `${action.constraint} is validated` : `${action.constraint} is not validated`] };
}
