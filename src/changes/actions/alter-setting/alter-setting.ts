/** postgres.alter_setting: one listed setting of a server, a database or a role; set back exactly to what it was. */
import type { ActionOf } from '../../action.ts';
import { alterSettingSchema } from '../../postgres-actions.ts';
import { ExecutionError, messageOf, RefusedError, UndoRefusedError } from '../../errors.ts';
import { lockKeyOf } from '../../lock-key.ts';
import type { Assessment } from '../../risk-level.ts';
import type { ActionKind, ChangeOf, Check, KindContext } from '../kind.ts';
import { moved } from '../moved.ts';
import { serverIdentity } from '../postgres/server.ts';
import type { Session } from '../postgres/session.ts';
import { executionError, rehearse, withSession } from '../postgres/session.ts';
import { plural } from '../words.ts';
import type { Definition } from './allowed.ts';
import { inBaseUnit, refuseTooShort, refuseUnlisted } from './allowed.ts';
import { refuseUnfitPath } from './search-path.ts';
import { ofRole, readDefinition, readStored, sessionsThatKeep, statements } from './stored.ts';

type Action = ActionOf<'postgres.alter_setting'>;

export const alterSettingKind: ActionKind<Action> = {
  kind: 'postgres.alter_setting',
  schema: alterSettingSchema,
  lockKey: lockKeyOf,
  risk: ofSetting,
  prepare: (action, context) => withSession(action.target, context, (session) => prepare(action, session)),
  drift: (change, fresh) => moved(change, fresh),
  execute,
  check: (change, context) => holds(change, change.action.value, context),
  previewUndo: (change, context) => withSession(change.action.target, context, (session) => previewUndo(change, session)),
  undo: (change, context) => withSession(change.action.target, context, (session) => undo(change, session)),
  checkUndone: (change, context) => holds(change, change.resolved['before'] as string | null, context),
};

async function prepare(action: Action, session: Session) {
  refuseUnlisted(action.setting, action.scope);
  const definition = await readDefinition(action.setting, session);
  if (definition.context === 'postmaster' || definition.context === 'internal') throw new RefusedError(`${action.setting} takes effect only after a restart of PostgreSQL: change it by hand.`);
  if (action.scope !== 'system' && definition.context === 'sighup') throw new RefusedError(`${action.setting} can be set for the whole server only (scope system).`);
  if (action.setting === 'search_path' && action.value !== null) await refuseUnfitPath(action.value, session);
  const base = action.value === null ? null : normal(action, definition);
  refuseTooShort(action.setting, base);
  const before = await readStored(action, session);
  if (before === action.value) throw new RefusedError(`${action.setting} is ${before === null ? 'not set' : `'${before}'`} for ${scopeOf(action)} already.`);
  const server = await serverIdentity(session);
  const command = statements(action, server.database, action.value);
  const rehearsed = await rehearseOn(session, action, command);
  const keep = await sessionsThatKeep(action, session);
  return {
    command,
    preview: [
      `${action.setting} for ${scopeOf(action)}: ${shown(before)} -> ${shown(action.value)}${base !== null && base !== action.value ? ` (${base}${definition.unit ? ` ${definition.unit}` : ''})` : ''}.`,
      `The server's built-in default is ${definition.default ?? 'none'}${definition.unit ? ` (${definition.unit})` : ''}; a new session of the write role has ${definition.current}, from: ${definition.source}.`,
      action.scope === 'system' ? 'It takes effect with the reload, everywhere that no database, role or session says otherwise.' : `It takes effect for new sessions; ${plural(keep, 'session')} connected now keep what they have.`,
      ...(rehearsed ? ['The same statement was run and rolled back without an error.'] : []),
    ].join('\n'),
    resolved: { server, before },
    undo: {
      kind: 'automatic' as const,
      command: statements(action, server.database, before),
      description: before === null ? 'Resets it, as it was not set before, unless somebody has changed it since.' : `Sets it back to '${before}', unless somebody has changed it since.`,
    },
    checks: [`${action.setting} is ${shown(action.value)} for ${scopeOf(action)}, seen from a new session`],
    blastRadius: action.scope === 'system' ? `Every database and role of the server of ${action.target}.` : `New sessions of ${scopeOf(action)}.`,
    facts: { online: true, reversible: true, affectedSessions: keep },
  };
}

/** ALTER SYSTEM can't be rolled back, so there the right to run it is looked up instead. */
async function rehearseOn(session: Session, action: Action, command: readonly string[]): Promise<boolean> {
  if (action.scope === 'system') {
    const [row] = await session.query<{ may: boolean }>("SELECT has_parameter_privilege($1, 'ALTER SYSTEM') AND has_function_privilege('pg_reload_conf()', 'EXECUTE') AS may", [action.setting]);
    if (!row?.may) throw new RefusedError(`The write role may not do this: GRANT ALTER SYSTEM ON PARAMETER ${action.setting}, and EXECUTE on pg_reload_conf().`);
    return false;
  }
  await rehearse(session, command).catch((error: unknown) => {
    throw new RefusedError(`PostgreSQL would not do this: ${messageOf(error)}.`);
  });
  return true;
}

async function execute(change: ChangeOf<Action>, context: KindContext): Promise<{ output: string; written?: Record<string, unknown> }> {
  const before = change.resolved['before'];
  let done = 0;
  let running = '';
  try {
    await withSession(change.action.target, context, async (session) => {
      const now = await readStored(change.action, session);
      if (now !== before) throw new ExecutionError(`Nothing was changed: ${change.action.setting} is ${shown(now)} now, not ${shown(before as string | null)}.`, 'none');
      for (running of change.command) {
        await session.query(running);
        done += 1;
      }
    });
  } catch (error) {
    const cause = executionError(error, running);
    throw done === 0 ? cause : new ExecutionError(cause.message, 'partial', { cause: error });
  }
  return { output: change.command.map((statement) => (statement.startsWith('SELECT') ? 'configuration reloaded' : statement.split(' ').slice(0, 2).join(' '))).join('\n') };
}

async function previewUndo(change: ChangeOf<Action>, session: Session) {
  const { action, undo: { command } } = change;
  const now = await readStored(action, session);
  if (now === change.resolved['before']) throw new UndoRefusedError('It is as it was before already.');
  refuseForeign(change, now);
  const rehearsed = await rehearseOn(session, action, command);
  const takes = action.scope === 'system' ? 'It takes effect with the reload.' : `It takes effect for new sessions; ${plural(await sessionsThatKeep(action, session), 'session')} connected now keep what they have.`;
  return {
    preview: [`${action.setting} for ${scopeOf(action)}: ${shown(now)} -> ${shown(change.resolved['before'] as string | null)}.`, takes, ...(rehearsed ? ['The same statement was run and rolled back without an error.'] : [])].join('\n'),
    resolved: { server: await serverIdentity(session), now },
  };
}

function refuseForeign({ action }: ChangeOf<Action>, now: string | null): void {
  if (now !== action.value) throw new UndoRefusedError(`${action.setting} is ${shown(now)} now, which sre-agent did not write: somebody changed it since. It was left alone.`);
}

async function undo(change: ChangeOf<Action>, session: Session): Promise<{ output: string }> {
  const now = await readStored(change.action, session);
  if (now === change.resolved['before']) return { output: 'It is as it was before already.' };
  refuseForeign(change, now);
  for (const statement of change.undo.command) await session.query(statement);
  return { output: `${change.action.setting} is ${shown(change.resolved['before'] as string | null)} again` };
}

/** Read over a new session: what is stored, and for the whole server what that session itself starts with. */
async function holds(change: ChangeOf<Action>, value: string | null, context: KindContext): Promise<Check> {
  const { action } = change;
  return withSession(action.target, context, async (session) => {
    const stored = await readStored(action, session);
    const definition = await readDefinition(action.setting, session);
    const details = [`${action.setting} is ${shown(stored)} for ${scopeOf(action)}`];
    if (stored !== value) return { ok: false, details };
    const sources: Record<Action['scope'], string> = { system: 'configuration file', database: 'database', role: 'user', 'role in database': 'database user' };
    if (value === null || definition.source !== sources[action.scope] || (ofRole(action) && !(await isCurrentRole(action.role, session)))) return { ok: true, details };
    const effective = definition.current === normal({ setting: action.setting, value }, definition);
    return { ok: effective, details: [...details, `a new session starts with ${definition.current}${definition.unit ? ` (${definition.unit})` : ''}`] };
  });
}

/** As pg_settings shows it. */
function normal({ setting, value }: { setting: string; value: string | null }, definition: Definition): string {
  return setting === 'search_path' ? (value ?? '') : inBaseUnit(setting, value ?? '', definition);
}

async function isCurrentRole(role: string | undefined, session: Session): Promise<boolean> {
  const [row] = await session.query<{ same: boolean }>('SELECT current_user = $1 AS same', [role ?? '']);
  return row?.same ?? false;
}

const shown = (value: string | null): string => (value === null ? 'not set' : `'${value}'`);

function scopeOf(action: Action): string {
  if (action.scope === 'system') return 'the whole server';
  if (action.scope === 'database') return `database ${action.target}`;
  return `role ${action.role ?? ''}${action.scope === 'role' ? '' : ` in database ${action.target}`}`;
}

function ofSetting(action: Action): Assessment {
  const off = /^(off|false|no|0)$/i.test(action.value ?? '');
  if (action.setting === 'autovacuum' && off) return { level: 'high', reasons: ['without autovacuum tables bloat and the server can stop taking writes'] };
  if (action.setting === 'default_transaction_read_only' && action.value !== null && !off) return { level: 'high', reasons: ['writes of new sessions would fail'] };
  if (action.setting === 'search_path' && action.value !== null) return { level: 'medium', reasons: ['names without a schema may come to mean other tables'] };
  if (ofRole(action)) return { level: 'low', reasons: ['new sessions of one role, put back exactly'] };
  return { level: 'medium', reasons: [action.scope === 'system' ? 'the whole server at once' : 'every new session of the database'] };
}
