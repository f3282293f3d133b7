import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { EmbeddedOptions, EmbeddedPostgres } from '../../src/database/embedded.ts';
import { startEmbeddedPostgres } from '../../src/database/embedded.ts';
import { silentLogger } from '../../src/telemetry/log.ts';
import { waitFor } from '../support/wait-for.ts';

let folder: string;
let directory: string;
/** Holds a cluster that was made once and stopped. */
let made: string;
const started: EmbeddedPostgres[] = [];
const children: ChildProcess[] = [];

beforeAll(async () => {
  made = await mkdtemp(path.join(tmpdir(), 'sre-agent-embedded-made-'));
  await chmod(made, 0o755);
  await (await startEmbeddedPostgres({ directory: path.join(made, 'data'), log: silentLogger })).stop();
});

afterAll(async () => {
  await rm(made, { recursive: true, force: true });
});

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sre-agent-embedded-'));
  directory = path.join(folder, 'data');
  // Root hands the server to another account, which must be able to come here.
  await chmod(folder, 0o755);
});

afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** For tests that are about what comes after the cluster was made; owners and modes are kept. */
function takeMadeCluster(): void {
  execFileSync('cp', ['-a', path.join(made, 'data'), directory]);
}

async function start(options: Partial<EmbeddedOptions> = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ directory, log: silentLogger, ...options });
  started.push(server);
  return server;
}

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text: statement, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

/** The embedded PostgreSQL of another Node process. */
async function startElsewhere(how = ''): Promise<{ child: ChildProcess; ended: Promise<void>; pid: number; url: string }> {
  const program = path.join(import.meta.dirname, 'embedded-child.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', program, directory, how], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const line = await waitFor('the other process to start PostgreSQL', () => output.includes('\n') && output);
  return { child, ended, ...(JSON.parse(line) as { pid: number; url: string }) };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

test('data is kept over restarts, and databases are made once', async () => {
  const first = await start({ flags: ['-c', 'max_connections=37'] });
  await first.createDatabase('shop "1"');
  await first.createDatabase('shop "1"');
  await query(first.url('shop "1"'), 'CREATE TABLE kept AS SELECT 42 AS value');
  expect(await query(first.url(), 'SHOW max_connections')).toEqual(['37']);
  await first.stop();
  await first.stop();
  const second = await start();
  expect(await query(second.url('shop "1"'), 'SELECT value FROM kept')).toEqual([42]);
});

test('it is heard on 127.0.0.1 only, wants a random password, and speaks UTF-8', async () => {
  const server = await start();
  expect(new URL(server.url()).hostname).toBe('127.0.0.1');
  expect(await query(server.url(), 'SHOW listen_addresses')).toEqual(['127.0.0.1']);
  expect(await query(server.url(), 'SHOW unix_socket_directories')).toEqual(['']);
  expect(await query(server.url(), 'SHOW server_encoding')).toEqual(['UTF8']);
  const { password } = new URL(server.url());
  expect(password.length).toBeGreaterThan(20);
  for (const wrong of ['', 'postgres', 'password']) {
    const url = new URL(server.url());
    url.password = wrong;
    await expect(query(url.toString(), 'SELECT 1')).rejects.toThrow(/password/);
  }
  expect((await stat(path.join(directory, 'password'))).mode & 0o777).toBe(0o600);
  expect((await stat(path.join(directory, 'cluster'))).mode & 0o077).toBe(0);
});

test.skipIf(process.platform !== 'linux')('none of our environment reaches it', async () => {
  takeMadeCluster();
  process.env['SRE_AGENT_TEST_SECRET'] = 'hunter2';
  const server = await start();
  delete process.env['SRE_AGENT_TEST_SECRET'];
  const environment = await readFile(`/proc/${server.pid}/environ`, 'utf8');
  expect(environment).toContain('LC_ALL=C');
  expect(environment).not.toContain('hunter2');
});

test('a password and a user may be given, and the password changed', async () => {
  const first = await start({ user: 'shop_admin', password: "it's one" });
  expect(await query(first.url(), 'SELECT current_user')).toEqual(['shop_admin']);
  await first.stop();
  const second = await start({ user: 'shop_admin', password: 'two' });
  expect(new URL(second.url()).password).toBe('two');
  expect(await query(second.url(), 'SELECT 1')).toEqual([1]);
});

test('a second start in one directory is refused, here and from another process', async () => {
  takeMadeCluster();
  const other = await startElsewhere();
  await expect(start()).rejects.toMatchObject({ code: 'embedded_postgres_running', message: expect.stringContaining(`pid ${other.pid}`) });
  other.child.kill('SIGTERM');
  await other.ended;
  await start();
  await expect(start()).rejects.toMatchObject({ code: 'embedded_postgres_running' });
});

describe('when our process ends', () => {
  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('by %s, PostgreSQL ends with it', async (signal) => {
    takeMadeCluster();
    const other = await startElsewhere();
    other.child.kill(signal);
    await other.ended;
    expect(other.child.signalCode).toBe(signal);
    await waitFor('PostgreSQL to end', () => !isAlive(other.pid));
    expect(isAlive(other.pid)).toBe(false);
  });

  test('by process.exit, PostgreSQL ends with it', async () => {
    takeMadeCluster();
    const other = await startElsewhere('exit');
    await other.ended;
    await waitFor('PostgreSQL to end', () => !isAlive(other.pid));
    expect(other.child.exitCode).toBe(0);
  });

  test('by kill -9, the next start stops what was left and keeps the data', async () => {
    takeMadeCluster();
    const other = await startElsewhere();
    await query(other.url, 'CREATE TABLE kept AS SELECT 42 AS value');
    other.child.kill('SIGKILL');
    await other.ended;
    const server = await start();
    expect(isAlive(other.pid)).toBe(false);
    expect(await query(server.url(), 'SELECT value FROM kept')).toEqual([42]);
  });

  test('by kill -9 of everything, the stale lock file is passed over', async () => {
    takeMadeCluster();
    const other = await startElsewhere();
    await query(other.url, 'CREATE TABLE kept AS SELECT 42 AS value');
    other.child.kill('SIGKILL');
    process.kill(other.pid, 'SIGKILL');
    await other.ended;
    await waitFor('PostgreSQL to end', () => !isAlive(other.pid));
    await stat(path.join(directory, 'cluster', 'postmaster.pid'));
    const server = await start();
    expect(await query(server.url(), 'SELECT value FROM kept')).toEqual([42]);
  });
});

test('a lock file whose pid is another program by now is passed over', async () => {
  takeMadeCluster();
  await (await start()).stop();
  await writeFile(path.join(directory, 'cluster', 'postmaster.pid'), `${process.pid}\n${directory}/cluster\n1\n5432\n\n127.0.0.1\n`);
  const server = await start();
  expect(await query(server.url(), 'SELECT 1')).toEqual([1]);
});

test('a cluster that was half made is made again', async () => {
  await mkdir(path.join(directory, 'cluster.new', 'base'), { recursive: true });
  await mkdir(path.join(directory, 'cluster'), { recursive: true });
  const server = await start();
  expect(await query(server.url(), 'SELECT 1')).toEqual([1]);
});

test('a folder with files that are no cluster is left alone', async () => {
  const file = path.join(directory, 'cluster', 'precious');
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, 'x');
  await expect(start()).rejects.toMatchObject({ code: 'embedded_postgres_start' });
  expect(await readFile(file, 'utf8')).toBe('x');
});

test('data of another version, or without its password, is refused with what to do', async () => {
  takeMadeCluster();
  await (await start()).stop();
  const version = path.join(directory, 'cluster', 'PG_VERSION');
  const ours = await readFile(version, 'utf8');
  await writeFile(version, '12\n');
  await expect(start()).rejects.toMatchObject({ code: 'embedded_postgres_version' });
  await writeFile(version, ours);
  await rm(path.join(directory, 'password'));
  await expect(start()).rejects.toMatchObject({ code: 'embedded_postgres_password' });
});

test('a setting that PostgreSQL refuses is told with its own words', async () => {
  takeMadeCluster();
  await expect(start({ flags: ['-c', 'max_connections=none'] })).rejects.toMatchObject({ code: 'embedded_postgres_start', message: expect.stringContaining('max_connections') });
});

test.skipIf(process.getuid?.() !== 0 || process.platform !== 'linux')('for root, data may lie below a folder that the other account cannot pass', async () => {
  const locked = path.join(folder, 'locked');
  await mkdir(locked, { mode: 0o700 });
  directory = path.join(locked, 'data');
  const first = await start();
  await query(first.url(), 'CREATE TABLE kept AS SELECT 42 AS value');
  await first.stop();
  const other = await startElsewhere();
  await expect(start()).rejects.toMatchObject({ code: 'embedded_postgres_running' });
  other.child.kill('SIGKILL');
  await other.ended;
  const second = await start();
  expect(isAlive(other.pid)).toBe(false);
  expect(await query(second.url(), 'SELECT value FROM kept')).toEqual([42]);
});
