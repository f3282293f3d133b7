/** mysql.set_global: one dynamic variable of the running server, put back exactly by its undo. Not persisted: a restart takes it back. */
import type { ActionOf } from '../../action.ts';
import { ExecutionError, messageOf, RefusedError, UndoRefusedError } from '../../errors.ts';
import { lockKeyOf } from '../../lock-key.ts';
import { mysqlSetGlobalSchema } from '../../mysql-actions.ts';
import type { Assessment } from '../../risk-level.ts';
import type { ActionKind, ChangeOf, KindContext } from '../kind.ts';
import { moved } from '../moved.ts';
import type { Session } from '../mysql/session.ts';
import { executionError, withSession } from '../mysql/session.ts';
import { plural } from '../words.ts';
import { boundsOf, normal } from './allowed.ts';

type Action = ActionOf<'mysql.set_global'>;

export const mysqlSetGlobalKind: ActionKind<Action> = {
  kind: 'mysql.set_global',
  schema: mysqlSetGlobalSchema,
  lockKey: lockKeyOf,
  risk: ofVariable,
  prepare: (action, context) => withSession(action.target, context, (session) => prepare(action, session)),
  drift: (change, fresh) => moved(change, fresh),
  async execute({ action, resolved, command: [statement = ''] }, context) {
    await set(action.target, statement, context, async (session) => {
      const now = await readGlobal(action.variable, session);
      if (now !== resolved['before']) throw new ExecutionError(`Nothing was set: ${action.variable} is ${now} and was ${String(resolved['before'])} when this was approved.`, 'none');
    });
    return { output: `${action.variable} is set`, written: { value: normal(action.variable, action.value) } };
  },
  async check({ action }, context) {
    const now = await withSession(action.target, context, (session) => readGlobal(action.variable, session));
    const ok = now === normal(action.variable, action.value);
    return { ok, details: [ok ? `${action.variable} is ${now}` : `${action.variable} is ${now}, not ${action.value}`] };
  },
  async previewUndo(change, context) {
    return withSession(change.action.target, context, async (session) => {
      await undoable(change, session);
      return { preview: `Sets ${change.action.variable} from ${change.action.value} back to ${String(change.resolved['before'])}.`, resolved: { server: session.identity, now: normal(change.action.variable, change.action.value) } };
    });
  },
  async undo(change, context) {
    const { action, undo: { command: [statement = ''] } } = change;
    await set(action.target, statement, context, (session) => undoable(change, session));
    return { output: `${action.variable} is as before` };
  },
  async checkUndone({ action, resolved }, context) {
    const now = await withSession(action.target, context, (session) => readGlobal(action.variable, session));
    return { ok: now === resolved['before'], details: [`${action.variable} is ${now}`] };
  },
};

async function set(target: string, statement: string, context: KindContext, before: (session: Session) => Promise<void>): Promise<void> {
  await withSession(target, context, async (session) => {
    await before(session);
    await context.checkpoint();
    await session.query(statement).catch((error: unknown) => {
      throw executionError(error, statement);
    });
  }).catch((error: unknown) => {
    throw error instanceof RefusedError ? executionError(error, statement) : error;
  });
}

async function undoable({ action, resolved }: ChangeOf<Action>, session: Session): Promise<void> {
  const now = await readGlobal(action.variable, session);
  if (now === resolved['before']) throw new UndoRefusedError(`${action.variable} is ${now} already, as before.`);
  if (now !== normal(action.variable, action.value)) throw new UndoRefusedError(`Somebody set ${action.variable} to ${now} since. It was left alone.`);
}

async function prepare(action: Action, session: Session) {
  const { newSessions, memory } = boundsOf(action.variable, action.value);
  const before = await readGlobal(action.variable, session);
  const value = normal(action.variable, action.value);
  if (value === before) throw new RefusedError(`${action.variable} is ${before} already.`);
  await refuseUngranted(action.variable, session);
  const [use] = await session.query<Record<string, string>>("SHOW GLOBAL STATUS WHERE Variable_name = 'Threads_connected'");
  const connected = Number(Object.values(use ?? {})[1] ?? 0);
  if (action.variable === 'max_connections' && Number(value) < connected + 5) throw new RefusedError(`${plural(connected, 'connection')} ${connected === 1 ? 'is' : 'are'} open: a limit of ${value} would shut clients out.`);
  return {
    command: [statement(action.variable, value)],
    preview: [
      `${action.variable} is ${before} now and becomes ${value}.`,
      newSessions ? 'Connections that are open keep the old value until they connect again.' : 'It holds for the whole server at once.',
      'It is not written to the configuration: when the server starts anew, it is as the configuration says.',
    ].join('\n'),
    resolved: { server: session.identity, variable: action.variable, before },
    undo: { kind: 'automatic' as const, command: [statement(action.variable, before)], description: `Sets it back to ${before}, if it still is ${value}.` },
    checks: [`${action.variable} is ${value}`],
    blastRadius: `${newSessions ? 'Every connection made from now on' : 'The whole server'}, all its databases; ${plural(connected, 'connection')} open now.${memory ? ' It lets the server take more or less memory.' : ''}`,
    facts: { online: true, reversible: true, ...(memory && Number(value) > Number(before) && { warnings: [`the server may take more memory: ${action.variable} from ${before} to ${value}`] }) },
  };
}

/** MariaDB lets CONNECTION ADMIN set limits on connections, and wants SUPER for the rest. */
async function refuseUngranted(variable: string, session: Session): Promise<void> {
  const needed = session.vendor === 'MySQL' ? 'SYSTEM_VARIABLES_ADMIN' : variable === 'max_connections' ? 'CONNECTION ADMIN' : 'SUPER';
  const grants = (await session.query<Record<string, string>>('SHOW GRANTS')).flatMap(Object.values);
  if (grants.some((grant) => new RegExp(`^GRANT [^]*\\b(ALL PRIVILEGES|SUPER|${needed})\\b[^]* ON \\*\\.\\*`, 'i').test(grant))) return;
  throw new RefusedError(`The write account may not set ${variable}: ${needed === 'SUPER' ? 'MariaDB wants SUPER for that, which is more than sre-agent should have: do this one by hand' : `grant it ${needed}`}.`);
}

/** The name is one of the list, so it stands as it is. */
const statement = (variable: string, value: string): string => `SET GLOBAL ${variable} = ${value}`;

async function readGlobal(variable: string, session: Session): Promise<string> {
  const rows = await session.query<Record<string, string>>('SHOW GLOBAL VARIABLES WHERE Variable_name = ?', [variable]).catch((error: unknown) => {
    throw new RefusedError(`${variable} can't be read: ${messageOf(error)}.`);
  });
  const value = Object.values(rows[0] ?? {})[1];
  if (value === undefined) throw new RefusedError(`This server has no variable ${variable}.`);
  return normal(variable, String(value));
}

function ofVariable({ variable, value }: Action): Assessment {
  if (/^(max_statement_time|max_execution_time|idle_)/.test(variable) && Number(value) > 0) return { level: 'medium', reasons: ['what takes longer than that is ended, in every new session'] };
  if (/^(slow_query_log|long_query_time|log_|innodb_print)/.test(variable)) return { level: 'low', reasons: ['what the server writes to its log'] };
  return { level: 'medium', reasons: ['the whole server, all its databases'] };
}
