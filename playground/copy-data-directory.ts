/** A PostgreSQL data directory, copied: initdb and seeding take seconds, a copy takes a fraction of one. */
import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

/**
 * `template` is a folder of src/database/embedded.ts whose server is stopped; `home` is replaced. Owners and modes stay. By the
 * machine's cp: of more than a thousand files it takes half the time that Node needs for them.
 */
export async function copyDataDirectory(template: string, home: string): Promise<void> {
  await rm(home, { recursive: true, force: true });
  await mkdir(path.dirname(home), { recursive: true });
  await promisify(execFile)('cp', ['-a', path.resolve(template), path.resolve(home)]);
}
