/** Which server and database a preview looked at, so that a failover or a changed URL is drift. */
import type { Session } from './session.ts';

export async function serverIdentity(session: Session): Promise<{ system: string; database: string; databaseOid: number }> {
  const [row] = await session.query<{ system: string; database: string; oid: number }>(
    `SELECT (SELECT system_identifier::text FROM pg_control_system()) AS system, current_database()::text AS database,
            (SELECT oid::int8::int FROM pg_database WHERE datname = current_database()) AS oid`,
  );
  return { system: row?.system ?? '', database: row?.database ?? '', databaseOid: row?.oid ?? 0 };
}
