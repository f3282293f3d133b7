/**
 * Replaces a directory's files at once, as kubelets do: the files are in a folder of their own, `..data` points to it, and
 * each name points through `..data`; a new folder is filled first and then `..data` is renamed over.
 */
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { VolumeFile } from './files.ts';

const pointer = '..data';

/** Nothing is written when the files are the same already. */
export function writeAtomically(directory: string, files: readonly VolumeFile[]): void {
  const safe = files.filter(({ path }) => path !== '' && !path.startsWith('/') && !path.split('/').includes('..'));
  if (same(directory, safe)) return;
  mkdirSync(directory, { recursive: true });
  const previous = existsSync(join(directory, pointer)) ? readlinkSync(join(directory, pointer)) : undefined;
  const folder = mkdtempSync(join(directory, `..${new Date().toISOString().replaceAll(/[-:]/g, '_').slice(0, 19)}.`));
  for (const { path, data, mode } of safe) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, data);
    chmodSync(file, mode & 0o777 | 0o400);
  }
  chmodSync(folder, 0o755);
  const next = join(directory, '..data_tmp');
  rmSync(next, { force: true });
  symlinkSync(folder.slice(directory.length + 1), next);
  renameSync(next, join(directory, pointer));

  const names = new Set(safe.map(({ path }) => path.split('/')[0] ?? ''));
  for (const name of names) if (!present(join(directory, name))) symlinkSync(join(pointer, name), join(directory, name));
  for (const name of readdirSync(directory)) if (!name.startsWith('..') && !names.has(name)) rmSync(join(directory, name), { recursive: true, force: true });
  if (previous !== undefined) rmSync(join(directory, previous), { recursive: true, force: true });
}

function same(directory: string, files: readonly VolumeFile[]): boolean {
  const data = join(directory, pointer);
  if (!existsSync(data)) return false;
  const before = walk(data, '');
  return before.length === files.length && files.every(({ path, data: bytes }) => before.includes(path) && readFileSync(join(data, path)).equals(bytes));
}

function walk(root: string, below: string): string[] {
  return readdirSync(join(root, below), { withFileTypes: true }).flatMap((entry) => {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    return entry.isDirectory() ? walk(root, path) : [path];
  });
}

function present(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
