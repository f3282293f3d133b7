/** Where root keeps what an unprivileged account must reach, when the checkout lies where it can't. */
import { lstat, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { EmbeddedAccountError } from './errors.ts';

const parents = ['/var/lib', '/var/tmp'];

/** The path of a folder owned by root that everybody can traverse and only root can write. */
export async function rootFolder(): Promise<string> {
  const reasons: string[] = [];
  for (const parent of parents) {
    const folder = path.join(parent, 'sre-agent');
    try {
      await mkdir(folder, { mode: 0o755 }).catch(ignoreExisting);
      const entry = await lstat(folder);
      if (entry.isDirectory() && entry.uid === 0 && (entry.mode & 0o022) === 0 && (entry.mode & 0o005) === 0o005) return folder;
      reasons.push(`${folder} is not a folder that only root can write`);
    } catch (error) {
      reasons.push((error as Error).message);
    }
  }
  throw new EmbeddedAccountError(`no folder that it can reach (${reasons.join('; ')})`);
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
