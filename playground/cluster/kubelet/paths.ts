/**
 * Container paths without a mount namespace. Node programs see them through Sandbox.mounts; in the arguments of other
 * commands, and of exec, the paths themselves are replaced by where the files really are; the working directory is in the
 * container's root. A program that builds such a path itself and is not Node's sees the machine's own files.
 */
import { posix } from 'node:path';

export interface Mount {
  path: string;
  real: string;
  readOnly: boolean;
}

/** Where a container path really is: under its longest mount, otherwise under the container's root. */
export function realPath(path: string, mounts: readonly Mount[], root: string): string {
  const clean = posix.normalize(path);
  const mount = [...mounts].sort(byLength).find((candidate) => clean === candidate.path || clean.startsWith(`${candidate.path}/`));
  return mount === undefined ? posix.join(root, clean) : mount.real + clean.slice(mount.path.length);
}

/** Replaces mounted paths wherever they stand as paths of their own: after a blank, a quote, `=`, `>`, `:`. */
export function rewritePaths(text: string, mounts: readonly Mount[]): string {
  if (mounts.length === 0 || !text.includes('/')) return text;
  const sorted = [...mounts].sort(byLength);
  const pattern = new RegExp(`(?<![\\w./~\\-])(?:${sorted.map((mount) => escape(mount.path)).join('|')})(?![\\w.\\-])`, 'g');
  const real = new Map(sorted.map((mount) => [mount.path, mount.real]));
  return text.replace(pattern, (path) => real.get(path) ?? path);
}

const byLength = (left: Mount, right: Mount): number => right.path.length - left.path.length;
const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\-]/g, String.raw`\$&`);
