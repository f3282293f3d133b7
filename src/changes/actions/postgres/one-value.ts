/** Kinds that write one value of one object, and put back exactly the former one: an attribute of a role, an option of a table. */
import type { z } from 'zod';
import type { Action } from '../../action.ts';
import { ExecutionError, RefusedError, UndoRefusedError, messageOf } from '../../errors.ts';
import { lockKeyOf } from '../../lock-key.ts';
import type { ActionKind, ChangeOf, Check, KindContext, Preview } from '../kind.ts';
import { moved } from '../moved.ts';
import { serverIdentity } from './server.ts';
import type { Session } from './session.ts';
import { executionError, rehearse, withSession } from './session.ts';
import { runTransaction } from './transaction.ts';

export type ValueAction = Extract<Action, { kind: `postgres.${string}` }>;

export interface Kept {
  oid: number;
  /** As the server writes it; null when it is not set. */
  value: string | null;
}

export interface OneValue<A extends ValueAction> {
  kind: A['kind'];
  schema: z.ZodType<A>;
  risk: ActionKind<A>['risk'];
  /** Throws RefusedError when there is no such object, or it is not ours to change. Asked again before every write. */
  read(action: A, session: Session, context: KindContext): Promise<Kept>;
  /** The value wanted, as the server will write it. Throws RefusedError for one that does not fit. */
  wanted(action: A, session: Session): Promise<string | null>;
  statement(action: A, value: string | null): string;
  /** Locks the object within the transaction, so that nobody changes it between the look and the write. */
  lock?(action: A): string;
  /** What PostgreSQL said when it would not do it, as a remedy. */
  remedy(action: A): string;
  /** `connection limit of role app` */
  name(action: A): string;
  shown(value: string | null): string;
  tell(action: A, kept: Kept, after: string | null, session: Session): Promise<{ lines: string[]; blastRadius: string; facts?: Partial<Preview['facts']> }>;
}

const lockTimeout = "SET LOCAL lock_timeout TO '2s'";

export function oneValueKind<A extends ValueAction>(spec: OneValue<A>): ActionKind<A> {
  const { name, shown } = spec;

  async function write(change: ChangeOf<A>, session: Session, context: KindContext, command: readonly string[], from: 'before' | 'after'): Promise<void> {
    await runTransaction(session, command, {
      async before() {
        const lock = spec.lock?.(change.action);
        if (lock !== undefined) {
          await session.query("SELECT set_config('lock_timeout', '2s', true)");
          await session.query(lock);
        }
        const now = await spec.read(change.action, session, context);
        if (now.oid !== change.resolved['object'] || now.value !== change.resolved[from]) throw new ExecutionError(`Nothing was changed: the ${name(change.action)} is ${shown(now.value)} now, not ${shown(change.resolved[from] as string | null)}.`, 'none');
      },
    });
  }

  async function refuseForeign(change: ChangeOf<A>, session: Session, context: KindContext): Promise<void> {
    const now = await spec.read(change.action, session, context).catch((error: unknown) => {
      throw error instanceof RefusedError ? new UndoRefusedError(error.message) : error;
    });
    if (now.value === change.resolved['before'] && change.resolved['before'] !== change.resolved['after']) throw new UndoRefusedError('It is as it was before already.');
    if (now.oid !== change.resolved['object'] || now.value !== change.resolved['after']) throw new UndoRefusedError(`The ${name(change.action)} is ${shown(now.value)} now, which sre-agent did not write: somebody changed it since. It was left alone.`);
  }

  async function compare(change: ChangeOf<A>, expected: 'before' | 'after', context: KindContext): Promise<Check> {
    const now = await withSession(change.action.target, context, (session) => spec.read(change.action, session, context));
    return { ok: now.oid === change.resolved['object'] && now.value === change.resolved[expected], details: [`the ${name(change.action)} is ${shown(now.value)}`] };
  }

  async function prepare(action: A, session: Session, context: KindContext): Promise<Preview> {
    const kept = await spec.read(action, session, context);
    const after = await spec.wanted(action, session);
    if (kept.value === after) throw new RefusedError(`The ${name(action)} is ${shown(after)} already.`);
    const around = (statement: string): string[] => ['BEGIN', ...(spec.lock === undefined ? [] : [lockTimeout]), statement, 'COMMIT'];
    const command = around(spec.statement(action, after));
    await rehearse(session, command.slice(1, -1)).catch((error: unknown) => {
      throw new RefusedError(`PostgreSQL would not do this: ${messageOf(error)}. ${spec.remedy(action)}`);
    });
    const { lines, blastRadius, facts } = await spec.tell(action, kept, after, session);
    return {
      command,
      equivalent: spec.statement(action, after),
      preview: [`The ${name(action)}: ${shown(kept.value)} -> ${shown(after)}.`, ...lines, 'The same statement was run and rolled back without an error.'].join('\n'),
      resolved: { server: await serverIdentity(session), object: kept.oid, before: kept.value, after },
      undo: { kind: 'automatic', command: around(spec.statement(action, kept.value)), description: `Sets it back to ${shown(kept.value)}, unless somebody has changed it since.` },
      checks: [`the ${name(action)} is ${shown(after)}`],
      blastRadius,
      facts: { online: true, reversible: true, ...facts },
    };
  }

  return {
    kind: spec.kind,
    schema: spec.schema,
    lockKey: lockKeyOf,
    risk: spec.risk,
    prepare: (action, context) => withSession(action.target, context, (session) => prepare(action, session, context)),
    drift: (change, fresh) => moved(change, fresh),
    async execute(change, context) {
      await withSession(change.action.target, context, (session) => write(change, session, context, change.command, 'before')).catch((error: unknown) => {
        throw error instanceof RefusedError ? executionError(error, '') : error;
      });
      return { output: change.command.at(-2)?.split(' ').slice(0, 2).join(' ') ?? '' };
    },
    check: (change, context) => compare(change, 'after', context),
    previewUndo: (change, context) =>
      withSession(change.action.target, context, async (session) => {
        await refuseForeign(change, session, context);
        await rehearse(session, change.undo.command.slice(1, -1));
        return {
          preview: `The ${name(change.action)}: ${shown(change.resolved['after'] as string | null)} -> ${shown(change.resolved['before'] as string | null)}. The same statement was run and rolled back without an error.`,
          resolved: { server: await serverIdentity(session), object: change.resolved['object'], now: change.resolved['after'] },
        };
      }),
    async undo(change, context) {
      await withSession(change.action.target, context, async (session) => {
        await refuseForeign(change, session, context);
        await write(change, session, context, change.undo.command, 'after').catch((error: unknown) => {
          throw error instanceof ExecutionError && error.effect === 'none' ? new UndoRefusedError(error.message) : error;
        });
      });
      return { output: `the ${name(change.action)} is ${shown(change.resolved['before'] as string | null)} again` };
    },
    checkUndone: (change, context) => compare(change, 'before', context),
  };
}
