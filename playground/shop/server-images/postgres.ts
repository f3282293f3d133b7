/**
 * What the image postgres:18 does, with the PostgreSQL that npm brought: the shop's data is there at the first start,
 * POSTGRES_PASSWORD and the files of ROLE_PASSWORDS_DIR set passwords, SIGTERM stops it fast.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { findBinaries } from '../../../src/database/embedded/binaries.ts';
import { writePassword } from '../../../src/database/embedded/cluster.ts';
import { freePort } from '../../../src/database/embedded/free-port.ts';
import { locateCluster, type Location } from '../../../src/database/embedded/location.ts';
import { clearPrevious, recordOwner } from '../../../src/database/embedded/previous.ts';
import { startServer, type Server } from '../../../src/database/embedded/server.ts';
import type { Logger } from '../../../src/telemetry/log.ts';
import { copyDataDirectory } from '../../copy-data-directory.ts';
import { guardProcess } from './guardian.ts';
import { roleOfKey } from '../orders-database/roles.ts';
import { serverFlags } from '../orders-database/server-settings.ts';
import { ensureTemplate } from '../orders-database/template.ts';
import { whereWeRun } from './container.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const silent = (): void => undefined;
/** PostgreSQL's own lines, as a container would show them. */
const log = { info: silent, debug: report, warn: report, error: report } as unknown as Logger;
function report(about: unknown): void {
  const line = typeof about === 'object' && about !== null && 'postgres' in about ? String(about.postgres) : '';
  if (line !== '' && !line.includes('sre_agent')) say(line);
}

const wantedPort = Number(process.env['PGPORT'] ?? 5432);
const container = whereWeRun(process.env);
let stopping = false;

async function main(): Promise<void> {
  const password = process.env['POSTGRES_PASSWORD'];
  if (!password) throw new Error('Error: Database is uninitialized and superuser password is not specified.\nYou must specify POSTGRES_PASSWORD to a non-empty value for the superuser.');
  const home = container.real(process.env['PGDATA'] ?? '/var/lib/postgresql/data/pgdata');
  await mkdir(path.dirname(home), { recursive: true });
  if (!existsSync(path.join(home, 'cluster', 'PG_VERSION'))) await copyDataDirectory(await ensureTemplate(log, say), home);
  else say('PostgreSQL Database directory appears to contain a database; Skipping initialization');
  const location = await locateCluster(home);
  const binaries = await findBinaries(location.account, log);
  await clearPrevious(location, log);
  const place = await whereToListen();
  const server = await startServer(location, binaries, { port: place.port, flags: [...serverFlags(), '-c', `listen_addresses=${place.address}`] }, log);
  if (place.port !== wantedPort) container.relocation?.record(container.address, wantedPort, place.port);
  const dismiss = guardProcess(server.pid);
  stopOnSignal(server, dismiss);
  await recordOwner(location, server.pid);
  await setPasswords(location, place, password);
  say('passwords are set');
  watchServer(server.pid);
}

/** Where pods have no addresses of their own: anywhere on this machine, and others are told. */
async function whereToListen(): Promise<{ address: string; port: number }> {
  const { address, relocation } = container;
  if (!relocation?.needed(wantedPort)) return { address, port: wantedPort };
  return { address: relocation.bindAddress(address), port: await freePort() };
}

async function setPasswords(location: Location, place: { address: string; port: number }, password: string): Promise<void> {
  const stored = readFileSync(location.passwordFile, 'utf8').trim();
  const client = new Client({ host: place.address, port: place.port, user: 'postgres', password: stored, database: 'postgres' });
  await client.connect();
  try {
    const directory = process.env['ROLE_PASSWORDS_DIR'];
    const passwords = new Map<string, string>(directory === undefined ? [] : readPasswords(container.real(directory)));
    passwords.set('postgres', password);
    for (const [role, value] of passwords) await client.query(`ALTER ROLE ${escapeIdentifier(role)} PASSWORD ${escapeLiteral(value)}`);
    await writePassword(location, password);
  } finally {
    await client.end();
  }
}

function readPasswords(directory: string): [string, string][] {
  return readdirSync(directory).flatMap((key): [string, string][] => {
    const role = roleOfKey[key];
    return role === undefined ? [] : [[role, readFileSync(path.join(directory, key), 'utf8').trim()]];
  });
}

function stopOnSignal(server: Server, dismiss: () => void): void {
  const stop = async (): Promise<void> => {
    stopping = true;
    await server.stop();
    dismiss();
    process.exit(0);
  };
  process.once('SIGTERM', () => void stop());
  process.once('SIGINT', () => void stop());
}

/** A container ends when its server does. */
function watchServer(pid: number): void {
  setInterval(() => {
    if (stopping) return;
    try {
      process.kill(pid, 0);
    } catch {
      say('the server is gone');
      process.exit(1);
    }
  }, 1000);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
