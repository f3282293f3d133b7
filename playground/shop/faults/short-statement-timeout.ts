import type { Pool } from 'pg';
import type { FaultContext } from './context.ts';
import type { Fault } from './fault.ts';

/** Somebody meant three seconds; without a unit it is milliseconds. */
export function shortStatementTimeout({ admin }: Pick<FaultContext, 'admin'>): Fault {
  return {
    id: 'short-statement-timeout',
    title: 'Set a statement timeout too low',
    description: 'The database cancels catalog\'s longer queries after 3 ms.',
    area: 'Database',
    inject: async () => {
      await admin.query('ALTER ROLE catalog_service SET statement_timeout = 3');
      await renewSessions(admin);
    },
    clear: async () => {
      await admin.query('ALTER ROLE catalog_service RESET statement_timeout');
      await renewSessions(admin);
    },
    isActive: async () => {
      const { rows } = await admin.query(`
        SELECT 1 FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole
        WHERE r.rolname = 'catalog_service' AND 'statement_timeout=3' = ANY (s.setconfig)`);
      return rows.length > 0;
    },
  };
}

/** Sessions keep the setting they began with. */
async function renewSessions(admin: Pool): Promise<void> {
  await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'catalog_service' AND state = 'idle'");
}
