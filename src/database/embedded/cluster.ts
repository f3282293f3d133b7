/** Makes the cluster's files once: initdb into a folder beside, then a rename, so that a crash leaves no half. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from '../../telemetry/log.ts';
import type { Binaries } from './binaries.ts';
import { childEnvironment } from './child-environment.ts';
import { EmbeddedAccountError, EmbeddedPasswordError, EmbeddedStartError, EmbeddedVersionError } from './errors.ts';
import type { Location } from './location.ts';
import { startedIn } from './location.ts';

/** Returns the superuser's password. */
export async function ensureCluster(location: Location, binaries: Binaries, options: { user: string; password?: string | undefined }, log: Logger): Promise<string> {
  const found = await versionOf(location.cluster);
  const ours = binaries.version.split('.')[0] ?? '';
  if (found !== undefined && found !== ours) throw new EmbeddedVersionError(location.cluster, found, ours);
  if (found !== undefined) return storedPassword(location.passwordFile);
  const password = options.password ?? randomBytes(24).toString('base64url');
  await writePassword(location, password);
  log.info({ directory: location.cluster, account: location.account?.name }, 'Creating a PostgreSQL cluster');
  await initialise(location, binaries, options.user);
  return password;
}

/** Undefined when there is no cluster yet. */
async function versionOf(cluster: string): Promise<string | undefined> {
  try {
    return (await readFile(path.join(cluster, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new EmbeddedStartError(cluster, `${(error as Error).message}\n(the files belong to another account: start as root again, or change their owner)`, error);
  }
}

async function storedPassword(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  if (text.trim() === '') throw new EmbeddedPasswordError(file);
  return text.trim();
}

/** Atomic, and never readable by others, not even for a moment. */
export async function writePassword(location: Location, password: string): Promise<void> {
  const partial = `${location.passwordFile}.new`;
  await rm(partial, { force: true });
  await writeFile(partial, `${password}\n`, { mode: 0o600, flag: 'wx' });
  await chmod(partial, 0o600);
  if (location.account) await chown(partial, location.account.uid, location.account.gid);
  await rename(partial, location.passwordFile);
}

async function initialise(location: Location, binaries: Binaries, user: string): Promise<void> {
  const partial = `${location.cluster}.new`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { mode: 0o700 });
  if (location.account) await chown(partial, location.account.uid, location.account.gid);
  await run(location, partial, binaries.initdb, [
    `--pgdata=${location.closedAbove ? startedIn : partial}`,
    `--username=${user}`,
    `--pwfile=${location.closedAbove ? `${startedIn}/../password` : location.passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-instructions',
  ]);
  // Takes the place of nothing or of an empty folder; of anything else it fails, and no data is lost.
  await rename(partial, location.cluster).catch((error: unknown) => {
    throw new EmbeddedStartError(location.cluster, 'The folder holds files but no PG_VERSION. Move it away, or restore it.', error);
  });
}

function run(location: Location, folder: string, program: string, argv: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, argv, { env: childEnvironment(), cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], ...identity(location) });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4000)));
    child.on('error', (error) => reject(spawnError(location, error)));
    child.on('close', (exitCode, signal) =>
      exitCode === 0 ? resolve() : reject(new EmbeddedStartError(location.cluster, `${output}\n(initdb ended with ${exitCode ?? signal})`)),
    );
  });
}

export function identity(location: Location): { uid?: number; gid?: number } {
  return location.account ? { uid: location.account.uid, gid: location.account.gid } : {};
}

export function spawnError(location: Location, error: Error): Error {
  if (location.account && (error as NodeJS.ErrnoException).code === 'EPERM') {
    return new EmbeddedAccountError(`this container may not switch to the account ${location.account.name}`, error);
  }
  return new EmbeddedStartError(location.cluster, error.message, error);
}
