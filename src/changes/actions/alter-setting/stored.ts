/** Where a setting's override is kept per scope, and the statements that change it. */
import type { ActionOf } from '../../action.ts';
import { messageOf, RefusedError } from '../../errors.ts';
import { identifier, literal } from '../postgres/quote.ts';
import type { Session } from '../postgres/session.ts';
import type { Definition } from './allowed.ts';
import { pathLiterals } from './search-path.ts';

type Action = ActionOf<'postgres.alter_setting'>;

export async function readDefinition(setting: string, session: Session): Promise<Definition & { current: string; source: string; default: string | null }> {
  const [row] = await session.query<Definition & { current: string; source: string; default: string | null }>(
    `SELECT vartype, unit, min_val AS minimum, max_val AS maximum, enumvals AS choices, context, setting AS current, source, boot_val AS default FROM pg_settings WHERE name = $1`,
    [setting],
  );
  if (!row) throw new RefusedError(`This server has no setting ${setting}.`);
  return row;
}

/** The override kept in this scope as it is written there; null when there is none. Throws RefusedError when it can't be read. */
export async function readStored(action: Action, session: Session): Promise<string | null> {
  if (action.scope === 'system') return readSystem(action.setting, session);
  if (ofRole(action)) await roleMustExist(action, session);
  const [row] = await session.query<{ value: string | null }>(
    `SELECT (SELECT substr(one, length($1) + 2) FROM unnest(s.setconfig) AS one WHERE starts_with(one, $1 || '=')) AS value FROM pg_db_role_setting s
      WHERE s.setdatabase = CASE WHEN $2 IN ('database', 'role in database') THEN (SELECT oid FROM pg_database WHERE datname = current_database()) ELSE 0 END
        AND s.setrole = coalesce((SELECT oid FROM pg_roles WHERE rolname = $3), 0)`,
    [action.setting, action.scope, ofRole(action) ? (action.role ?? '') : null],
  );
  return row?.value ?? null;
}

async function readSystem(setting: string, session: Session): Promise<string | null> {
  const rows = await session.query<{ setting: string }>("SELECT setting FROM pg_file_settings WHERE name = $1 AND sourcefile LIKE '%/postgresql.auto.conf' ORDER BY seqno DESC LIMIT 1", [setting]).catch((error: unknown) => {
    throw new RefusedError(`What ALTER SYSTEM has set can't be read, so it could not be put back (${messageOf(error)}): grant the write role SELECT on pg_file_settings and EXECUTE on pg_show_all_file_settings().`);
  });
  return rows[0]?.setting ?? null;
}

async function roleMustExist(action: Action, session: Session): Promise<void> {
  if (action.role === undefined) throw new RefusedError('The scope is a role, but no role is named.');
  const [row] = await session.query('SELECT FROM pg_roles WHERE rolname = $1', [action.role]);
  if (!row) throw new RefusedError(`There is no role ${action.role} on this server.`);
}

/** `value` null resets. The reload of a system setting is part of what is shown and run. */
export function statements(action: Action, database: string, value: string | null): string[] {
  const owner = ownerOf(action, database);
  const change = value === null ? `ALTER ${owner} RESET ${action.setting}` : `ALTER ${owner} SET ${action.setting} TO ${action.setting === 'search_path' ? pathLiterals(value) : literal(value)}`;
  return action.scope === 'system' ? [change, 'SELECT pg_reload_conf()'] : [change];
}

function ownerOf({ scope, role = '' }: Action, database: string): string {
  if (scope === 'system') return 'SYSTEM';
  if (scope === 'database') return `DATABASE ${identifier(database)}`;
  return scope === 'role' ? `ROLE ${identifier(role)}` : `ROLE ${identifier(role)} IN DATABASE ${identifier(database)}`;
}

export const ofRole = ({ scope }: Action): boolean => scope === 'role' || scope === 'role in database';

/** How many sessions keep the old value until they connect again. */
export async function sessionsThatKeep(action: Action, session: Session): Promise<number> {
  if (action.scope === 'system') return 0;
  const [row] = await session.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND application_name NOT LIKE 'sre-agent%'
        AND ($1 = 'role' OR datname = current_database()) AND ($1 = 'database' OR usename = $2)`,
    [action.scope, action.role ?? ''],
  );
  return row?.count ?? 0;
}
