/** A MariaDB of a test file's own: data in a temporary folder, on a port of 127.0.0.1, gone at the end. */
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Connection } from 'mysql2/promise';
import { createConnection } from 'mysql2/promise';
import { findMariadb } from '../../playground/shop/server-images/find-mariadb.ts';
import { until } from './changes.ts';

export interface TestMariadb {
  /** Of root, for a database. */
  url(database: string, user?: string): string;
  admin: Connection;
  /** A fresh database; its name. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

export async function startMariadb(flags: readonly string[] = []): Promise<TestMariadb> {
  const programs = findMariadb();
  if (!programs) throw new Error('mariadbd and mariadb-install-db are not installed');
  const directory = await mkdtemp(path.join(tmpdir(), 'sre-agent-mariadb-'));
  const asRoot = process.getuid?.() === 0 ? ['--user=root'] : [];
  await promisify(execFile)(programs.install, ['--no-defaults', `--datadir=${directory}`, `--tmpdir=${directory}`, '--auth-root-authentication-method=normal', '--skip-test-db', ...asRoot]);
  const port = await freePort();
  const server = spawn(programs.server, [
    '--no-defaults', `--datadir=${directory}`, `--tmpdir=${directory}`, '--bind-address=127.0.0.1', `--port=${port}`, `--socket=${path.join(directory, 's')}`, `--pid-file=${path.join(directory, 'pid')}`, '--skip-name-resolve',
    '--innodb-buffer-pool-size=16M', '--innodb-flush-log-at-trx-commit=0', '--innodb-flush-method=nosync', '--innodb-doublewrite=0', '--sync-frm=0', '--skip-log-bin', '--max-connections=60', ...flags, ...asRoot,
  ], { stdio: 'ignore' });
  const end = (): void => void server.kill('SIGKILL');
  process.once('exit', end);
  const exited = new Promise<void>((resolve) => { server.once('exit', () => resolve()); });
  const url = (database: string, user = 'root'): string => `mysql://${user}${user === 'root' ? '' : ':x'}@127.0.0.1:${port}/${database}`;
  const socket = path.join(directory, 's');
  const first = await until(() => createConnection({ socketPath: socket, user: 'root', multipleStatements: true, dateStrings: true }).catch(() => undefined), 'MariaDB starts').catch((error: unknown) => {
    end();
    throw error;
  });
  return {
    url,
    admin: first,
    async createDatabase() {
      const name = `test_${randomBytes(6).toString('hex')}`;
      await first.query(`CREATE DATABASE ${name}`);
      return name;
    },
    async stop() {
      await first.end().catch(() => undefined);
      end();
      process.off('exit', end);
      await exited;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => { server.close(() => resolve()); });
  return port;
}
