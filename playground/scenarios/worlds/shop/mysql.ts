/** A MariaDB as root, and as anybody. */
import { createConnection } from 'mysql2/promise';
import type { Connection, ConnectionOptions } from 'mysql2/promise';
import type { DatabaseDoor, DatabaseSession } from '../../world.ts';
import type { Endings } from '../endings.ts';
import type { DatabasePlace } from './databases.ts';

const connectTimeout = 10_000;

export function openMysql(place: DatabasePlace, endings: Pick<Endings, 'add'>): DatabaseDoor {
  const rootPassword = place.password('root');
  const connect = (options: ConnectionOptions): Promise<Connection> =>
    createConnection({ ...place.address(), database: place.database, multipleStatements: true, dateStrings: true, connectTimeout, ...options });
  return {
    // One connection a query: nothing of ours stays in the list of processes.
    query: async <Row extends Record<string, unknown>>(sql: string, values?: readonly unknown[]) => {
      const connection = await connect({ user: 'root', ...(rootPassword === undefined ? {} : { password: rootPassword }) });
      connection.on('error', () => undefined);
      try {
        const [rows] = await connection.query(sql, values === undefined ? undefined : [...values]);
        return rowsOf(rows) as Row[];
      } finally {
        await connection.end().catch(() => undefined);
      }
    },
    session: async (role, applicationName, options = {}) => {
      const password = options.password ?? place.password(role);
      const session = sessionOf(await connect({ user: role, ...(password === undefined ? {} : { password }), connectAttributes: { program_name: applicationName } }));
      endings.add(session.end);
      return session;
    },
  };
}

/** Of several statements, the last one's. */
function rowsOf(result: unknown): Record<string, unknown>[] {
  if (!Array.isArray(result)) return [];
  const isRow = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value) && !('affectedRows' in value);
  if (result.every(isRow)) return result as Record<string, unknown>[];
  const last: unknown = result.at(-1);
  return Array.isArray(last) ? (last as Record<string, unknown>[]) : [];
}

function sessionOf(connection: Connection): DatabaseSession {
  let ended = false;
  connection.on('error', () => (ended = true));
  connection.on('end', () => (ended = true));
  return {
    query: async (sql) => rowsOf((await connection.query(sql))[0]),
    send: (sql) => void connection.query(sql).catch(() => undefined),
    ended: () => ended,
    end: async () => {
      if (!ended) connection.destroy();
      ended = true;
    },
  };
}
