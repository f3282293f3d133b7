import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

export class BinaryNotFoundError extends Error {
  override readonly name = 'BinaryNotFoundError';
  readonly code = 'BINARY_NOT_FOUND';
}

/**
 * The absolute path of a program: the configured one, or the first on PATH. Resolve once and keep it.
 * Throws BinaryNotFoundError.
 */
export async function findBinary(name: string, options: { configured?: string; path?: string } = {}): Promise<string> {
  if (options.configured !== undefined) {
    if (isAbsolute(options.configured) && (await isProgram(options.configured))) return options.configured;
    throw new BinaryNotFoundError(`${options.configured} is not an executable file with an absolute path; correct the configured path of ${name}`);
  }
  const folders = (options.path ?? process.env['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  for (const folder of folders) {
    const candidate = join(folder, name);
    if (await isProgram(candidate)) return candidate;
  }
  throw new BinaryNotFoundError(`${name} was not found on PATH; install it, or configure its absolute path`);
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
