/** What the image mariadb:11 does, with the `mariadbd` that is installed on this machine. */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { guardProcess } from './guardian.ts';
import { whereWeRun } from './container.ts';
import { findMariadb } from './find-mariadb.ts';

const container = whereWeRun(process.env);

async function main(): Promise<void> {
  const programs = findMariadb();
  if (!programs) throw new Error('mariadbd and mariadb-install-db are not installed on this machine');
  const directory = container.real('/var/lib/mysql');
  // Root keeps its name: the account mysql may not pass the folders above.
  const runAs = process.getuid?.() === 0 ? ['--user=root'] : [];
  if (!existsSync(path.join(directory, 'mysql'))) {
    await mkdir(directory, { recursive: true });
    await promisify(execFile)(programs.install, ['--no-defaults', `--datadir=${directory}`, '--auth-root-authentication-method=normal', '--skip-test-db', ...runAs]);
  }
  const initFile = path.join(directory, 'init.sql');
  await writeFile(initFile, firstStatements(process.env), { mode: 0o644 });
  const server = spawn(programs.server, [
    '--no-defaults', `--datadir=${directory}`, `--bind-address=${container.address}`, '--port=3306', `--socket=${path.join(directory, 's')}`, `--pid-file=${path.join(directory, 'pid')}`,
    '--innodb-buffer-pool-size=16M', '--performance-schema=OFF', '--skip-log-bin', `--init-file=${initFile}`, ...runAs,
  ], { stdio: ['ignore', 'inherit', 'inherit'] });
  const dismiss = server.pid === undefined ? () => undefined : guardProcess(server.pid);
  server.once('error', (error) => fail(error));
  server.once('exit', (code) => {
    dismiss();
    process.exit(code ?? 1);
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => server.kill('SIGTERM'));
}

/** Run at each start, so all of it may be there already. */
function firstStatements(environment: NodeJS.ProcessEnv): string {
  const text = (variable: string): string => `'${(environment[variable] ?? '').replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
  const name = (variable: string): string => `\`${(environment[variable] ?? '').replaceAll('`', '``')}\``;
  return [
    `CREATE DATABASE IF NOT EXISTS ${name('MARIADB_DATABASE')}`,
    `CREATE USER IF NOT EXISTS ${text('MARIADB_USER')}@'%' IDENTIFIED BY ${text('MARIADB_PASSWORD')}`,
    `ALTER USER ${text('MARIADB_USER')}@'%' IDENTIFIED BY ${text('MARIADB_PASSWORD')}`,
    `GRANT ALL ON ${name('MARIADB_DATABASE')}.* TO ${text('MARIADB_USER')}@'%'`,
    `ALTER USER 'root'@'localhost' IDENTIFIED BY ${text('MARIADB_ROOT_PASSWORD')}`,
  ].map((statement) => `${statement};\n`).join('');
}

function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

main().catch(fail);
