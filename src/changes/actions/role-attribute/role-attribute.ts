/** postgres.role_connection_limit and postgres.role_valid_until: how many sessions a role may have, and how long its password is good. */
import type { ActionOf } from '../../action.ts';
import { RefusedError } from '../../errors.ts';
import { roleConnectionLimitSchema, roleValidUntilSchema } from '../../postgres-actions.ts';
import type { KindContext } from '../kind.ts';
import type { Kept } from '../postgres/one-value.ts';
import { oneValueKind } from '../postgres/one-value.ts';
import { readOrdinaryRole } from '../postgres/ordinary-role.ts';
import { identifier, literal } from '../postgres/quote.ts';
import type { Session } from '../postgres/session.ts';
import { plural } from '../words.ts';

type Limit = ActionOf<'postgres.role_connection_limit'>;
type Until = ActionOf<'postgres.role_valid_until'>;

export const roleConnectionLimitKind = oneValueKind<Limit>({
  kind: 'postgres.role_connection_limit',
  schema: roleConnectionLimitSchema,
  risk: ({ limit }, { affectedSessions = 0 }) => (limit !== -1 && limit <= affectedSessions ? { level: 'high', reasons: [`it has ${plural(affectedSessions, 'session')} now: new ones would be refused`] } : { level: 'medium', reasons: ['new sessions of one role, put back exactly'] }),
  read: (action, session, context) => readAttribute(action, 'rolconnlimit', session, context),
  wanted: async ({ limit, role }) => {
    if (limit === 0) throw new RefusedError(`With a limit of 0 ${role} could not log in at all: do this one by hand.`);
    return String(limit);
  },
  statement: ({ role }, value) => `ALTER ROLE ${identifier(role)} CONNECTION LIMIT ${value ?? '-1'}`,
  remedy,
  name: ({ role }) => `connection limit of role ${role}`,
  shown: (value) => (value === '-1' || value === null ? 'none (-1)' : value),
  async tell({ role, limit }, _kept, _after, session) {
    const [use] = await session.query<{ sessions: number; slots: number }>(
      `SELECT (SELECT count(*)::int FROM pg_stat_activity WHERE usename = $1 AND backend_type = 'client backend') AS sessions,
              current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int - coalesce(current_setting('reserved_connections', true), '0')::int AS slots`,
      [role],
    );
    const { sessions = 0, slots = 0 } = use ?? {};
    return {
      lines: [`It has ${plural(sessions, 'session')} now; ordinary roles share ${slots} slots of the server.`, ...(limit !== -1 && limit < sessions ? ['Sessions over the limit stay; new ones are refused until there are fewer.'] : []), ...(limit > slots ? ['That is more than the server has.'] : [])],
      blastRadius: `New sessions of role ${role}, in every database of the server.`,
      facts: { affectedSessions: sessions },
    };
  },
});

export const roleValidUntilKind = oneValueKind<Until>({
  kind: 'postgres.role_valid_until',
  schema: roleValidUntilSchema,
  risk: () => ({ level: 'medium', reasons: ['a password that was to end is good for longer'] }),
  // Never set and for ever are the same to the server; once set it can only be for ever.
  read: async (action, session, context) => {
    const kept = await readAttribute(action, 'rolvaliduntil', session, context);
    return { ...kept, value: kept.value ?? 'infinity' };
  },
  async wanted({ until, role }, session) {
    const [time] = await session.query<{ text: string; past: boolean }>('SELECT $1::timestamptz::text AS text, $1::timestamptz <= clock_timestamp() AS past', [until]).catch(() => []);
    if (time === undefined) throw new RefusedError(`"${until}" is no time that PostgreSQL takes.`);
    if (time.past) throw new RefusedError(`${time.text} is over: ${role} could not log in with its password.`);
    return time.text;
  },
  statement: ({ role }, value) => `ALTER ROLE ${identifier(role)} VALID UNTIL ${literal(value ?? 'infinity')}`,
  remedy,
  name: ({ role }) => `end of the password of role ${role}`,
  shown: (value) => (value === 'infinity' || value === null ? 'never (infinity)' : value),
  tell: ({ role }, { value }) => Promise.resolve({
    lines: [...(value === null || value === 'infinity' ? [] : [`Its password ends ${value}.`]), 'The password itself stays as it is; sessions that are open are not touched.'],
    blastRadius: `Logins of role ${role} with its password, in every database of the server.`,
  }),
});

async function readAttribute(action: Limit | Until, column: 'rolconnlimit' | 'rolvaliduntil', session: Session, context: KindContext): Promise<Kept> {
  const { oid } = await readOrdinaryRole(action, session, context);
  const [row] = await session.query<{ value: string | null }>(`SELECT ${column}::text AS value FROM pg_roles WHERE oid = $1::oid`, [oid]);
  return { oid, value: row?.value ?? null };
}

function remedy({ role }: Limit | Until): string {
  return `The write role needs CREATEROLE and ADMIN on ${role} (deploy/postgres/write.sql): GRANT ${identifier(role)} TO it WITH ADMIN TRUE, INHERIT FALSE, SET FALSE.`;
}
