/** The container's mounts for the functions of node:fs that programs read their configuration, tokens and data with. */
import fs from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Sandbox } from '../sandbox.ts';

const oneFile = [
  'access', 'accessSync', 'appendFile', 'appendFileSync', 'chmod', 'chmodSync', 'createReadStream', 'createWriteStream', 'existsSync', 'lstat', 'lstatSync', 'mkdir',
  'mkdirSync', 'open', 'openSync', 'readdir', 'readdirSync', 'readFile', 'readFileSync', 'readlink', 'readlinkSync', 'realpathSync', 'rm', 'rmSync', 'stat', 'statSync',
  'unlink', 'unlinkSync', 'unwatchFile', 'watch', 'watchFile', 'writeFile', 'writeFileSync',
] as const;
const twoFiles = ['copyFile', 'copyFileSync', 'rename', 'renameSync', 'cp', 'cpSync'] as const;
const promised = ['access', 'appendFile', 'chmod', 'lstat', 'mkdir', 'open', 'readdir', 'readFile', 'readlink', 'rm', 'stat', 'unlink', 'writeFile'] as const;

export function mapFiles({ mounts }: Sandbox): void {
  const ordered = mounts.toSorted((left, right) => right.path.length - left.path.length);
  if (ordered.length === 0) return;
  const real = (path: unknown): unknown => realPath(ordered, path);
  replace(fs as unknown as Functions, oneFile, 1, real);
  replace(fs as unknown as Functions, twoFiles, 2, real);
  replace(fs.promises as unknown as Functions, promised, 1, real);
  replace(fs.promises as unknown as Functions, ['copyFile', 'rename', 'cp'], 2, real);
}

type Functions = Record<string, ((...args: unknown[]) => unknown) | undefined>;

function replace(where: Functions, names: readonly string[], paths: number, real: (path: unknown) => unknown): void {
  for (const name of names) {
    const original = where[name];
    if (original === undefined) continue;
    where[name] = Object.assign((...args: unknown[]) => original.apply(where, args.map((arg, index) => (index < paths ? real(arg) : arg))), original);
  }
}

/** Anything but a path inside a mount comes back as it is. */
export function realPath(mounts: readonly { path: string; real: string }[], path: unknown): unknown {
  const text = path instanceof URL && path.protocol === 'file:' ? fileURLToPath(path) : path;
  if (typeof text !== 'string') return path;
  const mount = mounts.find((candidate) => text === candidate.path || text.startsWith(`${candidate.path}/`));
  return mount === undefined ? path : join(mount.real, text.slice(mount.path.length));
}
