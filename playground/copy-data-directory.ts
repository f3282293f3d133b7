/** A PostgreSQL data directory, copied: initdb and seeding take seconds, a copy takes a fraction of one. */
import { chown, constants, cp, lstat, readdir, rm } from 'node:fs/promises';
import path from 'node:path';

/** `template` is a folder of src/database/embedded.ts whose server is stopped; `home` is replaced. */
export async function copyDataDirectory(template: string, home: string): Promise<void> {
  await rm(home, { recursive: true, force: true });
  await cp(template, home, { recursive: true, mode: constants.COPYFILE_FICLONE });
  const { uid, gid } = await lstat(path.join(template, 'cluster'));
  if (process.getuid?.() === 0) await giveTo(home, uid, gid);
}

async function giveTo(directory: string, uid: number, gid: number): Promise<void> {
  await chown(directory, uid, gid);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const file = path.join(directory, entry.name);
    if (entry.isDirectory()) await giveTo(file, uid, gid);
    else await chown(file, uid, gid);
  }
}
