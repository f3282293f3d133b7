/** A PostgreSQL of our own, from npm, for when nobody gave us one. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, escapeIdentifier } from 'pg';
import { findBinaries } from './embedded/binaries.ts';
import { ensureCluster, writePassword } from './embedded/cluster.ts';
import { EmbeddedStartError } from './embedded/errors.ts';
import { freePort } from './embedded/free-port.ts';
import type { Location } from './embedded/location.ts';
import { locateCluster } from './embedded/location.ts';
import { clearPrevious, recordOwner } from './embedded/previous.ts';
import type { Server } from './embedded/server.ts';
import { startServer } from './embedded/server.ts';
import type { Logger } from '../telemetry/log.ts';

export interface EmbeddedPostgres {
  /** A superuser's url; of the database `postgres` when none is named. */
  url(database?: string): string;
  port: number;
  pid: number;
  /** Creates the database unless it exists. */
  createDatabase(name: string): Promise<void>;
  /** Fast shutdown: sessions are cut, nothing committed is lost. Safe to call twice. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Kept over restarts. Made when missing. */
  directory: string;
  /** A free one when absent. */
  port?: number;
  /** The superuser; only the first start in a directory decides. */
  user?: string;
  /** Random, and kept in the directory with mode 600, when absent. */
  password?: string;
  /** More arguments of postgres: ['-c', 'max_connections=200']. */
  flags?: string[];
  log: Logger;
}

/** @throws EmbeddedRunningError, EmbeddedStartError, EmbeddedAccountError, EmbeddedVersionError, EmbeddedPasswordError, EmbeddedUnsupportedError */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { log, user = 'postgres' } = options;
  const location = await locateCluster(options.directory);
  const binaries = await findBinaries(location.account, log);
  await clearPrevious(location, log);
  let password = await ensureCluster(location, binaries, { user, password: options.password }, log);
  const { server, port } = await startOnPort(location, binaries, options);
  const url = (database = 'postgres'): string =>
    `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
  try {
    await recordOwner(location, server.pid);
    if (options.password !== undefined && options.password !== password) {
      await changePassword(url(), user, options.password);
      await writePassword(location, options.password);
      password = options.password;
    }
    await once(url(), async (client) => void (await client.query('SELECT 1')));
  } catch (error) {
    await server.stop();
    throw error;
  }
  log.info({ port, pid: server.pid, directory: location.cluster, account: location.account?.name }, 'The embedded PostgreSQL is ready');
  return { url, port, pid: server.pid, createDatabase: (name) => createDatabase(url(), name), stop: () => server.stop() };
}

/** Another program may take the free port before we do, and backends of a killed server may need a moment to end. */
async function startOnPort(location: Location, binaries: Awaited<ReturnType<typeof findBinaries>>, options: EmbeddedOptions): Promise<{ server: Server; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await freePort());
    try {
      return { server: await startServer(location, binaries, { port, flags: options.flags ?? [] }, options.log), port };
    } catch (error) {
      const words = error instanceof EmbeddedStartError ? error.message : '';
      const passing = words.includes('shared memory block') || (options.port === undefined && words.includes('could not bind'));
      if (!passing || attempt === 10) throw error;
      await sleep(500);
    }
  }
}

async function createDatabase(url: string, name: string): Promise<void> {
  await once(url, async (client) => {
    await client.query(`CREATE DATABASE ${escapeIdentifier(name)}`).catch((error: unknown) => {
      if ((error as { code?: string }).code !== '42P04') throw error;
    });
  });
}

async function changePassword(url: string, user: string, password: string): Promise<void> {
  await once(url, async (client) => {
    const { rows } = await client.query<{ statement: string }>("SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text) AS statement", [user, password]);
    await client.query(rows[0]?.statement ?? '');
  });
}

async function once(url: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
