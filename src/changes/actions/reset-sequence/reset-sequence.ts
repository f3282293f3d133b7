/** postgres.reset_sequence: brings the sequence of a column up to its highest value, where it fell behind (a restore, a copy). */
import type { ActionOf } from '../../action.ts';
import { ExecutionError, RefusedError, UndoRefusedError } from '../../errors.ts';
import { lockKeyOf } from '../../lock-key.ts';
import { resetSequenceSchema } from '../../postgres-actions.ts';
import type { ActionKind, ChangeOf } from '../kind.ts';
import { moved } from '../moved.ts';
import { identifier, literal, qualified } from '../postgres/quote.ts';
import { serverIdentity } from '../postgres/server.ts';
import type { Session } from '../postgres/session.ts';
import { executionError, withSession } from '../postgres/session.ts';
import { readOwnTable } from '../postgres/tables.ts';
import { runTransaction } from '../postgres/transaction.ts';
import { readSequence } from './sequence.ts';

type Action = ActionOf<'postgres.reset_sequence'>;

export const resetSequenceKind: ActionKind<Action> = {
  kind: 'postgres.reset_sequence',
  schema: resetSequenceSchema,
  lockKey: lockKeyOf,
  risk: () => ({ level: 'low', reasons: ['numbers are given out from after the highest that is in use'] }),
  prepare: (action, context) => withSession(action.target, context, (session) => prepare(action, session)),
  drift: (change, fresh) => moved(change, fresh),
  async execute({ action, command, resolved }, context) {
    let highest = '';
    await withSession(action.target, context, (session) =>
      runTransaction(session, command, {
        async after(statement, rows) {
          if (statement.startsWith('LOCK')) {
            const table = await readOwnTable(action, session);
            const sequence = await readSequence(action, table.oid, session);
            if (table.oid !== resolved['table'] || sequence.oid !== resolved['sequence']) throw new ExecutionError('Nothing was changed: the column or its sequence is another than the one that was approved.', 'none');
            highest = sequence.highest ?? '';
          }
          if (statement.startsWith('SELECT') && rows !== 1) throw new ExecutionError('Nothing was changed: the sequence is no longer behind.', 'none');
        },
      }),
    ).catch((error: unknown) => {
      throw error instanceof RefusedError ? executionError(error, '') : error;
    });
    return { output: `setval ${highest}`, written: { value: highest } };
  },
  check: (change, context) => withSession(change.action.target, context, (session) => check(change, session)),
  previewUndo: () => Promise.reject(new UndoRefusedError(nothingToUndo)),
  undo: () => Promise.reject(new UndoRefusedError(nothingToUndo)),
  checkUndone: () => Promise.resolve({ ok: false, details: [nothingToUndo] }),
};

const nothingToUndo = 'Going back would give out numbers that are in use: a sequence is never set back.';

async function prepare(action: Action, session: Session) {
  const name = `${action.schema}.${action.table}`;
  const table = await readOwnTable(action, session);
  const sequence = await readSequence(action, table.oid, session);
  if (sequence.highest === null || BigInt(sequence.highest) < BigInt(sequence.next)) {
    throw new RefusedError(`The sequence of ${name}.${action.column} is not behind: it gives out ${sequence.next} next, and the highest value is ${sequence.highest ?? 'none'}.`);
  }
  if (BigInt(sequence.highest) >= BigInt(sequence.maximum)) throw new RefusedError(`The highest value, ${sequence.highest}, leaves the sequence nothing to give out: its maximum is ${sequence.maximum}.`);
  const own = qualified(sequence.schema, sequence.name);
  const highest = `(SELECT max(t.${identifier(action.column)}) FROM ONLY ${qualified(action.schema, action.table)} AS t)`;
  return {
    command: [
      'BEGIN',
      "SET LOCAL lock_timeout TO '2s'",
      // Whoever inserts takes a number after it has its lock on the table: so none is taken between the two looks.
      `LOCK TABLE ONLY ${qualified(action.schema, action.table)} IN SHARE ROW EXCLUSIVE MODE`,
      `SELECT setval(${literal(own)}, ${highest}) FROM ${own} AS s WHERE ${highest} >= CASE WHEN s.is_called THEN s.last_value + ${sequence.increment} ELSE s.last_value END`,
      'COMMIT',
    ],
    // Where it stands is not bound: each insert that fails moves it by one, and it only ever goes up.
    preview: [
      `${sequence.schema}.${sequence.name} gives out ${sequence.next} next; the highest ${action.column} in ${name} is ${sequence.highest}.`,
      `After this it gives out the one after the highest at that moment: ${BigInt(sequence.highest) + 1n}, if nothing is inserted meanwhile.`,
      ...(sequence.cache > 1 ? [`Sessions keep up to ${sequence.cache} numbers in stock: those that are connected use up what they have first.`] : []),
    ].join('\n'),
    resolved: { server: await serverIdentity(session), table: table.oid, sequence: sequence.oid },
    undo: { kind: 'not_needed' as const, command: [], description: nothingToUndo },
    checks: [`the sequence is at least at the highest ${action.column}`],
    blastRadius: `New rows of ${name}: writes wait for a moment while the highest value is looked up in its index.`,
    facts: { online: true, reversible: false, tableRows: Math.max(0, Math.round(table.rows)) },
  };
}

async function check({ action, resolved, written }: ChangeOf<Action>, session: Session) {
  const table = await readOwnTable(action, session);
  const sequence = await readSequence(action, table.oid, session);
  const ok = written !== undefined && sequence.oid === resolved['sequence'] && BigInt(sequence.next) > BigInt(String(written['value']));
  return { ok, details: [`the sequence gives out ${sequence.next} next; the highest ${action.column} is ${sequence.highest ?? 'none'}`] };
}
